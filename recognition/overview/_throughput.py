"""How fast a recogniser works: what it finished of late, and how long that took."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from recognition.models import RecognitionRun

SPAN = timedelta(hours=1)
STEP = timedelta(minutes=5)
RECENT = 200
"""Runs that the usual time of a run is taken from."""
HEIGHT = 44
"""Of the plot, in its own units."""
WIDTH, GAP = 20, 4
"""Of a bar and of the space beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A few minutes of a plot, in the plot's units."""

    x: int
    width: int
    done: int
    failed: int
    done_height: float
    failed_height: float
    label: str

    @property
    def done_y(self) -> float:
        return HEIGHT - self.done_height

    @property
    def failed_y(self) -> float:
        return round(self.done_y - self.failed_height, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """The runs that ended within the last hour."""

    bars: tuple[Bar, ...]
    done: int
    failed: int

    height: int = HEIGHT

    @property
    def width(self) -> int:
        return len(self.bars) * (WIDTH + GAP) - GAP

    @property
    def peak(self) -> int:
        """The most that ended within one bar."""
        return max((bar.done + bar.failed for bar in self.bars), default=0)

    @property
    def label(self) -> str:
        """The plot in words."""
        return "; ".join(bar.label for bar in self.bars if bar.done or bar.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long recent runs took, in seconds."""

    runs: int
    median: float
    p95: float


def throughput_of(alias: str, now: datetime) -> Throughput:
    """What a recogniser finished within the last hour, five minutes a bar."""
    steps = SPAN // STEP
    starts = [now - SPAN + STEP * number for number in range(steps)]
    done = _counts(alias, (RecognitionRun.State.DONE,), starts)
    failed = _counts(alias, RecognitionRun.UNSUCCESSFUL, starts)
    peak = max(1, *(a + b for a, b in zip(done, failed, strict=True)))
    bars = tuple(
        Bar(
            x=number * (WIDTH + GAP),
            width=WIDTH,
            done=done[number],
            failed=failed[number],
            done_height=round(HEIGHT * done[number] / peak, 2),
            failed_height=round(HEIGHT * failed[number] / peak, 2),
            label=_label(steps - number, done[number], failed[number]),
        )
        for number in range(steps)
    )
    return Throughput(bars=bars, done=sum(done), failed=sum(failed))


def pace_of(alias: str) -> Pace | None:
    """How long a recogniser's latest runs took; None where there is none."""
    moments = (
        RecognitionRun.objects.filter(
            recogniser=alias, state=RecognitionRun.State.DONE, started_at__isnull=False
        )
        .order_by("-finished_at")
        .values_list("started_at", "finished_at")[:RECENT]
    )
    seconds = sorted(
        (finished - started).total_seconds()
        for started, finished in moments
        if started and finished
    )
    if not seconds:
        return None
    return Pace(runs=len(seconds), median=_share(seconds, 0.5), p95=_share(seconds, 0.95))


def _counts(alias: str, states: Sequence[str], starts: Sequence[datetime]) -> list[int]:
    """How many runs of some states ended within a step from each of these moments."""
    ended = RecognitionRun.objects.order_by().filter(
        recogniser=alias, state__in=states, finished_at__gte=starts[0]
    )
    wanted: dict[str, Any] = {
        f"step_{number}": Count(
            "finished_at", filter=Q(finished_at__gte=start, finished_at__lt=start + STEP)
        )
        for number, start in enumerate(starts)
    }
    counted = ended.aggregate(**wanted)
    return [counted[name] for name in wanted]


def _label(steps_ago: int, done: int, failed: int) -> str:
    minutes = STEP.seconds // 60
    when = f"{steps_ago * minutes} to {(steps_ago - 1) * minutes} minutes ago"
    return f"{when}: {done:,} done" + (f", {failed:,} failed" if failed else "")


def _share(ordered: Sequence[float], share: float) -> float:
    """The value that so many of the values do not exceed."""
    return ordered[math.ceil(len(ordered) * share) - 1]
