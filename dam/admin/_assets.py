"""Assets: uploaded, described, tagged and put away."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dam import tagging, trash
from dam.admin._visibility import ReadOnlyInline, VisibleAdmin
from dam.ingest import NotStoredError, ingest
from dam.models import Asset, AssetFact, AssetQuerySet, Audience, Decision, TaggedAsset
from dam.validators import validate_file_name


class TaggedAssetInline(ReadOnlyInline[TaggedAsset, Asset]):
    model = TaggedAsset
    fields = ["tag", "source", "confidence"]


class DecisionInline(ReadOnlyInline[Decision, Asset]):
    model = Decision
    fields = ["tag", "is_yes", "user", "decided_at"]
    readonly_fields = ["decided_at"]


class FactInline(ReadOnlyInline[AssetFact, Asset]):
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
            except NotStoredError as error:
                self.add_error("file", str(error))
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

    def clean_file_name(self) -> str:
        name: str = self.cleaned_data["file_name"]
        validate_file_name(name)
        return name

    def clean_add_tags(self) -> list[str]:
        return tagging.split_names(self.cleaned_data["add_tags"])

    def clean_remove_tags(self) -> list[str]:
        return tagging.split_names(self.cleaned_data["remove_tags"])


@admin.register(Asset)
class AssetAdmin(VisibleAdmin[Asset]):
    about = "pk"
    list_display = ["picture", "display_name", "file_name", "tag_names", "uploader", "created_at"]
    list_display_links = ["picture", "display_name"]
    list_filter = [
        "created_at",
        "trashed_at",
        "original__media_type",
        ("uploader", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["original", "uploader"]
    search_fields = ["file_name", "title", "description", "tagged__tag__name", "original__sha256"]
    search_help_text = "File name, title, description, tag or SHA-256"
    date_hierarchy = "created_at"
    autocomplete_fields = ["uploader"]
    readonly_fields = ["picture", "original", "created_at", "updated_at", "trashed_at"]
    inlines = [AudienceInline, TaggedAssetInline, DecisionInline, FactInline]
    actions = ["put_in_trash", "restore"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        assets = cast(AssetQuerySet, super().get_queryset(request))
        return assets.with_tags().prefetch_related("facts")

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
        if obj is None:
            return []
        # Uploaders see their assets, so only superusers say who that was.
        return [*self.readonly_fields, *([] if request.user.is_superuser else ["uploader"])]

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

    def has_trash_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("dam.delete_asset")

    @admin.display(description="")
    def picture(self, asset: Asset) -> SafeString | str:
        if asset.is_unsafe:
            return "Hidden as unsafe"
        url = reverse("dam:rendition", args=[asset.pk, "max-160x160"])
        return format_html('<img src="{}" height="60" alt="">', url)

    @admin.display(description="tags")
    def tag_names(self, asset: Asset) -> str:
        return ", ".join(row.tag.name for row in asset.tagged.all())

    @admin.action(description="Move to the trash", permissions=["trash"])
    def put_in_trash(self, request: HttpRequest, queryset: QuerySet[Asset]) -> None:
        for asset in queryset:
            trash.put_in_trash(asset)
        self.message_user(request, f"{len(queryset)} in the trash.", messages.SUCCESS)

    @admin.action(description="Restore from the trash", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Asset]) -> None:
        for asset in queryset:
            trash.restore(asset)
        self.message_user(request, f"{len(queryset)} restored.", messages.SUCCESS)
