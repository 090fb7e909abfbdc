"""Tags, which assets carry them, and what people decided about them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from dam.admin._visibility import ReadOnlyAdmin, VisibleAdmin
from dam.models import Asset, Decision, Tag, TaggedAsset
from dam.names import name_key
from dam.permissions import Viewer


class TagForm(forms.ModelForm[Tag]):
    """Spells a tag; what it says stays, as rules and recognisers go on using the old name."""

    class Meta:
        model = Tag
        fields = ["name"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        tag = self.instance
        if tag.pk and name_key(name) != tag.key:
            msg = (
                f"“{name}” would be another tag than “{tag.name}”: only upper and lower case can "
                "change here. For recognition to use another name, add a rename rule under "
                "Recognition, Rules; on single assets add the one tag and remove the other."
            )
            raise ValidationError(msg, code="another_tag")
        return name


@admin.register(Tag)
class TagAdmin(VisibleAdmin[Tag]):
    form = TagForm
    list_display = ["name", "assets", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["name", "key"]

    def visible_rows(self, rows: QuerySet[Tag], viewer: Viewer) -> QuerySet[Tag]:
        assets = Asset.objects.visible_to(viewer).order_by().values("pk")
        seen = TaggedAsset.objects.filter(tag=OuterRef("pk"), content_object__in=assets)
        return rows.filter(Exists(seen))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        assets = Asset.objects.visible_to(request.user).order_by().values("pk")
        carried = Count("tagged", filter=Q(tagged__content_object__in=assets))
        return super().get_queryset(request).annotate(asset_count=carried)

    @admin.display(ordering="asset_count")
    def assets(self, tag: Any) -> int:
        return int(tag.asset_count)


@admin.register(TaggedAsset)
class TaggedAssetAdmin(ReadOnlyAdmin[TaggedAsset]):
    about = "content_object"
    list_display = ["tag", "content_object", "source", "confidence"]
    list_filter = ["source"]
    list_select_related = ["tag", "content_object"]
    search_fields = ["tag__name", "content_object__file_name"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin[Decision]):
    list_display = ["tag", "asset", "is_yes", "user", "decided_at"]
    list_filter = ["is_yes", "decided_at", ("user", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["tag", "asset", "user"]
    search_fields = ["tag__name", "asset__file_name", "user__username"]
