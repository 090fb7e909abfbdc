"""What recognition adds to the checks of a library: runs that nobody brings to an end."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from dam.checking import Finding, Inspection, register
from recognition.models import RecognitionRun
from recognition.queue import publish

PATIENCE = timedelta(minutes=15)
"""Sweeps come every few seconds: what they have not brought on by then, they will not."""
_BATCH = 500


def connect() -> None:
    register("runs", check_runs)


def check_runs(inspection: Inspection) -> Iterator[Finding]:
    """Runs whose worker is gone, or that no worker takes; failed ones have come to an end."""
    stuck = _stuck(timezone.now() - PATIENCE)
    last = 0
    while runs := list(stuck.filter(pk__gt=last).order_by("pk")[:_BATCH]):
        action, is_done = "--repair tells the workers again.", False
        if inspection.repair:
            action, is_done = _bring_on(runs)
        for run in runs:
            yield Finding(
                code="run_stuck",
                about=f"run {run.pk}",
                text=f"{run.recogniser} on original {run.original_id}: {_what_it_waits_for(run)}",
                action=action,
                repaired=is_done,
            )
        last = runs[-1].pk


def _stuck(limit: datetime) -> QuerySet[RecognitionRun]:
    """Runs that should have gone on before a moment. Those of paused recognisers may wait.

    Waiting for one's turn is no fault: a recogniser that has begun a run since then is busy.
    """
    runs, state = RecognitionRun.objects, RecognitionRun.State
    busy = runs.filter(started_at__gte=limit).order_by().values_list("recogniser").distinct()
    waiting = Q(state=state.QUEUED, next_try_at__lt=limit)
    due = runs.due().filter(
        Q(state=state.RUNNING, lease_until__lt=limit)
        | (waiting & ~Q(recogniser__in=[alias for (alias,) in busy]))
    )
    # A run without a lease has none that could end, so no sweep finds it.
    lost = Q(state=state.RUNNING, lease_until=None)
    return runs.filter(lost | Q(pk__in=due.order_by().values("pk"))).defer("raw")


def _what_it_waits_for(run: RecognitionRun) -> str:
    if run.state == RecognitionRun.State.QUEUED:
        return f"it is due since {run.next_try_at:%Y-%m-%d %H:%M}, and no worker begins any"
    if run.lease_until is None:
        return "it is running, and nobody holds it"
    return f"its worker has been gone since {run.lease_until:%Y-%m-%d %H:%M}"


def _bring_on(runs: Sequence[RecognitionRun]) -> tuple[str, bool]:
    """Has workers take runs; what was done, and whether they were told."""
    keys = [run.pk for run in runs]
    unheld = RecognitionRun.objects.filter(pk__in=keys, lease_until=None)
    ended = timezone.now() - timedelta(seconds=1)
    unheld.filter(state=RecognitionRun.State.RUNNING).update(lease_until=ended)
    # One message after another: the broker may be away, and is waited for once.
    if publish(keys):
        return "The workers were told again.", True
    reason = "The workers could not be told: see that the broker runs."
    return f"{reason} Without BROKER_URL, `manage.py sweep_runs` does the work.", False
