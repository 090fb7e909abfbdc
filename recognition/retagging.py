"""Stored detections become tags and facts again, without asking a recogniser."""

from collections import defaultdict
from collections.abc import Collection as Sized
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from dam import tagging
from dam.models import Asset, CollectionItem, Decision, TaggedAsset
from dam.names import name_key
from dam.tagging import AutomaticTag, Fact, Findings, TagChange
from recognition.facts import FACT_KINDS, FoundFacts, SeenDetection, facts_from
from recognition.models import Detection, Evidence, RecognitionRun, Rule
from recognition.predictions import Kind
from recognition.registry import recognisers
from recognition.rules import (
    TAGGABLE_KINDS,
    Action,
    Claim,
    RuleBook,
    RuleValue,
    Scope,
    Support,
    SupportedTag,
)

State = RecognitionRun.State


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored about the assets at hand."""

    original_of: Mapping[int, int]
    collections_of: Mapping[int, frozenset[int]]
    claims_of: Mapping[int, Sequence[Claim]]
    facts_of: Mapping[int, Sequence[Fact]]
    texts_of: Mapping[int, Mapping[str, str]]
    aliases_of: Mapping[int, Sequence[str]]
    """By detection."""


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


def retag(asset_pks: Iterable[int], *, only: Sized[str] | None = None) -> dict[int, TagChange]:
    """Makes the tags and facts of assets follow from detections, rules and decisions.

    With `only`, rules are applied to the detections of these recognisers, and what the others'
    evidence supports stays as it is. Answers with one change an asset.
    """
    pks = sorted(set(asset_pks))
    with transaction.atomic(savepoint=False):
        known = _look_up(pks)
        said_by = {c.recogniser for claims in known.claims_of.values() for c in claims}
        book = rule_book(pks, said_by)
        supported: dict[int, list[SupportedTag]] = {}
        kept = _kept_evidence(pks, only) if only is not None else {}
        for pk, original in known.original_of.items():
            claims = known.claims_of[original]
            if only is not None:
                claims = [claim for claim in claims if claim.recogniser in only]
            scope = Scope(asset=pk, collections=known.collections_of[pk])
            fresh = book.supported_tags(scope, claims)
            supported[pk] = _merged(fresh, kept.get(pk, []))
        refused = _refused_keys(pks)
        changes = tagging.apply(
            {
                pk: Findings(
                    tags=[AutomaticTag(name=t.name, confidence=t.confidence) for t in tags],
                    facts=[
                        *known.facts_of[known.original_of[pk]],
                        *_people(tags, refused[pk], known.claims_of[known.original_of[pk]]),
                    ],
                    texts={
                        **known.texts_of[known.original_of[pk]],
                        **_alias_text(tags, refused[pk], known.aliases_of),
                    },
                )
                for pk, tags in supported.items()
            }
        )
        _write_evidence(supported)
    return changes


def retag_original(original_pk: int, *, only: Sized[str] | None = None) -> dict[int, TagChange]:
    """Retags every asset on an original, in the trash or not; `only` as for `retag`."""
    assets = Asset.objects.filter(original=original_pk)
    return retag(assets.values_list("pk", flat=True), only=only)


def rule_book(asset_pks: Sequence[int], aliases: Iterable[str]) -> RuleBook:
    """The rules that can concern some assets, and the default thresholds of these recognisers.

    One that is not configured any more has none; rules alone speak for what it said.
    """
    rules = Rule.objects.filter(Q(asset=None) | Q(asset__in=asset_pks)).order_by("pk")
    configured = set(recognisers.working_aliases).intersection(aliases)
    return RuleBook(
        rules=[
            RuleValue(
                pk=rule.pk,
                action=Action(rule.action),
                recogniser=rule.recogniser,
                kind=rule.kind,
                label=rule.label,
                collection=rule.collection_id,
                asset=rule.asset_id,
                threshold=rule.threshold,
                new_name=rule.new_name,
            )
            for rule in rules
        ],
        defaults={alias: recognisers[alias].default_threshold for alias in configured},
    )


def _look_up(pks: Sequence[int]) -> _Known:
    original_of = dict(
        Asset.objects.select_for_update()
        .filter(pk__in=pks)
        .order_by("pk")
        .values_list("pk", "original")
    )
    originals = set(original_of.values())
    collections: dict[int, set[int]] = defaultdict(set)
    for asset, collection in CollectionItem.objects.filter(asset__in=pks).values_list(
        "asset", "collection"
    ):
        collections[asset].add(collection)
    heard = _hear(counting_runs(originals))
    found = {original: _found(heard, original) for original in originals}
    statuses = _statuses(originals)
    return _Known(
        original_of=original_of,
        collections_of={pk: frozenset(collections[pk]) for pk in original_of},
        claims_of=heard.claims,
        facts_of={
            original: [
                *_facts(found[original]),
                Fact(kind="status", value=statuses[original]),
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


def _hear(runs: Mapping[int, RecognitionRun]) -> _Heard:
    """Sorts what was detected by what may follow from it: tags, facts, both or neither."""
    claims: dict[int, list[Claim]] = defaultdict(list)
    seen: dict[int, list[SeenDetection]] = defaultdict(list)
    aliases: dict[int, Sequence[str]] = {}
    looked_for: dict[int, set[str]] = defaultdict(set)
    speakers: dict[int, set[str]] = defaultdict(set)
    for run in runs.values():
        looked_for[run.original_id].update(run.looked_for)
        speakers[run.original_id].add(run.recogniser)
    detections = Detection.objects.filter(
        run__in=runs, kind__in=TAGGABLE_KINDS | FACT_KINDS
    ).order_by("pk")
    for pk, run_pk, kind, name, confidence, box, attributes in detections.values_list(
        "pk", "run", "kind", "name", "confidence", "box", "attributes"
    ):
        run = runs[run_pk]
        one = SeenDetection(
            kind=kind,
            name=name,
            confidence=confidence,
            recogniser=run.recogniser,
            box=box,
            attributes=attributes,
        )
        if kind in TAGGABLE_KINDS:
            claims[run.original_id].append(_claim(pk, one))
            aliases[pk] = attributes.get("aliases", ())
        if kind in FACT_KINDS:
            seen[run.original_id].append(one)
            looked_for[run.original_id].add(kind)
    return _Heard(
        claims=claims, seen=seen, aliases=aliases, looked_for=looked_for, recognisers=speakers
    )


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


def _people(
    tags: Iterable[SupportedTag], refused: set[str], claims: Iterable[Claim]
) -> Iterator[Fact]:
    """The tags that are people: what rules and persons make of a name holds for both."""
    named = {claim.detection for claim in claims if claim.kind == Kind.CELEBRITY}
    for tag in tags:
        sure = [one.confidence for one in tag.supports if one.detection in named]
        if sure and name_key(tag.name) not in refused:
            yield Fact(kind="person", value=tag.name, confidence=max(sure))


def counting_runs(originals: Iterable[int]) -> dict[int, RecognitionRun]:
    """By key, the one run of each original and recogniser whose detections count.

    That is the newest done one under the recogniser's present fingerprint; where it has answered
    under earlier ones only, the newest of those.
    """
    present = {alias: recognisers[alias].fingerprint for alias in recognisers.working_aliases}
    counting: dict[tuple[int, str], RecognitionRun] = {}
    done = RecognitionRun.objects.filter(original__in=list(originals), state=State.DONE)
    for run in done.order_by("pk").defer("raw"):
        key = (run.original_id, run.recogniser)
        before = counting.get(key)
        current = present.get(run.recogniser)
        if before and before.fingerprint == current and run.fingerprint != current:
            continue
        counting[key] = run
    return {run.pk: run for run in counting.values()}


def _statuses(originals: Iterable[int]) -> dict[int, str]:
    """By original: queued while anything waits, else failed if anything did, else recognised."""
    states: dict[int, set[str]] = {original: set() for original in originals}
    # A recogniser that is not configured any more cannot be retried, so its failures are past.
    newest = RecognitionRun.objects.newest().filter(
        original__in=list(states), recogniser__in=recognisers.aliases
    )
    for original, state in newest.values_list("original", "state"):
        states[original].add(state)
    return {original: _status(seen) for original, seen in states.items()}


def _status(states: set[str]) -> str:
    if states & {State.QUEUED, State.RUNNING}:
        return "queued"
    if states & {State.FAILED, State.QUARANTINED}:
        return "failed"
    return "recognised" if states else "none"


def _refused_keys(pks: Sequence[int]) -> dict[int, set[str]]:
    """By asset, the keys of the tags that a person said no to."""
    refused: dict[int, set[str]] = defaultdict(set)
    no = Decision.objects.order_by().filter(asset__in=pks, is_yes=False)
    for asset, key in no.values_list("asset", "tag__key"):
        refused[asset].add(key)
    return refused


def _alias_text(
    tags: Iterable[SupportedTag], refused: set[str], aliases_of: Mapping[int, Sequence[str]]
) -> dict[str, str]:
    """Other words for the tags of an asset, by which it is found too, as a text of the asset."""
    aliases = {
        alias
        for tag in tags
        if name_key(tag.name) not in refused
        for support in tag.supports
        for alias in aliases_of.get(support.detection, ())
    }
    return {"aliases": "; ".join(sorted(aliases))} if aliases else {}


def _kept_evidence(pks: Sequence[int], only: Sized[str]) -> dict[int, list[SupportedTag]]:
    """By asset, the tags that recognisers other than `only` support at present."""
    kept: dict[int, list[SupportedTag]] = defaultdict(list)
    rows = (
        Evidence.objects.order_by()
        .filter(tagged_asset__content_object__in=pks)
        .exclude(detection__run__recogniser__in=only)
        .values_list(
            "tagged_asset__content_object",
            "tagged_asset__tag__name",
            "detection",
            "detection__run__recogniser",
            "confidence",
            "rule",
        )
    )
    for asset, name, detection, recogniser, confidence, rule in rows:
        support = Support(
            detection=detection, recogniser=recogniser, confidence=confidence, rule=rule
        )
        kept[asset].append(SupportedTag(name=name, supports=(support,)))
    return kept


def _merged(*groups: Iterable[SupportedTag]) -> list[SupportedTag]:
    """Tags of one name made one, with the supports of all."""
    merged: dict[str, SupportedTag] = {}
    for group in groups:
        for tag in group:
            key = name_key(tag.name)
            before = merged.get(key)
            supports = (*before.supports, *tag.supports) if before else tag.supports
            merged[key] = SupportedTag(name=before.name if before else tag.name, supports=supports)
    return list(merged.values())


def _write_evidence(supported: Mapping[int, Sequence[SupportedTag]]) -> None:
    """Makes the evidence rows those of the supported tags, touching only what differs."""
    tagged: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, asset, key in (
        TaggedAsset.objects.order_by()
        .filter(content_object__in=supported)
        .values_list("pk", "content_object", "tag__key")
    ):
        tagged[asset][key] = pk
    wanted = {
        (tagged[asset][name_key(tag.name)], support.detection): support
        for asset, tags in supported.items()
        for tag in tags
        if name_key(tag.name) in tagged[asset]
        for support in tag.supports
    }
    gone = []
    for row in Evidence.objects.order_by().filter(tagged_asset__content_object__in=supported):
        support = wanted.get((row.tagged_asset_id, row.detection_id))
        if support and (support.confidence, support.rule) == (row.confidence, row.rule_id):
            del wanted[row.tagged_asset_id, row.detection_id]
        else:
            gone.append(row.pk)
    if gone:
        Evidence.objects.filter(pk__in=gone).delete()
    Evidence.objects.bulk_create(
        Evidence(
            tagged_asset_id=tagged_pk,
            detection_id=detection,
            rule_id=support.rule,
            confidence=support.confidence,
        )
        for (tagged_pk, detection), support in wanted.items()
    )
