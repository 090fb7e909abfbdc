"""What it would take to ask recognisers, reckoned before anything is sent."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from recognition.models import RecognitionRun
from recognition.recognisers.base import ServiceRecogniser
from recognition.registry import recognisers


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What services would bill, at most: an answer may make later calls needless."""

    calls: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(calls=self.calls + other.calls, cost=self.cost + other.cost)


@dataclass(frozen=True, slots=True)
class _Newest:
    """The latest run of a recogniser, as it is set up now, on one original."""

    state: str
    is_forced: bool
    own: frozenset[str]
    """The keys of its own answers."""

    def is_outdated_by(self, later: RecognitionRun) -> bool:
        """Whether the run does not count any more, as `RecognitionRun.is_outdated` says of it."""
        is_done_anew = later.state == RecognitionRun.State.DONE and later.is_forced
        is_same = not self.own.isdisjoint(later.raw if isinstance(later.raw, dict) else ())
        return self.state == RecognitionRun.State.DONE and is_done_anew and is_same


def estimate(originals: Iterable[int], aliases: Iterable[str], *, again: bool) -> Estimate:
    """What `pipeline.request_runs` on these originals would have services bill."""
    keys = sorted(set(originals))
    total = Estimate()
    for alias in dict.fromkeys(aliases):
        recogniser = recognisers[alias]
        if isinstance(recogniser, ServiceRecogniser):
            total += _estimate(keys, alias, recogniser, again=again)
    return total


def _estimate(
    originals: list[int], alias: str, recogniser: ServiceRecogniser, *, again: bool
) -> Estimate:
    answers: dict[int, set[str]] = defaultdict(set)
    newest: dict[int, _Newest] = {}
    runs = RecognitionRun.objects.filter(original__in=originals).order_by("pk")
    for run in runs.iterator(chunk_size=50):
        own = frozenset(run.raw) if isinstance(run.raw, dict) else frozenset[str]()
        answers[run.original_id] |= own
        if run.recogniser != alias:
            continue
        if run.fingerprint == recogniser.fingerprint:
            newest[run.original_id] = _Newest(run.state, run.is_forced, own)
        elif (before := newest.get(run.original_id)) and before.is_outdated_by(run):
            del newest[run.original_id]
    total = Estimate()
    for original in originals:
        known = _known(newest.get(original), answers[original], again=again)
        if known is not None:
            planned = recogniser.plan(known)
            total += Estimate(
                calls=len(planned), cost=sum((call.price for call in planned), Decimal(0))
            )
    return total


def _known(
    newest: _Newest | None, answers: Collection[str], *, again: bool
) -> Collection[str] | None:
    """The keys that need not be asked for; None where nothing is asked at all."""
    if newest is not None:
        goes_on = newest.state in RecognitionRun.UNFINISHED
        is_retried = newest.state in RecognitionRun.UNSUCCESSFUL and not again
        if goes_on or is_retried:
            return newest.own if newest.is_forced or again else answers
        if not again:
            return None
    return () if again else answers
