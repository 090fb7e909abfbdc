"""Trying again what failed, however much it is, without letting the person who asks wait."""

from dataclasses import dataclass

from django.utils import timezone

from recognition import failures
from recognition.failures import Failure
from recognition.models import RecognitionRun
from recognition.queue import hand_on_retrying, publish_after_commit

SECONDS = 1.0
"""How long the request itself queues runs again."""
AT_ONCE = 200
"""Runs that workers are told of at once; the sweep tells them of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """What came of trying many runs again."""

    count: int
    """Runs that are queued now."""
    goes_on: bool
    """Whether a worker does the rest."""
    is_all: bool
    """Whether there is no rest."""


def retry_all(failure: Failure) -> Retrying:
    """Queues all runs of a failure again: at once what a moment is enough for, then a worker's."""
    alike = {"recogniser": failure.recogniser, "state": failure.state, "error": failure.error}
    retried = failures.retry(**alike, until=timezone.now(), seconds=SECONDS)
    first = RecognitionRun.objects.filter(pk__in=retried.runs[:AT_ONCE]).defer("raw")
    publish_after_commit(first)
    if retried.until is None:
        return Retrying(count=len(retried.runs), goes_on=False, is_all=True)
    goes_on = hand_on_retrying(**alike, until=retried.until.isoformat())
    return Retrying(count=len(retried.runs), goes_on=goes_on, is_all=False)
