"""From what is asked for to sets of assets."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import IntEnum
from functools import reduce

from django.contrib.auth.models import User
from django.db.models import Q
from pyroaring import BitMap

from dam import models
from dam.models import Asset, AssetText
from dam.names import name_key
from dam.permissions import System, Viewer
from search.index._memory import NOTHING, Memory
from search.index._reading import AUDIENCE, EVERYBODY, PRESENT, SURE_TAG, Place
from search.index._spelling import may_be_mistyped, one_edit_away
from search.index._vocabulary import Names, Phrases, Words
from search.kinds import NUMBERS, Kind, overlaps
from search.labels import value_label
from search.language import Condition, Phrase, Word
from search.query import SearchQuery
from search.words import has_phrase, is_unspaced, words_of

_NAMED = (Kind.TAG, Kind.PERSON)
"""Kinds whose names are words that assets are found by."""
_GUESSES = 12
"""Words one slip away, the commonest, of which the one that finds most is taken."""
_MOST_READ = 20_000
"""Assets whose texts are read for a phrase in one answer; it takes less than a second."""
_BATCH = 500


class Fit(IntEnum):
    """How well the name of a tag or a person fits what is searched for, the best first."""

    NOTHING_ELSE = 0
    """It has no words but those that are searched for: *dog* for Dog."""
    WHOLE = 1
    """The word is one of it: *dog* for Hot Dog."""
    BEGINNING = 2
    """One of its words begins so: *dog* for Dogma."""


Rank = tuple[int, Fit, int]


def rank_of(place: int, fit: Fit = Fit.NOTHING_ELSE) -> Rank:
    """What assets that have a word there are sorted by, the best first.

    Of tags a doubtful one that fits comes before a sure one that fits less.
    """
    is_tag = place in (Place.SURE_TAG, Place.TAG)
    return (Place.SURE_TAG if is_tag else place, fit, place)


def union(sets: Iterable[BitMap]) -> BitMap:
    whole = [one for one in sets if one]
    return BitMap.union(*whole) if whole else BitMap()


def visible(memory: Memory, viewer: Viewer) -> BitMap:
    """What `AssetQuerySet.visible_to` shows somebody, without the trash."""
    present = memory.get(PRESENT, "yes")
    if isinstance(viewer, System):
        return present
    if not isinstance(viewer, User) or not viewer.is_active:
        return NOTHING
    if viewer.is_superuser:
        return present
    # Of the table between them alone, without the groups themselves.
    member_of = User.groups.through.objects.filter(user=viewer.pk).order_by()
    groups = member_of.values_list("group", flat=True)
    shared = [memory.get(AUDIENCE, str(group)) for group in (EVERYBODY, *groups)]
    return union([memory.get(Kind.UPLOADER, str(viewer.pk)), *shared]) & present


@dataclass(frozen=True, slots=True)
class Wanted:
    """Values of one kind of which an asset, or one and the same face, must have one."""

    kind: Kind
    values: tuple[str, ...]
    is_pick: bool = False
    """Whether it was picked in a facet, which counts its values without it."""

    def is_pick_of(self, kind: Kind | None) -> bool:
        return self.is_pick and self.kind is kind


class Faces:
    """Assets by the number of a face, to count those of them on which that face has a value."""

    def __init__(self, assets: Mapping[int, BitMap]) -> None:
        found, several = BitMap(), BitMap()
        for of_face in assets.values():
            several |= found & of_face
            found |= of_face
        # An asset that is here for one face is counted once anyway: that takes no sets of its own.
        self._single = {face: of_face - several for face, of_face in assets.items()}
        self._several = {face: of_face & several for face, of_face in assets.items()}

    def count(self, having: Callable[[int], BitMap]) -> int:
        """How many assets are among those that have a value on the same face."""
        single = (
            assets.intersection_cardinality(having(face)) for face, assets in self._single.items()
        )
        several = (assets & having(face) for face, assets in self._several.items() if assets)
        return sum(single) + len(union(several))


@dataclass(slots=True)
class Match:
    """What a query finds, kept in parts so that facets can be counted without one of them."""

    memory: Memory
    rest: BitMap
    """What is left by everything but `wanted`."""
    wanted: Sequence[Wanted]
    ranked: Sequence[Mapping[Rank, BitMap]] = ()
    """Of each word and phrase, the assets by the `rank_of` where it stands."""
    corrections: Mapping[str, str] = field(default_factory=dict)
    is_partial: bool = False
    hits: BitMap = field(default_factory=BitMap)
    outside: BitMap | None = None
    """All other assets, where those are fewer: to count few and take them off is sooner done."""

    _faces: dict[tuple[Wanted, ...], Faces] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hits = self.without(None)
        if 2 * len(self.hits) > self.memory.size:
            self.outside = self.memory.beside(self.hits)

    def without(self, kind: Kind | None) -> BitMap:
        """What the query would find if nothing of a kind were picked."""
        hits = self.without_faces(kind)
        faces = self.of_face(kind)
        return hits & self.with_face(faces) if faces else hits

    def without_faces(self, kind: Kind | None = None) -> BitMap:
        """What it would find if nothing were asked of a face either."""
        hits = self.rest
        for one in self.wanted:
            if not (one.kind.is_of_face or one.is_pick_of(kind)):
                hits = hits & self.assets_with(one)
        return hits

    def of_face(self, kind: Kind | None) -> list[Wanted]:
        """What is asked of a face, but for what is picked of a kind."""
        return [one for one in self.wanted if one.kind.is_of_face and not one.is_pick_of(kind)]

    def is_picked(self, kind: Kind) -> bool:
        """Whether a value is picked of a kind of which one value is enough."""
        return any(one.is_pick_of(kind) for one in self.wanted)

    def assets_with(self, wanted: Wanted) -> BitMap:
        return union(self.memory.get(wanted.kind, value) for value in wanted.values)

    def with_face(self, wanted: Sequence[Wanted]) -> BitMap:
        """The assets on which one and the same face has all that is wanted."""
        if len(wanted) == 1:
            return self.assets_with(wanted[0])
        return union(self.by_face(wanted).values())

    def faces_but(self, kind: Kind) -> Faces:
        """The faces with all that is asked of them and of the rest, but for what is picked.

        Where something is picked they are those of assets that are not found.
        """
        wanted = tuple(self.of_face(kind))
        if wanted not in self._faces:
            rest = self.without_faces()
            if self.is_picked(kind):
                rest = rest - self.hits
            self._faces[wanted] = Faces({f: on & rest for f, on in self.by_face(wanted).items()})
        return self._faces[wanted]

    def by_face(self, wanted: Sequence[Wanted]) -> dict[int, BitMap]:
        """The assets by the number of the face that has all that is wanted."""
        found = {}
        for face in self.memory.faces({one.kind for one in wanted}):
            sets = (
                union(self.memory.get(f"{one.kind}#{face}", value) for value in one.values)
                for one in wanted
            )
            if assets := reduce(BitMap.__and__, sets):
                found[face] = assets
        return found


class Matcher:
    """Finds what a query asks for. One is made for every answer."""

    def __init__(
        self, memory: Memory, words: Words, phrases: Phrases, names: Names, viewer: Viewer
    ) -> None:
        self.is_partial = False
        """Whether not all texts that might have a phrase were read."""
        self.memory = memory
        self.phrases = phrases
        self.words = words
        self.names = names
        self.viewer = viewer
        self.base = visible(memory, viewer)

    def match(self, query: SearchQuery) -> Match:
        rest = self.base - union(
            self.memory.get(kind, value)
            for kind, values in query.excluded.items()
            for value in values
        )
        wanted = list(_picks(query))
        ranked, corrections = [], {}
        for condition in query.asked.conditions:
            found = Wanted(condition.kind, self.values_meant(condition))
            if condition.is_excluded:
                rest -= union(self.memory.get(found.kind, value) for value in found.values)
            else:
                wanted.append(found)
        parts: tuple[Word | Phrase, ...] = (*query.asked.words, *query.asked.phrases)
        said = {word for part in parts if not part.is_excluded for word in words_of(part.text)}
        for part in parts:
            if part.is_excluded:
                rest -= union(self.find(part, rest, said).values())
                continue
            found_in = self.find(part, rest, said)
            is_unknown = not union(found_in.values()).intersect(self.base)
            if is_unknown and isinstance(part, Word) and (better := self.corrected(part.text)):
                corrections[part.text] = better
                said.add(better)
                found_in = self.find(Word(better), rest, said)
            ranked.append(found_in)
            rest = rest & union(found_in.values())
        return Match(self.memory, rest, wanted, ranked, corrections, self.is_partial)

    def find(self, part: Word | Phrase, among: BitMap, said: Set[str]) -> dict[Rank, BitMap]:
        """The assets that have a word or a phrase, by `rank_of`; of a phrase only those among some.

        `said` are all words that are searched for.
        """
        if isinstance(part, Phrase):
            return self._find_phrase(part, among, said)
        # A letter of a script without spaces is a word of its own, and one of a longer run.
        only_whole = is_unspaced(part.text)
        places = self.words.find(part.text, whole=only_whole)
        whole = set(self.names.find(part.text, whole=True))
        named = whole if only_whole else self.names.find(part.text)
        found = {rank_of(place): assets for place, assets in places.items()}
        return found | self._named(named, whole, said)

    def corrected(self, word: str) -> str:
        """The word, one slip away, that finds the most of what the viewer may see; else empty."""
        guesses = self.guesses(word)
        return guesses[0] if guesses else ""

    def guesses(self, word: str) -> list[str]:
        """Words one slip away that find something, those that find the most first."""
        if not may_be_mistyped(word) or is_unspaced(word):
            return []
        near = list(one_edit_away(word))
        known = Counter(self.words.known(near))
        for one in self.names.known(near):
            for kind, value in self.names.find(one, whole=True):
                known[one] += len(self.memory.get(kind, value))
        found = ((self._count_whole(one), one) for one, _assets in known.most_common(_GUESSES))
        return [one for _count, one in sorted((-count, one) for count, one in found if count)]

    def values_meant(self, condition: Condition) -> tuple[str, ...]:
        """The values whose names have words that begin as those of a condition; or its very one."""
        kind, key = condition.kind, name_key(condition.text)
        if kind is Kind.TAG:
            named = [key]
        else:
            labels = self.labels(kind).items()
            named = [v for v, label in labels if key in (v, *map(name_key, _names(kind, label)))]
        # What only others see, or nothing has any more, must not stand in the way of the rest.
        exact = [value for value in named if self.memory.get(kind, value).intersect(self.base)]
        if kind in NUMBERS:
            values = self.memory.values(kind)
            return tuple(exact or (value for value in values if overlaps(condition.text, value)))
        if exact:
            return tuple(exact)
        return tuple(self.beginning(kind, list(words_of(condition.text))))

    def beginning(self, kind: Kind, starts: Sequence[str]) -> dict[str, str]:
        """The values of a kind with words that begin with each of these, and their labels."""
        if not starts:
            return {}
        if kind in _NAMED:
            found = {value for of, value in self.names.find(starts[-1]) if of == kind}
            names = self.memory.tag_names if kind is Kind.TAG else {}
            labels: Mapping[str, str] = {value: names.get(value, value) for value in found}
        else:
            labels = self.labels(kind)
        return {
            value: label
            for value, label in labels.items()
            if _begins(" ".join(_names(kind, label)), starts)
        }

    def labels(self, kind: Kind, among: Collection[str] | None = None) -> Mapping[str, str]:
        """What the values of a kind, or some, are called, as far as the viewer may know."""
        values = self.memory.values(kind) if among is None else among
        if kind is Kind.TAG:
            return {value: self.memory.tag_names.get(value, value) for value in values}
        if kind not in (Kind.COLLECTION, Kind.UPLOADER):
            return {value: value for value in values}
        seen = [int(v) for v in values if self.memory.get(kind, v).intersect(self.base)]
        if kind is Kind.UPLOADER:
            users = User.objects.filter(pk__in=seen).order_by()
            return {str(pk): name for pk, name in users.values_list("pk", "username")}
        known = Q(pk__in=seen)
        if len(seen) < len(values):
            known |= self._own(values)
        rows = models.Collection.objects.filter(known).order_by()
        return {str(pk): name for pk, name in rows.values_list("pk", "name")}

    def _own(self, values: Iterable[str]) -> Q:
        """The collections that the viewer sees although nothing in them is to be seen."""
        if not isinstance(self.viewer, User) or not self.viewer.is_active:
            return Q(pk__in=list(map(int, values)) if isinstance(self.viewer, System) else [])
        mine = Q() if self.viewer.is_superuser else Q(creator=self.viewer)
        return mine & Q(pk__in=list(map(int, values)))

    def _count_whole(self, word: str) -> int:
        found = self.words.find(word, whole=True).values()
        named = (self.memory.get(*name) for name in self.names.find(word, whole=True))
        return union([*found, *named]).intersection_cardinality(self.base)

    def _named(
        self, found: Iterable[tuple[str, str]], whole: Set[tuple[str, str]], said: Set[str]
    ) -> dict[Rank, BitMap]:
        """The assets with one of these tags or people, by `rank_of`.

        `whole` are those of them that do not only begin so.
        """
        sets: dict[Rank, list[BitMap]] = defaultdict(list)
        for kind, value in found:
            fit = self._fit(value, said) if (kind, value) in whole else Fit.BEGINNING
            if kind == Kind.PERSON:
                sets[rank_of(Place.PERSON, fit)].append(self.memory.get(kind, value))
                continue
            sets[rank_of(Place.TAG, fit)].append(self.memory.get(kind, value))
            sets[rank_of(Place.SURE_TAG, fit)].append(self.memory.get(SURE_TAG, value))
        return {rank: union(some) for rank, some in sets.items()}

    def _fit(self, value: str, said: Set[str]) -> Fit:
        name = self.memory.tag_names.get(value, value)
        return Fit.NOTHING_ELSE if set(words_of(name)) <= said else Fit.WHOLE

    def _find_phrase(self, phrase: Phrase, among: BitMap, said: Set[str]) -> dict[Rank, BitMap]:
        named = {
            (str(kind), value)
            for kind in _NAMED
            for value, label in self.beginning(kind, phrase.words).items()
            if has_phrase(label, phrase.text)
        }
        found = self._named(named, named, said)
        places = [self.words.find(word, whole=True) for word in phrase.words]
        for place in Place:
            if place in (Place.SURE_TAG, Place.TAG, Place.PERSON):
                continue
            sets = [one.get(place, NOTHING) for one in places]
            if candidates := reduce(BitMap.__and__, sets) & among:
                found[rank_of(place)] = self._having(candidates, place, phrase.text)
        return found

    def _having(self, candidates: BitMap, place: Place, phrase: str) -> BitMap:
        """Those of the assets that have a phrase in a text of a place; rows are read once each.

        There may be very many. Then the newest are read, and the answer says so.
        """
        read, having = self.phrases.of(phrase, place)
        unread = candidates - read
        if len(unread) > _MOST_READ:
            self.is_partial = True
            unread = unread[len(unread) - _MOST_READ :]
        having |= _with_phrase(unread, place, phrase)
        read |= unread
        return candidates & having


def _picks(query: SearchQuery) -> Iterable[Wanted]:
    for kind, values in query.values.items():
        if kind.combines_with_and:
            yield from (Wanted(kind, (value,)) for value in values)
        else:
            yield Wanted(kind, tuple(values), is_pick=True)


def _names(kind: Kind, label: str) -> tuple[str, ...]:
    """What a value is called in the index, and on the page: "yes" and "Smiling"."""
    return label, value_label(kind, label)


def _begins(label: str, starts: Sequence[str]) -> bool:
    words = list(words_of(label))
    return all(any(word.startswith(start) for word in words) for start in starts)


def _with_phrase(candidates: BitMap, place: Place, phrase: str) -> BitMap:
    """Those of the assets that have a phrase in one of the texts of a place, read from the rows."""
    keys = list(candidates)
    found = BitMap()
    for at in range(0, len(keys), _BATCH):
        for asset, texts in _texts(keys[at : at + _BATCH], place):
            if any(has_phrase(text, phrase) for text in texts):
                found.add(asset)
    return found


def _texts(keys: Sequence[int], place: Place) -> Iterable[tuple[int, Sequence[str]]]:
    assets = Asset.objects.filter(pk__in=keys).order_by()
    columns = {
        Place.TITLE: ("title",),
        Place.FILE_NAME: ("file_name",),
        Place.DESCRIPTION: ("description", "alt_text"),
        Place.TEXT: ("rights",),
    }[place]
    for key, *texts in assets.values_list("pk", *columns):
        yield key, texts
    if place is Place.TEXT:
        rows = AssetText.objects.filter(asset__in=keys).order_by()
        yield from ((key, (text,)) for key, text in rows.values_list("asset", "text"))
        items = assets.values_list("pk", "collections__name")
        yield from ((key, (name,)) for key, name in items if name)
        facts = assets.filter(facts__kind__in=(Kind.CAMERA, Kind.CUSTOM))
        yield from ((key, (value,)) for key, value in facts.values_list("pk", "facts__value"))
