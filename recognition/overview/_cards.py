"""Each recogniser at a glance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone
from django.utils.text import slugify

from recognition.failures import Failure, told_number
from recognition.models import Pause, RecognitionRun
from recognition.overview._alerts import Alert, problems_of
from recognition.overview._queue import Queue, queue_of
from recognition.overview._spending import Spent, spent_by
from recognition.overview._throughput import Pace, Throughput, pace_of, throughput_of
from recognition.recognisers.base import Problem
from recognition.registry import active_aliases, recognisers

State = RecognitionRun.State


class Condition(StrEnum):
    """What a recogniser is doing."""

    WORKING = "working"
    WAITING = "waiting"
    """Runs wait for a worker or for their next try, and none is being worked on."""
    STALLED = "stalled"
    """Runs could start, and nobody has finished any for too long."""
    IDLE = "idle"
    HALTED = "halted"
    """It stopped by itself, as its set-up lets it do nothing."""
    SPENT = "spent"
    """It stopped by itself until its budget has room again."""
    PAUSED = "paused"
    """Somebody paused it."""
    BROKEN = "broken"
    """Its set-up fails every image."""
    REMOVED = "removed"
    """The settings do not know it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A recogniser with its queue, its failures and its pace."""

    alias: str
    condition: Condition
    is_active: bool
    """Whether it is asked about every upload."""
    pause: Pause | None
    problems: tuple[Problem, ...]
    queue: Queue
    failed: str
    """A number; with a plus sign where there may be more."""
    quarantined: str
    done_today: int
    throughput: Throughput
    pace: Pace | None
    spent: Spent | None
    """What services billed this month; None for a recogniser that asks none."""

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"recogniser-{slugify(self.alias)}"


def configured_aliases() -> list[str]:
    """The recognisers that can be asked. What failed of any other is past."""
    return list(dict.fromkeys([*active_aliases(), *recognisers.aliases]))


def known_aliases() -> list[str]:
    """The recognisers that run on uploads, then those that are paused or have run."""
    paused = Pause.objects.values_list("recogniser", flat=True)
    return list(dict.fromkeys([*active_aliases(), *paused, *_aliases_of_runs()]))


def list_cards(
    aliases: Iterable[str], failures: Sequence[Failure], alerts: Iterable[Alert]
) -> list[Card]:
    """Recognisers with what they do, given what is known of them already."""
    now = timezone.now()
    pauses = {row.recogniser: row for row in Pause.objects.select_related("paused_by")}
    stalled = {alert.recogniser for alert in alerts if alert.kind is Alert.Kind.STALLED}
    return [
        _card(
            alias,
            now,
            pause=pauses.get(alias),
            is_stalled=alias in stalled,
            failures=[failure for failure in failures if failure.recogniser == alias],
        )
        for alias in aliases
    ]


def _aliases_of_runs() -> list[str]:
    """Every recogniser with a run, each found by one look into the index behind the last."""
    found: list[str] = []
    last = ""
    names = RecognitionRun.objects.order_by("recogniser").values_list("recogniser", flat=True)
    while (alias := names.filter(recogniser__gt=last).first()) is not None:
        found.append(alias)
        last = alias
    return found


def _card(
    alias: str, now: datetime, *, pause: Pause | None, is_stalled: bool, failures: list[Failure]
) -> Card:
    problems = problems_of(alias) if alias in configured_aliases() else []
    queue = queue_of(alias, now)
    return Card(
        alias=alias,
        condition=_condition(alias, queue, problems, pause=pause, is_stalled=is_stalled),
        is_active=alias in active_aliases(),
        pause=pause,
        problems=tuple(problems),
        queue=queue,
        failed=told_number(f for f in failures if f.state == State.FAILED),
        quarantined=told_number(f for f in failures if f.state == State.QUARANTINED),
        done_today=_done_today(alias, now),
        throughput=throughput_of(alias, now),
        pace=pace_of(alias),
        spent=spent_by(alias),
    )


def _condition(
    alias: str,
    queue: Queue,
    problems: Iterable[Problem],
    *,
    pause: Pause | None,
    is_stalled: bool,
) -> Condition:
    cause = pause.cause if pause else None
    asked = [
        (alias not in configured_aliases(), Condition.REMOVED),
        (cause == Pause.Cause.HALT, Condition.HALTED),
        (cause == Pause.Cause.BUDGET, Condition.SPENT),
        (cause == Pause.Cause.PERSON, Condition.PAUSED),
        (any(problem.is_fatal for problem in problems), Condition.BROKEN),
        (is_stalled, Condition.STALLED),
        (queue.running > 0, Condition.WORKING),
        (queue.unfinished > 0, Condition.WAITING),
    ]
    return next((condition for holds, condition in asked if holds), Condition.IDLE)


def _done_today(alias: str, now: datetime) -> int:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    done = RecognitionRun.objects.filter(recogniser=alias, state=State.DONE)
    return done.filter(finished_at__gte=midnight).count()
