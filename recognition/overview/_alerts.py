"""What needs a person. A handful of looks into indexes, as every page of staff asks for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Min, Q
from django.utils import timezone

from recognition.failures import MOST
from recognition.models import Pause, RecognitionRun, RunQuerySet
from recognition.recognisers.base import Problem
from recognition.registry import active_aliases, recognisers

PATIENCE = timedelta(minutes=5)
"""How long a run may wait while no worker finishes anything, or be put off."""
LATELY = timedelta(days=1)
"""How long a failure asks for a person."""
_BETWEEN_TRIES = timedelta(minutes=1)
"""A run whose next try has been due for no longer than that is still put off."""
State = RecognitionRun.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something about one recogniser that somebody should look at."""

    class Kind(StrEnum):
        HALTED = "halted"
        """It can do nothing before somebody mends its set-up."""
        STALLED = "stalled"
        """Runs wait, and no worker finishes any."""
        PUT_OFF = "put off"
        """Runs are tried again and again, for what their storage says."""
        PROBLEM = "problem"
        """Its set-up is not right."""
        FAILED = "failed"
        """A run failed or was quarantined lately."""
        SPENT = "spent"
        """Its budget for the month is used up; it goes on by itself."""
        PAUSED = "paused"
        """Somebody paused it."""

    kind: Kind
    recogniser: str


def find_alerts() -> list[Alert]:
    """Everything that needs a person, by kind, the worst first."""
    now = timezone.now()
    configured = recognisers.aliases
    pauses = dict(Pause.objects.values_list("recogniser", "cause"))
    at_work = [alias for alias in configured if alias not in pauses]
    waiting = [alias for alias in at_work if _waits_long(alias, now)]
    found = {
        Alert.Kind.HALTED: _of_cause(pauses, Pause.Cause.HALT),
        Alert.Kind.STALLED: [] if waiting and _is_anything_finished(configured, now) else waiting,
        Alert.Kind.PUT_OFF: [alias for alias in at_work if _put_off(alias, now).exists()],
        Alert.Kind.PROBLEM: [
            alias
            for alias in active_aliases()
            # Of one that is halted, the reason says more.
            if pauses.get(alias) != Pause.Cause.HALT and problems_of(alias)
        ],
        Alert.Kind.FAILED: [alias for alias in configured if _failed_lately(alias, now).exists()],
        Alert.Kind.SPENT: _of_cause(pauses, Pause.Cause.BUDGET),
        Alert.Kind.PAUSED: _of_cause(pauses, Pause.Cause.PERSON),
    }
    return [
        Alert(kind=kind, recogniser=alias) for kind, aliases in found.items() for alias in aliases
    ]


def problems_of(alias: str) -> list[Problem]:
    """What is wrong with the set-up of a recogniser, found without the network.

    What may be wrong, and evidently is not as it works, is left out: credentials may come from a
    server that nobody has asked.
    """
    try:
        found = list(recognisers[alias].find_problems())
    except ImproperlyConfigured as error:
        hint = "BROMO_RECOGNISERS lists the recognisers that run on uploads."
        return [Problem(message=str(error), hint=hint, is_fatal=True)]
    fatal = [problem for problem in found if problem.is_fatal]
    return fatal if len(fatal) < len(found) and _works(alias) else found


def count_failed_lately(alias: str) -> int:
    """How many runs of a recogniser ask for a person since they failed; counted no further than
    `failures.MOST`."""
    return _failed_lately(alias, timezone.now())[:MOST].count()


def put_off(alias: str) -> RunQuerySet:
    """The runs of a recogniser that have been put off for too long already."""
    return _put_off(alias, timezone.now())


def _of_cause(pauses: Mapping[str, str], cause: Pause.Cause) -> list[str]:
    return [alias for alias, stated in pauses.items() if stated == cause]


def _works(alias: str) -> bool:
    """Whether the run of a recogniser that ended last was done."""
    runs = RecognitionRun.objects.order_by("-finished_at").filter(recogniser=alias)
    # One look into the index for each state.
    ended = {
        state: runs.filter(state=state, finished_at__isnull=False)
        .values_list("finished_at", flat=True)
        .first()
        for state in (State.DONE, *RecognitionRun.UNSUCCESSFUL)
    }
    last = max((moment for moment in ended.values() if moment), default=None)
    return last is not None and ended[State.DONE] == last


def _waits_long(alias: str, now: datetime) -> bool:
    runs = RecognitionRun.objects.order_by().filter(recogniser=alias)
    queued, running = runs.filter(state=State.QUEUED), runs.filter(state=State.RUNNING)
    # The earliest of each, as PostgreSQL looks for it in the index; for any it may read the table.
    earliest = (
        queued.aggregate(moment=Min("next_try_at"))["moment"],
        running.aggregate(moment=Min("lease_until"))["moment"],
    )
    return any(moment and moment <= now - PATIENCE for moment in earliest)


def _put_off(alias: str, now: datetime) -> RunQuerySet:
    return RecognitionRun.objects.order_by().filter(
        recogniser=alias,
        # One that is being tried just now is no better off.
        state__in=RecognitionRun.UNFINISHED,
        next_try_at__gt=now - _BETWEEN_TRIES,
        postponed_since__lte=now - PATIENCE,
    )


def _is_anything_finished(aliases: Iterable[str], now: datetime) -> bool:
    """Whether a worker has come to an end with any run lately: they all wait in one queue."""
    finished = Q(finished_at__gt=now - PATIENCE)
    return any(
        RecognitionRun.objects.order_by()
        .filter(finished, recogniser=alias, state__in=(State.DONE, *RecognitionRun.UNSUCCESSFUL))
        .exists()
        for alias in aliases
    )


def _failed_lately(alias: str, now: datetime) -> RunQuerySet:
    failed = RecognitionRun.objects.order_by().filter(
        recogniser=alias, state__in=RecognitionRun.UNSUCCESSFUL, finished_at__gt=now - LATELY
    )
    return failed.newest()
