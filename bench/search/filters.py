"""Filters at random, each of which some asset meets."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType

from bench.search.facts import AGES
from bench.search.vocabulary import COLOURS
from dam.models import Asset
from search.kinds import Kind
from search.query import SearchQuery

_ONE_MORE = {
    Kind.COLOUR: COLOURS,
    Kind.YEAR: tuple(str(year) for year in range(2015, 2027)),
    Kind.AGE: AGES,
    Kind.EMOTION: ("happy", "calm", "sad"),
    Kind.FORMAT: ("jpg", "png"),
    Kind.FACES: ("1", "2", "3"),
}
"""Values to pick beside what the asset has."""
_WIDE = (Kind.COLOUR, Kind.ORIENTATION, Kind.FORMAT, Kind.STATUS, Kind.RECOGNISER, Kind.FACES)
_NARROW = (Kind.YEAR, Kind.MONTH, Kind.CAMERA, Kind.CUSTOM, Kind.MODERATION, Kind.TEXT)
_Values = dict[Kind, set[str]]


@dataclass(slots=True)
class Anchor:
    """An asset that a filter is to find, before anything is excluded."""

    tags: list[str]
    collections: list[str]
    uploader: str
    words: list[str]
    facts: dict[Kind, list[str]] = field(default_factory=lambda: defaultdict(list))
    faces: dict[int, list[tuple[Kind, str]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, asset: Asset) -> "Anchor":
        anchor = cls(
            tags=[row.tag.key for row in asset.tagged.order_by("pk").select_related("tag")],
            collections=[str(item.collection_id) for item in asset.collection_items.all()],
            uploader=str(asset.uploader_id or ""),
            words=f"{asset.title} {asset.description}".split(),
        )
        for fact in asset.facts.order_by("kind", "value", "face"):
            if fact.face is None:
                anchor.facts[Kind(fact.kind)].append(fact.value)
            else:
                anchor.faces[fact.face].append((Kind(fact.kind), fact.value))
        return anchor


def random_filter(rng: random.Random, anchor: Anchor) -> SearchQuery:
    """One to a handful of conditions, mostly as narrow as people's; few are as wide as can be."""
    values: _Values = defaultdict(set)
    is_wide = rng.random() < 0.06
    if anchor.tags and not is_wide and rng.random() < 0.8:
        values[Kind.TAG] |= set(rng.sample(anchor.tags, min(rng.choice((1, 1, 2, 3)), 3)))
    _pick_of_faces(rng, anchor, values)
    _pick_facts(rng, anchor, values, is_wide=is_wide)
    if anchor.collections and rng.random() < 0.3:
        values[Kind.COLLECTION].add(rng.choice(anchor.collections))
    if anchor.uploader and rng.random() < 0.1:
        values[Kind.UPLOADER].add(anchor.uploader)
    text = rng.choice(anchor.words) if anchor.words and rng.random() < 0.15 else ""
    return SearchQuery(
        text=text, values=_frozen(values), excluded=_frozen(_unwanted(rng, anchor, values))
    )


def _pick_of_faces(rng: random.Random, anchor: Anchor, values: _Values) -> None:
    if not anchor.faces or rng.random() < 0.4:
        return
    said = anchor.faces[rng.choice(sorted(anchor.faces))]
    for kind, value in rng.sample(said, min(rng.randint(1, 3), len(said))):
        values[kind].add(value)
        if kind in _ONE_MORE and rng.random() < 0.4:
            values[kind].add(rng.choice(_ONE_MORE[kind]))


def _pick_facts(rng: random.Random, anchor: Anchor, values: _Values, *, is_wide: bool) -> None:
    kinds = [kind for kind in (_WIDE if is_wide else (*_WIDE, *_NARROW)) if anchor.facts[kind]]
    for kind in rng.sample(kinds, min(rng.choice((0, 1, 1, 2)), len(kinds))):
        values[kind].add(rng.choice(anchor.facts[kind]))
        if kind in _ONE_MORE and rng.random() < 0.4:
            values[kind].add(rng.choice(_ONE_MORE[kind]))
    narrow = [kind for kind in _NARROW if anchor.facts[kind]]
    if not is_wide and not {Kind.TAG, *_NARROW} & set(values) and narrow:
        kind = rng.choice(narrow)
        values[kind].add(rng.choice(anchor.facts[kind]))


def _unwanted(rng: random.Random, anchor: Anchor, values: _Values) -> _Values:
    """What is excluded; sometimes what the asset itself has."""
    unwanted: _Values = defaultdict(set)
    if len(anchor.tags) > 3 and rng.random() < 0.15:
        unwanted[Kind.TAG].add(rng.choice(anchor.tags))
    if rng.random() < 0.15:
        unwanted[Kind.COLOUR].add(rng.choice(COLOURS))
    if rng.random() < 0.08:
        unwanted[rng.choice((Kind.SUNGLASSES, Kind.SMILE, Kind.BEARD))].add("yes")
    if rng.random() < 0.05:
        unwanted[Kind.UNSAFE].add("unsafe")
    return {kind: some - values[kind] for kind, some in unwanted.items() if some - values[kind]}


def _frozen(values: _Values) -> MappingProxyType[Kind, tuple[str, ...]]:
    return MappingProxyType({kind: tuple(sorted(some)) for kind, some in values.items() if some})
