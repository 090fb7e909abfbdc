"""What failed: runs that ended with the same error together, and trying many of them again."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from dam.models import Asset, Original
from recognition.models import RecognitionRun, RunQuerySet
from recognition.retagging import retag

MOST = 10_000
"""So many of a recogniser's newest failures are looked at: a million cost no more than that."""
_SLICE = 100
"""Runs that are queued again in one transaction, so that nobody waits for it long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Runs of one recogniser that ended alike."""

    recogniser: str
    state: str
    error: str
    runs: tuple[int, ...]
    """Their keys, the latest first."""
    is_more: bool
    """Whether there may be more than were looked at."""
    latest_at: datetime

    @property
    def key(self) -> str:
        return failure_key(self.recogniser, self.state, self.error)

    @property
    def count(self) -> int:
        return len(self.runs)

    @property
    def number(self) -> str:
        """How many runs it has, as people are told."""
        return told_number([self])


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """How far trying again got."""

    runs: list[int]
    until: datetime | None
    """Those that failed up to then are left; None where none is."""


def failure_key(recogniser: str, state: str, error: str) -> str:
    """Names a failure in addresses."""
    told = "\0".join((recogniser, state, error))
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()[:16]


def list_failures(aliases: Iterable[str]) -> list[Failure]:
    """All failures of some recognisers, the latest first.

    What a newer run has superseded is no failure any more.
    """
    found = [
        failure
        for alias in aliases
        for state in RecognitionRun.UNSUCCESSFUL
        for failure in _failures(alias, state)
    ]
    return sorted(found, key=lambda failure: (failure.latest_at, failure.runs[0]), reverse=True)


def find_failure(aliases: Iterable[str], key: str) -> Failure | None:
    """The failure that a key names; None where none of its runs is left."""
    return next((failure for failure in list_failures(aliases) if failure.key == key), None)


def told_number(failures: Iterable[Failure]) -> str:
    """How many runs some failures have; with a plus sign where there may be more."""
    listed = list(failures)
    count = sum(failure.count for failure in listed)
    return f"{count:,}" + ("+" if any(failure.is_more for failure in listed) else "")


def retry(*, recogniser: str, state: str, error: str, until: datetime, seconds: float) -> Retried:
    """Queues the runs that failed alike up to a moment again, slice by slice, for so many seconds.

    What fails anew meanwhile is left alone, or it would go round and round.
    """
    alike = _ended(recogniser, state).filter(error=error).newest()
    deadline = time.monotonic() + seconds
    done: list[int] = []
    left: datetime | None = until
    while left is not None:
        runs, left = _retry_slice(alike.filter(finished_at__lte=left))
        done += runs
        if time.monotonic() > deadline:
            break
    return Retried(runs=done, until=left)


def _failures(alias: str, state: str) -> list[Failure]:
    # Grouped here and not by the database: PostgreSQL would read the whole table for it.
    of_same = RecognitionRun.objects.filter(original=OuterRef("original"), recogniser=alias)
    newest = Subquery(of_same.order_by("-pk").values("pk")[:1])
    rows = _ended(alias, state).annotate(newest=newest)
    seen = list(rows.values_list("pk", "newest", "error", "finished_at")[: MOST + 1])
    alike: dict[str, list[tuple[int, datetime]]] = {}
    for pk, newest_pk, error, moment in seen[:MOST]:
        if pk == newest_pk and moment:
            alike.setdefault(error, []).append((pk, moment))
    return [
        Failure(
            recogniser=alias,
            state=state,
            error=error,
            runs=tuple(pk for pk, _ in ended),
            is_more=len(seen) > MOST,
            latest_at=ended[0][1],
        )
        for error, ended in alike.items()
    ]


def _ended(alias: str, state: str) -> RunQuerySet:
    """A recogniser's runs that ended in a state, superseded or not, the latest first."""
    ended = RecognitionRun.objects.filter(recogniser=alias, state=state, finished_at__isnull=False)
    return ended.order_by("-finished_at", "-pk")


def _retry_slice(alike: RunQuerySet) -> tuple[list[int], datetime | None]:
    """Queues the latest of some failed runs again; gives their keys, and from when on to go on."""
    with transaction.atomic():
        rows = list(alike.values_list("pk", "original", "recogniser", "finished_at")[:_SLICE])
        if not rows:
            return [], None
        pks, originals, aliases, moments = zip(*rows, strict=True)
        # In the order that everybody locks in.
        list(
            Original.objects.select_for_update(no_key=True).filter(pk__in=originals).order_by("pk")
        )
        RecognitionRun.objects.filter(pk__in=pks).retry()
        assets = Asset.objects.filter(original__in=originals).order_by("pk")
        retag(assets.values_list("pk", flat=True), only=set(aliases))
    return list(pks), moments[-1] if len(rows) == _SLICE else None
