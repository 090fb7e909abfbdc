"""Forms of the page about recognition."""

from django import forms
from django.core.exceptions import ValidationError

from recognition.models import Pause
from recognition.overview import configured_aliases


class PauseForm(forms.ModelForm[Pause]):
    """Which recogniser is to stand still, and why."""

    class Meta:
        model = Pause
        fields = ["recogniser", "reason"]
        widgets = {"recogniser": forms.HiddenInput}

    def clean_recogniser(self) -> str:
        alias: str = self.cleaned_data["recogniser"]
        if alias not in configured_aliases():
            msg = f"There is no recogniser “{alias}”."
            raise ValidationError(msg, code="unknown")
        return alias

    def validate_unique(self) -> None:
        """Is left to `pausing.pause`: that somebody was faster is no mistake."""
