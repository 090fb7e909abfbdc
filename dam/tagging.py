"""The only writer of tags: decisions of people, and what recognition found.

The tags of an asset follow from two things. `apply` brings what recognition supports, `decide` what
people said; a decision always wins. Recognition hears of each decision and applies again what it
knows, so whichever comes later, the rows end up the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from dam.facts import FILE_KINDS
from dam.models import Asset, AssetFact, AssetText, Decision, Tag, TaggedAsset
from dam.names import MAX_TAG_NAME, name_key, tidy_name
from dam.permissions import Viewer, account_of
from dam.signals import decided, gathering_changes, tell_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticTag:
    """A tag that recognition supports, with the highest confidence (0-100) that supports it."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    kind: str
    value: str
    confidence: float | None = None
    face: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that recognition has to say about one asset. It replaces what it said before."""

    tags: Sequence[AutomaticTag] = ()
    facts: Sequence[Fact] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChange:
    """How the tags of one asset differ from before; names as they are shown."""

    asset_id: int
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Kept, with another confidence or source."""
    rows: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    """The TaggedAsset of each tag that it has now, by tag key."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class TagState:
    """A tag on an asset as a value."""

    name: str
    source: str
    confidence: float | None

    def differs(self, other: "TagState") -> bool:
        """Whether it is there for another reason, or is surer or less sure."""
        return (self.source, self.confidence) != (other.source, other.confidence)


@dataclass(frozen=True, slots=True)
class StoredTag:
    """A tag on an asset as it is stored."""

    row: int
    state: TagState


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a person said about a tag on an asset."""

    name: str
    is_yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Assets that nobody else changes until the transaction ends, as they are."""

    original_of: Mapping[int, int]
    decisions_of: Mapping[int, Mapping[str, Decided]]
    """By asset, then by tag key."""
    tags_of: Mapping[int, Mapping[str, StoredTag]]
    """By asset, then by tag key."""

    def refused(self, asset_pk: int) -> set[str]:
        """The keys of the tags that a person said no to."""
        decisions = self.decisions_of.get(asset_pk, {})
        return {key for key, decided in decisions.items() if not decided.is_yes}


def hold(assets: QuerySet[Asset]) -> Held:
    """Holds assets until the transaction ends, so that decisions and findings take turns.

    Who works findings out begins with this; to be called inside a transaction.
    """
    original_of = _lock(assets)
    decisions_of: dict[int, dict[str, Decided]] = defaultdict(dict)
    decisions = Decision.objects.order_by().filter(asset__in=list(original_of))
    for pk, key, name, is_yes in decisions.values_list("asset", "tag__key", "tag__name", "is_yes"):
        decisions_of[pk][key] = Decided(name=name, is_yes=is_yes)
    return Held(
        original_of=original_of, decisions_of=decisions_of, tags_of=_stored(list(original_of))
    )


def apply(findings: Mapping[int, Findings], held: Held | None = None) -> dict[int, TagChange]:
    """Makes the tags, facts and texts of assets follow from findings and decisions.

    `held` says that the caller holds them already. Answers with one change an asset that exists.
    """
    with transaction.atomic(savepoint=False):
        held = held or hold(Asset.objects.filter(pk__in=list(findings)))
        assets = [pk for pk in held.original_of if pk in findings]
        wanted = _wanted_tags({pk: findings[pk].tags for pk in assets}, held.decisions_of)
        rows = _write_tags(held.tags_of, wanted)
        _write_facts({pk: findings[pk].facts for pk in assets})
        _write_texts({pk: findings[pk].texts for pk in assets})
        tell_changed(assets)
    return {
        pk: replace(compare(pk, _states(held.tags_of[pk]), wanted[pk]), rows=rows[pk])
        for pk in assets
    }


def read(asset_pks: Sequence[int]) -> dict[int, dict[str, TagState]]:
    """The present tags of assets: by asset, then by tag key."""
    return {pk: _states(rows) for pk, rows in _stored(asset_pks).items()}


def compare(
    asset_pk: int, before: Mapping[str, TagState], after: Mapping[str, TagState]
) -> TagChange:
    """How an asset's tags changed."""
    return TagChange(
        asset_id=asset_pk,
        added=tuple(state.name for key, state in after.items() if key not in before),
        removed=tuple(state.name for key, state in before.items() if key not in after),
        changed=tuple(
            state.name
            for key, state in before.items()
            if key in after and state.differs(after[key])
        ),
    )


def decide(asset: Asset, names: Iterable[str], *, is_yes: bool, user: Viewer) -> list[Tag]:
    """Records a person's yes or no to tags on an asset and makes its tags follow.

    Sends `signals.decided` in the same transaction. Raises ValidationError for a name that cannot
    be a tag; then nothing is changed.
    """
    tidied = [clean_name(name) for name in names]
    with transaction.atomic():
        _lock(Asset.objects.filter(pk=asset.pk))
        tags = list(_get_or_create_tags(tidied).values())
        Decision.objects.bulk_create(
            [Decision(asset=asset, tag=tag, is_yes=is_yes, user=account_of(user)) for tag in tags],
            update_conflicts=True,
            unique_fields=["asset", "tag"],
            update_fields=["is_yes", "user", "decided_at"],
        )
        if is_yes:
            TaggedAsset.objects.bulk_create(
                [TaggedAsset(content_object=asset, tag=tag) for tag in tags],
                update_conflicts=True,
                unique_fields=["content_object", "tag"],
                # The confidence stays: it says what recognition thinks of a tag that is now a fact.
                update_fields=["source"],
            )
        else:
            TaggedAsset.objects.filter(content_object=asset, tag__in=tags).delete()
        with gathering_changes():
            tell_changed([asset.pk])
            decided.send(sender=Decision, asset_pk=asset.pk)
    return tags


def clean_name(name: str) -> str:
    """The name as a tag shows it. Raises ValidationError, naming it, where it cannot be one."""
    tidied = tidy_name(name)
    if not tidied:
        msg = "A tag needs at least one visible character."
        raise ValidationError(msg, code="empty")
    if len(tidied) > MAX_TAG_NAME:
        msg = f"“{tidied[:30]}…” has {len(tidied)} characters; a tag has {MAX_TAG_NAME} at most."
        raise ValidationError(msg, code="too_long")
    return tidied


def split_names(text: str) -> list[str]:
    """Names that somebody typed with commas between them, as tags show them.

    Raises ValidationError, naming it, for one that cannot be a tag.
    """
    return [clean_name(part) for part in text.split(",") if part.strip()]


def _lock(assets: QuerySet[Asset]) -> dict[int, int]:
    """The originals of assets, by asset."""
    return dict(assets.select_for_update().order_by("pk").values_list("pk", "original"))


def _wanted_tags(
    found: Mapping[int, Sequence[AutomaticTag]], decided: Mapping[int, Mapping[str, Decided]]
) -> dict[int, dict[str, TagState]]:
    """By asset, then by tag key."""
    wanted: dict[int, dict[str, TagState]] = {}
    for pk, tags in found.items():
        mine: dict[str, TagState] = {}
        for tag in tags:
            key = name_key(tag.name)
            before = mine.get(key)
            if before is None or (before.confidence or 0) < tag.confidence:
                mine[key] = TagState(tag.name, TaggedAsset.Source.AUTOMATIC, tag.confidence)
        for key, decision in decided.get(pk, {}).items():
            if decision.is_yes:
                confidence = mine[key].confidence if key in mine else None
                mine[key] = TagState(decision.name, TaggedAsset.Source.MANUAL, confidence)
            else:
                mine.pop(key, None)
        wanted[pk] = mine
    return wanted


def _stored(pks: Sequence[int]) -> dict[int, dict[str, StoredTag]]:
    """By asset, then by tag key."""
    tags: dict[int, dict[str, StoredTag]] = {pk: {} for pk in pks}
    rows = TaggedAsset.objects.order_by().filter(content_object__in=pks)
    told = rows.values_list("content_object", "tag__key", "pk", "tag__name", "source", "confidence")
    for asset, key, row, name, source, confidence in told:
        tags[asset][key] = StoredTag(row, TagState(name, source, confidence))
    return tags


def _states(tags: Mapping[str, StoredTag]) -> dict[str, TagState]:
    return {key: tag.state for key, tag in tags.items()}


def _write_tags(
    existing: Mapping[int, Mapping[str, StoredTag]], wanted: Mapping[int, Mapping[str, TagState]]
) -> dict[int, dict[str, int]]:
    """Answers with the keys of the rows there are then: by asset, then by tag key."""
    new_names = [
        w.name for pk, mine in wanted.items() for key, w in mine.items() if key not in existing[pk]
    ]
    tags = _get_or_create_tags(new_names)
    gone, changed, new = [], [], []
    for pk, mine in wanted.items():
        stored = existing[pk]
        gone += [tag.row for key, tag in stored.items() if key not in mine]
        for key, want in mine.items():
            if key not in stored:
                new.append(
                    TaggedAsset(
                        content_object_id=pk,
                        tag=tags[key],
                        source=want.source,
                        confidence=want.confidence,
                    )
                )
            elif stored[key].state.differs(want):
                changed.append(
                    TaggedAsset(pk=stored[key].row, source=want.source, confidence=want.confidence)
                )
    if gone:
        TaggedAsset.objects.filter(pk__in=gone).delete()
    TaggedAsset.objects.bulk_update(changed, ["source", "confidence"], batch_size=500)
    keys = {
        pk: {key: tag.row for key, tag in existing[pk].items() if key in mine}
        for pk, mine in wanted.items()
    }
    for row in TaggedAsset.objects.bulk_create(new, batch_size=500):
        keys[row.content_object_id][row.tag.key] = row.pk
    return keys


def _get_or_create_tags(names: Iterable[str]) -> dict[str, Tag]:
    """Tags by key; the first spelling of a new one is the one kept."""
    spelling: dict[str, str] = {}
    for name in names:
        spelling.setdefault(name_key(name), name)
    tags = {tag.key: tag for tag in Tag.objects.order_by().filter(key__in=spelling)}
    # In one order everywhere, lest two transactions that make the same tags wait for each other.
    missing = [Tag(name=spelling[key], key=key) for key in sorted(spelling) if key not in tags]
    if missing:
        # Another transaction may make the same tag meanwhile: its spelling is then the first.
        Tag.objects.bulk_create(missing, ignore_conflicts=True)
        tags |= {tag.key: tag for tag in Tag.objects.filter(key__in=[t.key for t in missing])}
    return tags


def _write_facts(facts: Mapping[int, Sequence[Fact]]) -> None:
    """Replaces the facts that recognition gave; those read from the file stay."""
    existing: dict[int, dict[Fact, int]] = defaultdict(dict)
    rows = AssetFact.objects.order_by().filter(asset__in=facts).exclude(kind__in=FILE_KINDS)
    told = rows.values_list("pk", "asset", "kind", "value", "confidence", "face")
    for row, asset, kind, value, confidence, face in told:
        existing[asset][Fact(kind=kind, value=value, confidence=confidence, face=face)] = row
    gone = [
        row for pk, rows in existing.items() for fact, row in rows.items() if fact not in facts[pk]
    ]
    if gone:
        AssetFact.objects.filter(pk__in=gone).delete()
    AssetFact.objects.bulk_create(
        AssetFact(
            asset_id=pk,
            kind=fact.kind,
            value=fact.value,
            confidence=fact.confidence,
            face=fact.face,
        )
        for pk, mine in facts.items()
        for fact in dict.fromkeys(mine)
        if fact not in existing[pk]
    )


def _write_texts(texts: Mapping[int, Mapping[str, str]]) -> None:
    AssetText.objects.filter(asset__in=texts).exclude(kind__in=FILE_KINDS).delete()
    AssetText.objects.bulk_create(
        AssetText(asset_id=pk, kind=kind, text=text)
        for pk, mine in texts.items()
        for kind, text in mine.items()
    )
