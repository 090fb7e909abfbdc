"""Stored detections become tags and facts again, without asking a recogniser."""

from collections import defaultdict
from collections.abc import Collection as Sized
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from dam import tagging
from dam.models import Asset, CollectionItem
from dam.names import name_key
from dam.tagging import AutomaticTag, Fact, Findings, Held, TagChange
from recognition.hearing import Known, look_up
from recognition.models import Detection, Evidence, Rule
from recognition.predictions import Kind
from recognition.registry import recognisers
from recognition.rules import (
    Action,
    Claim,
    RuleBook,
    RuleValue,
    Scope,
    Support,
    SupportedTag,
)


class _Row(NamedTuple):
    """A row of evidence."""

    pk: int
    tagged_asset: int
    detection: int
    recogniser: str
    confidence: float
    rule: int | None


def retag(asset_pks: Iterable[int], *, only: Sized[str] | None = None) -> dict[int, TagChange]:
    """Makes the tags and facts of assets follow from detections, rules and decisions.

    With `only`, rules are applied to the detections of these recognisers, and what the others'
    evidence supports stays as it is. Answers with one change an asset.
    """
    return _retag(Asset.objects.filter(pk__in=sorted(set(asset_pks))), only)


def retag_original(
    original_pk: int, *, only: Sized[str] | None = None, at_hand: Sequence[Detection] = ()
) -> dict[int, TagChange]:
    """Retags every asset on an original, in the trash or not; `only` as for `retag`.

    Runs whose detections are at hand, all of them and as they are stored, are not read again.
    """
    return _retag(Asset.objects.filter(original=original_pk), only, at_hand)


def _retag(
    assets: QuerySet[Asset], only: Sized[str] | None, at_hand: Sequence[Detection] = ()
) -> dict[int, TagChange]:
    with transaction.atomic(savepoint=False):
        held = tagging.hold(assets)
        known = look_up(set(held.original_of.values()), at_hand)
        evidence = _evidence(held)
        supported = _supported_tags(held, known.claims_of, evidence, only)
        findings = {
            pk: _findings(known, held.original_of[pk], tags, held.refused(pk))
            for pk, tags in supported.items()
        }
        changes = tagging.apply(findings, held)
        _write_evidence(supported, changes, evidence)
    return changes


def _supported_tags(
    held: Held,
    claims_of: Mapping[int, Sequence[Claim]],
    evidence: Sequence[_Row],
    only: Sized[str] | None,
) -> dict[int, list[SupportedTag]]:
    """By asset, the tags that claims or kept evidence support."""
    pks = list(held.original_of)
    book = rule_book(pks, {c.recogniser for claims in claims_of.values() for c in claims})
    collections_of = _collections(pks) if book.knows_collections else {}
    kept = _kept(held, evidence, only) if only is not None else {}
    supported: dict[int, list[SupportedTag]] = {}
    for pk, original in held.original_of.items():
        claims = claims_of.get(original, ())
        if only is not None:
            claims = [claim for claim in claims if claim.recogniser in only]
        scope = Scope(asset=pk, collections=frozenset(collections_of.get(pk, ())))
        supported[pk] = _merged(book.supported_tags(scope, claims), kept.get(pk, ()))
    return supported


def _findings(
    known: Known, original: int, tags: Sequence[SupportedTag], refused: set[str]
) -> Findings:
    """What one asset of an original is told to have."""
    return Findings(
        tags=[AutomaticTag(name=tag.name, confidence=tag.confidence) for tag in tags],
        facts=[
            *known.facts_of[original],
            *_people(tags, refused, known.claims_of.get(original, ())),
        ],
        texts={**known.texts_of[original], **_alias_text(tags, refused, known.aliases_of)},
    )


def rule_book(asset_pks: Sequence[int], aliases: Iterable[str]) -> RuleBook:
    """The rules that can concern some assets, and the default thresholds of these recognisers.

    One that is not configured any more has none; rules alone speak for what it said.
    """
    rules = Rule.objects.filter(Q(asset=None) | Q(asset__in=asset_pks)).order_by("pk")
    told = rules.values_list(
        "pk", "action", "recogniser", "kind", "label", "collection", "asset", "threshold",
        "new_name",
    )  # fmt: skip
    configured = set(recognisers.working_aliases).intersection(aliases)
    return RuleBook(
        rules=[
            RuleValue(
                pk=pk,
                action=Action(action),
                recogniser=recogniser,
                kind=kind,
                label=label,
                collection=collection,
                asset=asset,
                threshold=threshold,
                new_name=new_name,
            )
            for pk, action, recogniser, kind, label, collection, asset, threshold, new_name in told
        ],
        defaults={alias: recognisers[alias].default_threshold for alias in configured},
    )


def _collections(pks: Sequence[int]) -> dict[int, set[int]]:
    """By asset, those that it is in."""
    collections: dict[int, set[int]] = defaultdict(set)
    items = CollectionItem.objects.order_by().filter(asset__in=pks)
    for asset, collection in items.values_list("asset", "collection"):
        collections[asset].add(collection)
    return collections


def _people(
    tags: Iterable[SupportedTag], refused: set[str], claims: Iterable[Claim]
) -> Iterator[Fact]:
    """The tags that are people: what rules and persons make of a name holds for both."""
    named = {claim.detection for claim in claims if claim.kind == Kind.CELEBRITY}
    for tag in tags:
        sure = [one.confidence for one in tag.supports if one.detection in named]
        if sure and name_key(tag.name) not in refused:
            yield Fact(kind="person", value=tag.name, confidence=max(sure))


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


def _evidence(held: Held) -> list[_Row]:
    """All that there is for the tags of assets."""
    tagged = [pk for pk, tags in held.tags_of.items() if tags]
    if not tagged:
        return []
    rows = Evidence.objects.order_by().filter(tagged_asset__content_object__in=tagged)
    told = rows.values_list(
        "pk", "tagged_asset", "detection", "detection__run__recogniser", "confidence", "rule"
    )
    return [_Row(*row) for row in told]


def _kept(held: Held, evidence: Iterable[_Row], only: Sized[str]) -> dict[int, list[SupportedTag]]:
    """By asset, the tags that recognisers other than `only` support at present."""
    tags = {
        tag.row: (asset, tag.state.name)
        for asset, stored in held.tags_of.items()
        for tag in stored.values()
    }
    kept: dict[int, list[SupportedTag]] = defaultdict(list)
    for row in evidence:
        if row.recogniser not in only:
            asset, name = tags[row.tagged_asset]
            support = Support(
                detection=row.detection,
                recogniser=row.recogniser,
                confidence=row.confidence,
                rule=row.rule,
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


def _write_evidence(
    supported: Mapping[int, Sequence[SupportedTag]],
    changes: Mapping[int, TagChange],
    evidence: Iterable[_Row],
) -> None:
    """Makes the evidence rows those of the supported tags, touching only what differs."""
    wanted = {
        (tagged_asset, support.detection): support
        for asset, tags in supported.items()
        for tag in tags
        if (tagged_asset := changes[asset].rows.get(name_key(tag.name)))
        for support in tag.supports
    }
    gone = []
    for row in evidence:
        support = wanted.get((row.tagged_asset, row.detection))
        if support and (support.confidence, support.rule) == (row.confidence, row.rule):
            del wanted[row.tagged_asset, row.detection]
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
