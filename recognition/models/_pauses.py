"""Recognisers that are to stand still."""

from django.conf import settings
from django.db import models


class Pause(models.Model):
    """Keeps a recogniser from starting runs until somebody resumes it; uploads go on."""

    recogniser = models.CharField(max_length=50, unique=True, help_text="Its alias in RECOGNISERS.")
    reason = models.CharField(max_length=500, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    paused_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["recogniser"]

    def __str__(self) -> str:
        return f"{self.recogniser} since {self.paused_at:%Y-%m-%d %H:%M}"
