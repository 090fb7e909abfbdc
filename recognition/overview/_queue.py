"""What a recogniser has to do, and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils.timesince import timesince

from recognition.models import RecognitionRun

State = RecognitionRun.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The unfinished runs of a recogniser."""

    waiting: int
    running: int
    to_try_again: int
    """Runs that wait for their next try after an error."""
    last_error: str
    """The error of the one whose next try is furthest off."""
    oldest_wait: str
    """For how long the oldest has been waiting for a worker, in words; empty where none waits."""

    @property
    def unfinished(self) -> int:
        return self.waiting + self.running + self.to_try_again


def queue_of(alias: str, now: datetime) -> Queue:
    """What a recogniser has to do at a moment."""
    runs = RecognitionRun.objects.order_by().filter(recogniser=alias)
    queued = runs.filter(state=State.QUEUED)
    put_off = queued.filter(next_try_at__gt=now)
    to_try_again = put_off.count()
    errors = put_off.order_by("-next_try_at").values_list("error", flat=True)
    oldest = queued.aggregate(oldest=Min("next_try_at"))["oldest"]
    return Queue(
        waiting=queued.count() - to_try_again,
        running=runs.filter(state=State.RUNNING).count(),
        to_try_again=to_try_again,
        last_error=errors.first() or "",
        oldest_wait=_age(oldest, now) if oldest and oldest <= now else "",
    )


def _age(since: datetime, now: datetime) -> str:
    return (
        "under a minute" if now - since < timedelta(minutes=1) else timesince(since, now, depth=1)
    )
