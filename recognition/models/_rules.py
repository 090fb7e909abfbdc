"""Rules that make tags of detections, and the evidence that they leave."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from dam.models import Asset, Collection, TaggedAsset
from recognition.models._detections import Detection
from recognition.models._kinds import Kinds


class Rule(models.Model):
    """Which claims become tags: a threshold, another name, or none at all.

    Fields left empty match everything. Where several rules match, the narrowest wins: one asset,
    then a collection, a label, a kind, a recogniser, everything.
    """

    class Action(models.TextChoices):
        THRESHOLD = "threshold", "needs at least a confidence"
        RENAME = "rename", "becomes another tag"
        BLOCK = "block", "never becomes a tag"

    recogniser = models.CharField(max_length=50, blank=True, help_text="Alias; empty: all.")
    kind = models.CharField(max_length=12, choices=Kinds, blank=True, help_text="Empty: all.")
    label = models.CharField(max_length=200, blank=True, help_text="As the recogniser says it.")
    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, null=True, blank=True, related_name="rules"
    )
    asset = models.ForeignKey(
        Asset, on_delete=models.CASCADE, null=True, blank=True, related_name="rules"
    )
    action = models.CharField(max_length=10, choices=Action, default=Action.THRESHOLD)
    threshold = models.FloatField(
        null=True, blank=True, help_text="0-100; a confidence of just that is enough."
    )
    new_name = models.CharField(max_length=100, blank=True, help_text="The tag to use instead.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(
                        action="threshold",
                        threshold__isnull=False,  # or an empty one would pass as unknown
                        threshold__range=(0, 100),
                        new_name="",
                    )
                    | (Q(action="rename", threshold=None) & ~Q(new_name=""))
                    | Q(action="block", threshold=None, new_name="")
                ),
                name="rule_action_complete",
                violation_error_message=(
                    "A threshold rule needs a threshold of 0-100 and nothing else, a rename rule "
                    "a new name and nothing else, a block rule neither."
                ),
            ),
            models.UniqueConstraint(
                F("action"), F("recogniser"), F("kind"), F("label"),
                Coalesce("collection", 0), Coalesce("asset", 0),
                name="rule_once_a_scope",
                violation_error_message="There is already such a rule for just this scope.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        scope = [self.recogniser, self.kind, self.label]
        scope += [str(x) for x in (self.collection, self.asset) if x]
        where = ", ".join(part for part in scope if part) or "everything"
        if self.action == self.Action.THRESHOLD:
            return f"{where}: at least {self.threshold}"
        if self.action == self.Action.RENAME:
            return f"{where}: as “{self.new_name}”"
        return f"{where}: never"


class Evidence(models.Model):
    """Why a tag is there: what was detected, and the rule that let it through."""

    tagged_asset = models.ForeignKey(TaggedAsset, on_delete=models.CASCADE, related_name="evidence")
    detection = models.ForeignKey(Detection, on_delete=models.CASCADE, related_name="evidence")
    rule = models.ForeignKey(
        Rule,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="evidence",
        help_text="Empty: the recogniser's own default threshold.",
    )
    confidence = models.FloatField()

    class Meta:
        ordering = ["-confidence", "pk"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(fields=["tagged_asset", "detection"], name="evidence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.detection} for {self.tagged_asset}"
