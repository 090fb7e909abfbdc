"""Who may see an asset."""

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

from dam.models._told import ToldModel


class Audience(ToldModel):
    """Lets everybody signed in, or one group, see one asset."""

    asset = models.ForeignKey("dam.Asset", on_delete=models.CASCADE, related_name="audiences")
    group = models.ForeignKey(
        Group,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: everybody who is signed in.",
    )

    class Meta:
        ordering = ["asset", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "group"], name="audience_once_a_group"),
            models.UniqueConstraint(
                fields=["asset"], condition=Q(group=None), name="audience_everybody_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.group) if self.group else "everybody signed in"
