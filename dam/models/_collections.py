"""Named, ordered groups of assets."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import OuterRef
from django.urls import reverse

from dam.models._assets import Asset
from dam.models._querysets import CollectionQuerySet
from dam.models._told import ToldModel
from dam.names import name_key, tidy_name
from dam.permissions import Viewer


class Collection(ToldModel):
    """A named, ordered group of assets; an asset may be in many."""

    name = models.CharField(max_length=200)
    key = models.CharField(max_length=600, editable=False, db_index=True)
    description = models.TextField(blank=True)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="collections",
    )
    assets: "models.ManyToManyField[Asset, CollectionItem]" = models.ManyToManyField(
        Asset, through="CollectionItem", related_name="collections"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["key", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name = tidy_name(self.name)
        self.key = name_key(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("dam:collection", args=[self.pk])

    def add(self, asset: Asset) -> None:
        """Puts an asset at the end; one that is in already keeps its place."""
        last = self.items.aggregate(last=models.Max("position"))["last"]
        self.items.get_or_create(asset=asset, defaults={"position": (last or 0) + 1})

    @classmethod
    def items_visible_to(cls, user: Viewer) -> "models.QuerySet[CollectionItem]":
        """The items, of an outer query's collection, that a person may see."""
        assets = Asset.objects.visible_to(user).present().values("pk")
        return CollectionItem.objects.filter(collection=OuterRef("pk"), asset__in=assets)


class CollectionItem(ToldModel):
    """One asset's place in one collection."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="collection_items")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["collection", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "asset"], name="collected_once"),
        ]

    def __str__(self) -> str:
        return f"{self.asset} in {self.collection}"
