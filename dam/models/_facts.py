"""What else is known about an asset and can be searched, without being a tag."""

from django.db import models
from django.db.models import Q


class AssetFact(models.Model):
    """One value of one kind: camera Leica M11, status recognised, unsafe."""

    asset = models.ForeignKey("dam.Asset", on_delete=models.CASCADE, related_name="facts")
    kind = models.CharField(max_length=30)
    value = models.CharField(max_length=200)
    confidence = models.FloatField(null=True, blank=True, help_text="0-100; empty where certain.")
    face = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Which face of the image it is about."
    )

    class Meta:
        ordering = ["asset", "kind", "value", "pk"]
        indexes = [models.Index(fields=["kind", "value"], name="fact_kind_value")]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "kind", "value"],
                condition=Q(face=None),
                name="fact_once_an_asset",
            ),
            models.UniqueConstraint(
                fields=["asset", "kind", "value", "face"], name="fact_once_a_face"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"


class AssetText(models.Model):
    """Longer text about an asset: its caption, words recognised on it."""

    asset = models.ForeignKey("dam.Asset", on_delete=models.CASCADE, related_name="texts")
    kind = models.CharField(max_length=30)
    text = models.TextField()

    class Meta:
        ordering = ["asset", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "kind"], name="text_once_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:60]}"
