"""Tags, which assets carry them and why, and what people decided about them."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from taggit.models import ItemBase, TagBase

from dam.names import name_key, tidy_name


class TagQuerySet(models.QuerySet["Tag"]):
    def named(self, name: str) -> "TagQuerySet":
        return self.filter(key=name_key(name))


class Tag(TagBase):  # type: ignore[django-manager-missing] # taggit ships no types
    """A word on assets that people search by; the first spelling is the one shown."""

    slug = None
    key = models.CharField(max_length=300, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def clean(self) -> None:
        self.name = tidy_name(self.name)
        if not self.name:
            raise ValidationError({"name": "A tag needs at least one visible character."})
        if Tag.objects.named(self.name).exclude(pk=self.pk).exists():
            raise ValidationError({"name": f"There is already a tag “{self.name}”."})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name = tidy_name(self.name)
        self.key = name_key(self.name)
        with transaction.atomic():  # its assets are told of as well
            # taggit's own save is about slugs, which these tags do not have.
            models.Model.save(self, *args, **kwargs)


class TaggedAsset(ItemBase):
    """One tag on one asset. Written by `dam.tagging` only."""

    class Source(models.TextChoices):
        MANUAL = "manual", "manual"
        AUTOMATIC = "automatic", "automatic"

    content_object = models.ForeignKey(
        "dam.Asset", on_delete=models.CASCADE, related_name="tagged", verbose_name="asset"
    )
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="tagged")
    source = models.CharField(max_length=10, choices=Source, default=Source.MANUAL)
    confidence = models.FloatField(
        null=True,
        blank=True,
        help_text="0-100, the highest that supports it; empty if only manual.",
    )

    class Meta:
        ordering = [F("confidence").desc(nulls_first=True), "pk"]
        constraints = [
            models.UniqueConstraint(fields=["content_object", "tag"], name="tagged_once"),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__range=(0, 100)),
                name="tagged_confidence_0_100",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag} on {self.content_object}"

    @property
    def is_manual(self) -> bool:
        return self.source == self.Source.MANUAL


class Decision(models.Model):
    """What a person said about a tag on an asset. It always wins and survives every re-run."""

    asset = models.ForeignKey("dam.Asset", on_delete=models.CASCADE, related_name="decisions")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="decisions")
    is_yes = models.BooleanField("yes", help_text="Yes: the asset carries the tag. No: never.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="decided by",
    )
    decided_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "tag"], name="decided_once"),
        ]

    def __str__(self) -> str:
        return f"{'yes' if self.is_yes else 'no'} to {self.tag} on {self.asset}"
