"""Predictions as they were stored."""

from django.db import models
from django.db.models import Q

from dam.geometry import BoundingBox
from recognition.models._kinds import Kinds
from recognition.predictions import Prediction


class Detection(models.Model):
    """A prediction as it was stored: raw, below and above any threshold."""

    run = models.ForeignKey(
        "recognition.RecognitionRun", on_delete=models.CASCADE, related_name="detections"
    )
    kind = models.CharField(max_length=12, choices=Kinds)
    name = models.CharField(max_length=200)
    confidence = models.FloatField(help_text="0-100, as the recogniser gave it.")
    parents = models.JSONField(default=list, blank=True)
    box = models.JSONField(
        null=True, blank=True, help_text="left, top, width, height: ratios of the upright image."
    )
    instances = models.JSONField(
        default=list, blank=True, help_text="Where a label occurs: boxes, each with a confidence."
    )
    attributes = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["run", "-confidence", "pk"]
        indexes = [models.Index(fields=["kind", "name"], name="detection_kind_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence__range=(0, 100)), name="detection_confidence_0_100"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.confidence:.1f}"

    @classmethod
    def from_prediction(cls, run_pk: int, prediction: Prediction) -> "Detection":
        attributes = dict(prediction.attributes)
        if prediction.aliases:
            attributes["aliases"] = list(prediction.aliases)
        if prediction.categories:
            attributes["categories"] = list(prediction.categories)
        return cls(
            run_id=run_pk,
            kind=prediction.kind.value,
            name=prediction.name,
            confidence=prediction.confidence,
            parents=list(prediction.parents),
            box=prediction.box.as_dict() if prediction.box else None,
            instances=[
                {"box": i.box.as_dict(), "confidence": i.confidence} for i in prediction.instances
            ],
            attributes=attributes,
        )

    @property
    def boxes(self) -> list[BoundingBox]:
        """Everything there is to draw, on the image."""
        boxes = [BoundingBox.from_dict(instance["box"]) for instance in self.instances]
        if self.box:
            boxes.append(BoundingBox.from_dict(self.box))
        return [box.clamped() for box in boxes]
