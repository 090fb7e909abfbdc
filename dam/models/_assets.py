"""Originals under management."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from taggit.managers import TaggableManager

from dam.geometry import BoundingBox
from dam.models._managers import ReadOnlyTags
from dam.models._originals import Original
from dam.models._querysets import AssetQuerySet
from dam.models._tags import TaggedAsset
from dam.models._told import ToldModel
from dam.names import name_key, sort_key


class Asset(ToldModel):  # type: ignore[django-manager-missing] # taggit ships no types
    """An original under management, with what people say about it."""

    original = models.ForeignKey(Original, on_delete=models.PROTECT, related_name="assets")
    file_name = models.CharField(max_length=255, help_text="As the uploader named it.")
    name_key = models.BinaryField(
        default=b"", editable=False, help_text="The name that is shown, as it is sorted."
    )
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    alt_text = models.CharField(
        max_length=500,
        blank=True,
        help_text="Says what the image shows to those who cannot see it.",
    )
    rights = models.CharField(
        max_length=300, blank=True, help_text="Who holds the rights, and what use they allow."
    )
    focal_left = models.FloatField(null=True, blank=True)
    focal_top = models.FloatField(null=True, blank=True)
    focal_width = models.FloatField(null=True, blank=True)
    focal_height = models.FloatField(null=True, blank=True)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="uploads",
        help_text="Empty where the command line imported it.",
    )
    created_at = models.DateTimeField("uploaded at", auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    trashed_at = models.DateTimeField(null=True, blank=True)
    tags = TaggableManager(through=TaggedAsset, manager=ReadOnlyTags, blank=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="asset_newest"),
            models.Index(fields=["file_name"], name="asset_file_name"),
            models.Index(fields=["name_key", "id"], name="asset_name_key"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(focal_left=None, focal_top=None, focal_width=None, focal_height=None)
                | Q(
                    focal_left__range=(0, 1),
                    focal_top__range=(0, 1),
                    focal_width__range=(0, 1),
                    focal_height__range=(0, 1),
                ),
                name="asset_focal_region_whole_or_absent",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = sort_key(self.display_name)
        fields = kwargs.get("update_fields") or ()
        if "file_name" in fields or "title" in fields:
            kwargs["update_fields"] = {*fields, "name_key"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("dam:asset", args=[self.pk])

    @property
    def display_name(self) -> str:
        return self.title or self.file_name

    @property
    def alternative(self) -> str:
        """The text that stands for the image: what an editor wrote, else the best that is known."""
        return self.alt_text or self.title or self.file_name

    @property
    def focal_region(self) -> BoundingBox | None:
        """What a crop keeps in view."""
        if self.focal_left is None or self.focal_top is None:
            return None
        return BoundingBox(
            left=self.focal_left,
            top=self.focal_top,
            width=self.focal_width or 0.0,
            height=self.focal_height or 0.0,
        )

    @property
    def is_in_trash(self) -> bool:
        return self.trashed_at is not None

    @property
    def is_unsafe(self) -> bool:
        return any(fact.kind == "unsafe" for fact in self.facts.all())

    @property
    def suggestions(self) -> list[str]:
        """Keywords that the file itself carries and nobody has said yes or no to yet."""
        keywords = self.original.facts_read.keywords
        if not keywords:
            return []
        settled = {row.tag.key for row in self.tagged.all()}
        settled.update(self.decisions.order_by().values_list("tag__key", flat=True))
        return [keyword for keyword in keywords if name_key(keyword) not in settled]

    def is_editable_by(self, user: User | AnonymousUser) -> bool:
        """Whether a person who can see this asset may change it."""
        return isinstance(user, User) and user.has_perm("dam.change_asset")
