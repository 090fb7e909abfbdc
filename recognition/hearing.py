"""What has been said about originals: by the runs that count, and by those still to come."""

import operator
from collections import defaultdict
from collections.abc import Collection as Sized
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings

from dam.tagging import Fact
from recognition.facts import FACT_KINDS, FoundFacts, SeenDetection, facts_from
from recognition.models import Detection, RecognitionRun
from recognition.predictions import Kind
from recognition.registry import recognisers
from recognition.rules import TAGGABLE_KINDS, Claim

State = RecognitionRun.State


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored about the originals at hand."""

    claims_of: Mapping[int, Sequence[Claim]]
    facts_of: Mapping[int, Sequence[Fact]]
    texts_of: Mapping[int, Mapping[str, str]]
    aliases_of: Mapping[int, Sequence[str]]
    """By detection."""


class _Row(NamedTuple):
    """A detection as far as anything may follow from it."""

    pk: int
    run: int
    kind: str
    name: str
    confidence: float
    box: dict[str, float] | None
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the runs that count have said, by original."""

    claims: Mapping[int, Sequence[Claim]]
    seen: Mapping[int, Sequence[SeenDetection]]
    aliases: Mapping[int, Sequence[str]]
    """By detection."""
    looked_for: Mapping[int, Sized[str]]
    """Kinds of which there is nothing where nothing is detected."""
    recognisers: Mapping[int, Sized[str]]
    """Whose runs they are."""


def look_up(originals: Sized[int], at_hand: Sequence[Detection] = ()) -> Known:
    """Reads what is known of originals, but for all detections of a run that are at hand."""
    runs = list(
        RecognitionRun.objects.filter(original__in=list(originals))
        .order_by("pk")
        .only("original", "recogniser", "fingerprint", "state", "looked_for")
    )
    heard = _hear(_counting(run for run in runs if run.state == State.DONE), at_hand)
    found = {original: _found(heard, original) for original in originals}
    statuses = _statuses(runs)
    return Known(
        claims_of=heard.claims,
        facts_of={
            original: [
                *_facts(found[original]),
                Fact(kind="status", value=statuses.get(original, "none")),
                *(
                    Fact(kind="recogniser", value=alias)
                    for alias in sorted(heard.recognisers[original])
                ),
            ]
            for original in originals
        },
        texts_of={original: found[original].texts for original in originals},
        aliases_of=heard.aliases,
    )


def counting_runs(originals: Iterable[int]) -> dict[int, RecognitionRun]:
    """By key, the one run of each original and recogniser whose detections count.

    That is the newest done one under the recogniser's present fingerprint; where it has answered
    under earlier ones only, the newest of those.
    """
    done = RecognitionRun.objects.filter(original__in=list(originals), state=State.DONE)
    return _counting(done.order_by("pk").defer("raw"))


def _counting(done: Iterable[RecognitionRun]) -> dict[int, RecognitionRun]:
    """Those that count among done runs, which come oldest first."""
    present = {alias: recognisers[alias].fingerprint for alias in recognisers.working_aliases}
    counting: dict[tuple[int, str], RecognitionRun] = {}
    for run in done:
        key = (run.original_id, run.recogniser)
        before = counting.get(key)
        current = present.get(run.recogniser)
        if before and before.fingerprint == current and run.fingerprint != current:
            continue
        counting[key] = run
    return {run.pk: run for run in counting.values()}


def _statuses(runs: Iterable[RecognitionRun]) -> dict[int, str]:
    """By original: queued while anything waits, else failed if anything did, else recognised.

    Runs come oldest first; of each recogniser the newest counts.
    """
    # A recogniser that is not configured any more cannot be retried, so its failures are past.
    configured = recognisers.aliases
    newest = {
        (run.original_id, run.recogniser): run for run in runs if run.recogniser in configured
    }
    states: dict[int, set[str]] = defaultdict(set)
    for run in newest.values():
        states[run.original_id].add(run.state)
    return {original: _status(seen) for original, seen in states.items()}


def _status(states: set[str]) -> str:
    if states & {State.QUEUED, State.RUNNING}:
        return "queued"
    if states & {State.FAILED, State.QUARANTINED}:
        return "failed"
    return "recognised" if states else "none"


def _hear(runs: Mapping[int, RecognitionRun], at_hand: Sequence[Detection]) -> _Heard:
    """Sorts what was detected by what may follow from it: tags, facts, both or neither."""
    claims: dict[int, list[Claim]] = defaultdict(list)
    seen: dict[int, list[SeenDetection]] = defaultdict(list)
    aliases: dict[int, Sequence[str]] = {}
    looked_for: dict[int, set[str]] = defaultdict(set)
    speakers: dict[int, set[str]] = defaultdict(set)
    for run in runs.values():
        looked_for[run.original_id].update(run.looked_for)
        speakers[run.original_id].add(run.recogniser)
    for row in _detections(runs, at_hand):
        run = runs[row.run]
        one = SeenDetection(
            kind=row.kind,
            name=row.name,
            confidence=row.confidence,
            recogniser=run.recogniser,
            box=row.box,
            attributes=row.attributes,
        )
        if row.kind in TAGGABLE_KINDS:
            claims[run.original_id].append(_claim(row.pk, one))
            aliases[row.pk] = row.attributes.get("aliases", ())
        if row.kind in FACT_KINDS:
            seen[run.original_id].append(one)
            looked_for[run.original_id].add(row.kind)
    return _Heard(
        claims=claims, seen=seen, aliases=aliases, looked_for=looked_for, recognisers=speakers
    )


def _detections(runs: Sized[int], at_hand: Sequence[Detection]) -> list[_Row]:
    """What the runs detected, as far as anything may follow from it; the earliest first."""
    telling = TAGGABLE_KINDS | FACT_KINDS
    rows = [
        _Row(one.pk, one.run_id, one.kind, one.name, one.confidence, one.box, one.attributes)
        for one in at_hand
        if one.run_id in runs and one.kind in telling
    ]
    if unread := set(runs).difference(one.run_id for one in at_hand):
        stored = Detection.objects.order_by().filter(run__in=unread, kind__in=telling)
        rows += map(_Row._make, stored.values_list(*_Row._fields))
    return sorted(rows, key=operator.attrgetter("pk"))


def _claim(pk: int, one: SeenDetection) -> Claim:
    return Claim(
        detection=pk,
        recogniser=one.recogniser,
        kind=one.kind,
        name=one.name,
        confidence=one.confidence,
    )


def _found(heard: _Heard, original: int) -> FoundFacts:
    return facts_from(
        heard.seen[original],
        unsafe_threshold=settings.BROMO_UNSAFE_THRESHOLD,
        fact_threshold=settings.BROMO_FACT_THRESHOLD,
        looked_for_faces=not {Kind.FACE, Kind.CELEBRITY}.isdisjoint(heard.looked_for[original]),
    )


def _facts(found: FoundFacts) -> list[Fact]:
    return [
        Fact(kind=fact.kind, value=fact.value, confidence=fact.confidence, face=fact.face)
        for fact in found.facts
    ]
