"""The library in Django admin. Tags change by decisions, so their rows are read-only here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dam import tagging, trash
from dam.ingest import ingest
from dam.models import (
    Asset,
    AssetFact,
    AssetText,
    Audience,
    Collection,
    CollectionItem,
    Decision,
    Original,
    Tag,
    TaggedAsset,
)

admin.site.site_header = "Bromo administration"
admin.site.site_title = "Bromo"
admin.site.index_title = "Administration"


class ReadOnlyAdmin(admin.ModelAdmin[Model]):
    """Rows that the application writes and people only read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    """Rows of another row that people only read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TaggedAssetInline(ReadOnlyInline):
    model = TaggedAsset
    fields = ["tag", "source", "confidence"]


class DecisionInline(ReadOnlyInline):
    model = Decision
    fields = ["tag", "is_yes", "user", "decided_at"]
    readonly_fields = ["decided_at"]


class FactInline(ReadOnlyInline):
    model = AssetFact
    fields = ["kind", "value", "confidence", "face"]


class AudienceInline(admin.TabularInline[Audience, Asset]):
    model = Audience
    extra = 0


class AssetUploadForm(forms.ModelForm[Asset]):
    """Adds an asset by its file, through the same door as every other upload."""

    file = forms.FileField(help_text="JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC or BMP.")

    class Meta:
        model = Asset
        fields = ["title", "description", "alt_text", "rights"]

    uploader: Any = None

    def save_m2m(self) -> None:
        """Has nothing to do: what belongs to an asset came with its file."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and "file" in cleaned:
            file = cleaned["file"]
            try:
                result = ingest(file.file, file_name=file.name, uploader=self.uploader)
            except ValidationError as error:
                self.add_error("file", error)
                return cleaned
            if not result.is_new:
                self.add_error(
                    "file", f"The library has this image already: asset {result.asset.pk}."
                )
                return cleaned
            self.instance.pk = result.asset.pk
            self.ingested = result.asset
        return cleaned


class EditForm(forms.ModelForm[Asset]):
    """Changes an asset and, by decisions, its tags."""

    add_tags = forms.CharField(required=False, help_text="Separated by commas: your yes to them.")
    remove_tags = forms.CharField(required=False, help_text="Separated by commas: your no to them.")

    class Meta:
        model = Asset
        exclude = ["tags"]  # noqa: DJ006 - all fields but the one that taggit would write

    def _names(self, field: str) -> list[str]:
        return [
            tagging.clean_name(part) for part in self.cleaned_data[field].split(",") if part.strip()
        ]

    def clean_add_tags(self) -> list[str]:
        return self._names("add_tags")

    def clean_remove_tags(self) -> list[str]:
        return self._names("remove_tags")


@admin.register(Asset)
class AssetAdmin(admin.ModelAdmin[Asset]):
    list_display = ["picture", "display_name", "file_name", "tag_names", "uploader", "created_at"]
    list_display_links = ["picture", "display_name"]
    list_filter = ["created_at", "trashed_at", "original__media_type", "uploader"]
    list_select_related = ["original", "uploader"]
    search_fields = ["file_name", "title", "description", "tagged__tag__name", "original__sha256"]
    search_help_text = "File name, title, description, tag or SHA-256"
    date_hierarchy = "created_at"
    autocomplete_fields = ["uploader"]
    readonly_fields = ["picture", "original", "created_at", "updated_at", "trashed_at"]
    inlines = [AudienceInline, TaggedAssetInline, DecisionInline, FactInline]
    actions = ["put_in_trash", "restore"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        return super().get_queryset(request).prefetch_related("tagged__tag")

    def get_form(
        self, request: HttpRequest, obj: Asset | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Asset]]:
        base = EditForm if obj else AssetUploadForm
        form = super().get_form(request, obj, change, **{"form": base, **kwargs})
        if obj is None:
            # A form class of this request's own, so that the file has an uploader.
            return type("AssetUploadForm", (form,), {"uploader": request.user})
        return form

    def get_fields(self, request: HttpRequest, obj: Asset | None = None) -> Any:
        texts = ["title", "description", "alt_text", "rights"]
        if obj is None:
            return ["file", *texts]
        return [
            "picture", "original", "file_name", *texts, "add_tags", "remove_tags", "uploader",
            ("focal_left", "focal_top", "focal_width", "focal_height"),
            "created_at", "updated_at", "trashed_at",
        ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Asset | None = None) -> Any:
        return self.readonly_fields if obj else []

    def get_inlines(self, request: HttpRequest, obj: Asset | None) -> Any:
        return self.inlines if obj else []

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        if change:
            return super().save_form(request, form, change)
        texts = {
            field: form.cleaned_data[field]
            for field in ("title", "description", "alt_text", "rights")
        }
        for field, text in texts.items():
            setattr(form.ingested, field, text)
        return form.ingested

    def save_model(self, request: HttpRequest, obj: Asset, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for field, is_yes in (("add_tags", True), ("remove_tags", False)):
            if names := form.cleaned_data.get(field):
                tagging.decide(obj, names, is_yes=is_yes, user=request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Asset | None = None) -> bool:
        # The trash is the way out: what is deleted here could not be restored.
        return False

    @admin.display(description="")
    def picture(self, asset: Asset) -> SafeString:
        url = reverse("dam:rendition", args=[asset.pk, "max-160x160"])
        return format_html('<img src="{}" height="60" alt="">', url)

    @admin.display(description="tags")
    def tag_names(self, asset: Asset) -> str:
        return ", ".join(row.tag.name for row in asset.tagged.all())

    @admin.action(description="Move to the trash")
    def put_in_trash(self, request: HttpRequest, queryset: QuerySet[Asset]) -> None:
        for asset in queryset:
            trash.put_in_trash(asset)
        self.message_user(request, f"{len(queryset)} in the trash.", messages.SUCCESS)

    @admin.action(description="Restore from the trash")
    def restore(self, request: HttpRequest, queryset: QuerySet[Asset]) -> None:
        for asset in queryset:
            trash.restore(asset)
        self.message_user(request, f"{len(queryset)} restored.", messages.SUCCESS)


@admin.register(Original)
class OriginalAdmin(ReadOnlyAdmin):
    list_display = ["sha256", "media_type", "width", "height", "bytes", "created_at"]
    list_filter = ["media_type", "created_at"]
    search_fields = ["sha256", "assets__file_name"]


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin[Tag]):
    list_display = ["name", "assets", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["name", "key"]
    fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).annotate(asset_count=Count("tagged"))

    @admin.display(ordering="asset_count")
    def assets(self, tag: Any) -> int:
        return int(tag.asset_count)


@admin.register(TaggedAsset)
class TaggedAssetAdmin(ReadOnlyAdmin):
    list_display = ["tag", "content_object", "source", "confidence"]
    list_filter = ["source"]
    list_select_related = ["tag", "content_object"]
    search_fields = ["tag__name", "content_object__file_name"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["tag", "asset", "is_yes", "user", "decided_at"]
    list_filter = ["is_yes", "decided_at", "user"]
    list_select_related = ["tag", "asset", "user"]
    search_fields = ["tag__name", "asset__file_name", "user__username"]


@admin.register(AssetFact)
class AssetFactAdmin(ReadOnlyAdmin):
    list_display = ["kind", "value", "confidence", "face", "asset"]
    list_filter = ["kind"]
    list_select_related = ["asset"]
    search_fields = ["value", "asset__file_name"]


@admin.register(AssetText)
class AssetTextAdmin(ReadOnlyAdmin):
    list_display = ["kind", "text", "asset"]
    list_filter = ["kind"]
    list_select_related = ["asset"]
    search_fields = ["text", "asset__file_name"]


@admin.register(Audience)
class AudienceAdmin(admin.ModelAdmin[Audience]):
    list_display = ["asset", "group"]
    list_filter = ["group"]
    list_select_related = ["asset", "group"]
    search_fields = ["asset__file_name", "group__name"]
    autocomplete_fields = ["asset"]


class CollectionItemInline(admin.TabularInline[CollectionItem, Collection]):
    model = CollectionItem
    extra = 0
    autocomplete_fields = ["asset"]


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin[Collection]):
    list_display = ["name", "creator", "created_at"]
    list_filter = ["created_at", "creator"]
    search_fields = ["name", "description"]
    inlines = [CollectionItemInline]


@admin.register(CollectionItem)
class CollectionItemAdmin(admin.ModelAdmin[CollectionItem]):
    list_display = ["collection", "position", "asset"]
    list_filter = ["collection"]
    list_select_related = ["collection", "asset"]
    search_fields = ["collection__name", "asset__file_name"]
    autocomplete_fields = ["collection", "asset"]
