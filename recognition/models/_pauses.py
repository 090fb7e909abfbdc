"""Recognisers that are to stand still."""

from django.conf import settings
from django.db import models

_LONGEST_REASON = 500


class Pause(models.Model):
    """Keeps a recogniser from starting runs until it is resumed; uploads go on."""

    class Cause(models.TextChoices):
        PERSON = "person", "somebody paused it"
        HALT = "halt", "it cannot do anything as it is set up"
        BUDGET = "budget", "the budget of the month is spent"

    recogniser = models.CharField(max_length=50, unique=True, help_text="Its alias in RECOGNISERS.")
    cause = models.CharField(
        max_length=6,
        choices=Cause,
        default=Cause.PERSON,
        help_text="One for its budget ends with the month, or when the budget is raised.",
    )
    reason = models.CharField(max_length=_LONGEST_REASON, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    paused_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["recogniser"]

    def __str__(self) -> str:
        return f"{self.recogniser} since {self.paused_at:%Y-%m-%d %H:%M}"

    @classmethod
    def begin(cls, alias: str, cause: "Pause.Cause", reason: str) -> bool:
        """Has a recogniser stand still by itself; False where it does so already."""
        _, is_new = cls.objects.get_or_create(
            recogniser=alias, defaults={"cause": cause, "reason": reason[:_LONGEST_REASON]}
        )
        return is_new
