"""System checks of the recognisers in use; none of them touches the network."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from recognition.registry import UnknownRecogniserError, recognisers


@checks.register
def check_recognisers(**kwargs: Any) -> list[checks.CheckMessage]:
    """E001: an active recogniser is not configured rightly. E002, W001: it reports a problem."""
    messages: list[checks.CheckMessage] = []
    for alias in settings.BROMO_RECOGNISERS:
        try:
            problems = list(recognisers[alias].find_problems())
        except ImproperlyConfigured as error:
            messages.append(
                checks.Error(
                    str(error),
                    hint=_hint(alias, error),
                    id="recognition.E001",
                )
            )
            continue
        for problem in problems:
            make, code = (checks.Error, "E002") if problem.is_fatal else (checks.Warning, "W001")
            messages.append(
                make(f"{alias}: {problem.message}", hint=problem.hint, id=f"recognition.{code}")
            )
    return messages


def _hint(alias: str, error: ImproperlyConfigured) -> str:
    if isinstance(error, UnknownRecogniserError):
        return "BROMO_RECOGNISERS lists the aliases that run on upload."
    prefix = f"BROMO_{alias.upper()}_"
    return f"Options are set by variables whose names begin with {prefix}, if there are any."


@checks.register
def check_thresholds(**kwargs: Any) -> list[checks.CheckMessage]:
    """E003: a threshold for facts is not one."""
    thresholds = {
        "BROMO_UNSAFE_THRESHOLD": settings.BROMO_UNSAFE_THRESHOLD,
        "BROMO_FACT_THRESHOLD": settings.BROMO_FACT_THRESHOLD,
    }
    return [
        checks.Error(
            f"{name} is {threshold}.",
            hint="Give a number from 0 to 100.",
            id="recognition.E003",
        )
        for name, threshold in thresholds.items()
        if not 0 <= threshold <= 100
    ]
