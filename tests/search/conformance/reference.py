"""What a query finds and counts, worked out asset by asset from the library's own rows.

Nothing here is fast, and nothing is shared with an index but the words of a text and the parts of a
query. It follows docs/how-to/search.md: where the two differ, one of them is wrong.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from django.contrib.auth.models import User

from dam.models import Asset
from dam.permissions import System, Viewer
from search.language import Condition, Phrase, Word
from search.query import Kind, SearchQuery, Sort
from search.words import fold, is_unspaced, runs_of, words_of

SURE = 90.0
BY_HAND = 100.0
"""The confidence that a tag counts with where a person alone gave it."""
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_Wanted = tuple[Kind, set[str]]
"""Values of one kind, any of which is enough."""
_Rank = tuple[int, int, int]
_BEST = (0, 0, 0)
_Meant = tuple[list["Entry"], list[_Wanted]]


class Place(IntEnum):
    """Where a text stands, the best place first."""

    SURE_TAG = 0
    TAG = 1
    PERSON = 2
    TITLE = 3
    FILE_NAME = 4
    DESCRIPTION = 5
    REST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a facet says of one value."""

    count: int
    adds: bool = False


@dataclass(slots=True, kw_only=True)
class Entry:
    """An asset with all that it is found and sorted by."""

    asset: Asset
    audiences: set[int | None]
    """Groups; None: everybody signed in."""
    tags: dict[str, float] = field(default_factory=dict)
    """Confidence by key."""
    labels: dict[Kind, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """What each value that the asset carries is called, by kind and value."""
    faces: dict[int, set[tuple[Kind, str]]] = field(default_factory=lambda: defaultdict(set))
    """What is known of each face."""
    texts: list[tuple[Place, list[str], set[str]]] = field(default_factory=list)
    """Texts as runs of letters, and as words."""

    def carries(self, kind: Kind, value: str) -> bool:
        return value in self.labels[kind]

    def rank_of(self, part: Word | Phrase, said: set[str] | None = None) -> _Rank | None:
        """The best place where a word or a phrase stands, with how well its name fits there.

        `said` are all words that are searched for.
        """
        test = _has_word(part) if isinstance(part, Word) else _has_phrase(part)
        return min(
            (
                _rank(place, _fit(part, words, said or set()) if place <= Place.PERSON else 0)
                for place, runs, words in self.texts
                if test(runs, words)
            ),
            default=None,
        )


class Reference:
    """Knows the library as it was when this was made."""

    def __init__(self) -> None:
        self._entries = list(_entries())
        self._seen: dict[Viewer, list[Entry]] = {}
        self._asked: dict[tuple[str, Viewer], _Meant] = {}

    def find(self, query: SearchQuery, viewer: Viewer) -> list[Asset]:
        """Everything that a query finds, in its order."""
        return [entry.asset for entry in sorted(self._found(query, viewer), key=_order(query))]

    def sort_keys(self, query: SearchQuery, assets: Iterable[Asset]) -> list[Any]:
        """By what assets are sorted; equal where the rules leave their order open."""
        entries = {entry.asset.pk: entry for entry in self._entries}
        key = _order(query)
        return [key(entries[asset.pk]) for asset in assets]

    def count(self, query: SearchQuery, viewer: Viewer, kind: Kind) -> dict[str, Counted]:
        """Each value with its count; nothing that would find nothing, but picks and exclusions."""
        found = self._found(query, viewer)
        picked, excluded = query.picked(kind), query.excluded_of(kind)
        counts = {value: Counted(count=0) for value in (*picked, *excluded)}
        for value in self._values(query, viewer, kind) | set(picked):
            if value in excluded:
                continue
            if value in picked:
                carriers = [entry for entry in found if entry.carries(kind, value)]
                counts[value] = Counted(count=len(carriers))
                continue
            more = self._found(query.toggled(kind, value), viewer)
            if picked and not kind.combines_with_and:
                counted = Counted(count=len(more) - len(found), adds=True)
            else:
                counted = Counted(count=len(more))
            if counted.count:
                counts[value] = counted
        return counts

    def labels(self, kind: Kind) -> dict[str, str]:
        """What the values of a kind are called."""
        return {
            value: label for entry in self._entries for value, label in entry.labels[kind].items()
        }

    def begin_so(self, kind: Kind, beginning: str, values: Iterable[str]) -> set[str]:
        """Those values that have a word with this beginning."""
        labels = self.labels(kind)
        return {
            value
            for value in values
            if any(word.startswith(fold(beginning)) for word in words_of(labels[value]))
        }

    def suggest(self, kind: Kind, beginning: str, viewer: Viewer) -> dict[str, int]:
        """The values with a word that begins so, and how many assets somebody sees with them."""
        seen = self._found(SearchQuery(), viewer)
        counts: dict[str, int] = defaultdict(int)
        for entry in seen:
            for value in self.begin_so(kind, beginning, entry.labels[kind]):
                counts[value] += 1
        return dict(counts)

    def _values(self, query: SearchQuery, viewer: Viewer, kind: Kind) -> set[str]:
        entries, _faces = self._meant(query, viewer)
        return {value for entry in entries for value in entry.labels[kind]}

    def _found(self, query: SearchQuery, viewer: Viewer) -> list[Entry]:
        entries, faces = self._meant(query, viewer)
        wanted = [*faces, *((k, set(v)) for k, v in query.values.items() if k.is_of_face)]
        return [e for e in entries if _has_values(e, query) and _has_face(e, wanted)]

    def _meant(self, query: SearchQuery, viewer: Viewer) -> _Meant:
        """What somebody sees of what a query's text means, and what it says of one face."""
        key = (query.text, viewer)
        if key not in self._asked:
            parts = (*query.asked.words, *query.asked.phrases)
            conditions = [
                (part, self._values_meant(part, viewer)) for part in query.asked.conditions
            ]
            entries = [
                entry
                for entry in self._seen_by(viewer)
                if all((entry.rank_of(part) is None) is part.is_excluded for part in parts)
                and all(_meets(entry, condition, values) for condition, values in conditions)
            ]
            faces = [
                (condition.kind, values)
                for condition, values in conditions
                if condition.kind.is_of_face and not condition.is_excluded
            ]
            self._asked[key] = entries, faces
        return self._asked[key]

    def _seen_by(self, viewer: Viewer) -> list[Entry]:
        if viewer not in self._seen:
            may_see = _sight(viewer)
            self._seen[viewer] = [
                entry
                for entry in self._entries
                if entry.asset.trashed_at is None and may_see(entry)
            ]
        return self._seen[viewer]

    def _values_meant(self, condition: Condition, viewer: Viewer) -> set[str]:
        """Every value whose words begin with those of a condition; an equal one wins alone."""
        labels = {
            value: label
            for entry in self._seen_by(viewer)
            for value, label in entry.labels[condition.kind].items()
        }
        wanted = fold(condition.text)
        if equal := {value for value, label in labels.items() if fold(label) == wanted}:
            return equal
        if condition.kind in (Kind.FACES, Kind.AGE):
            numbers = _numbers(condition.text)
            return {value for value in labels if numbers & _numbers(value)}
        beginnings = list(words_of(condition.text))
        return {
            value
            for value, label in labels.items()
            if beginnings and all(any(w.startswith(b) for w in words_of(label)) for b in beginnings)
        }


def _sight(viewer: Viewer) -> Callable[[Entry], bool]:
    """What is everybody's, of the viewer's groups, or their own; superusers see all."""
    if isinstance(viewer, System):
        return lambda _entry: True
    if not isinstance(viewer, User) or not viewer.is_active:
        return lambda _entry: False
    if viewer.is_superuser:
        return lambda _entry: True
    groups = {None, *viewer.groups.values_list("pk", flat=True)}
    return lambda entry: (
        not groups.isdisjoint(entry.audiences) or entry.asset.uploader_id == viewer.pk
    )


def _has_values(entry: Entry, query: SearchQuery) -> bool:
    """Every tag, person and collection picked, any of other kinds, and nothing excluded."""
    for kind, values in query.excluded.items():
        if any(entry.carries(kind, value) for value in values):
            return False
    for kind, values in query.values.items():
        enough = all if kind.combines_with_and else any
        if not enough(entry.carries(kind, value) for value in values):
            return False
    return True


def _has_face(entry: Entry, wanted: Sequence[_Wanted]) -> bool:
    """Whether one and the same face has something of all that is wanted of faces."""
    return not wanted or any(
        all(any((kind, value) in known for value in values) for kind, values in wanted)
        for known in entry.faces.values()
    )


def _numbers(text: str) -> set[int]:
    """All numbers of a range that ages and numbers of faces may have: 25, 20-29 or 60+."""
    least, dash, greatest = text.rstrip("+").partition("-")
    if not least.isdecimal():
        return set()
    last = 200 if text.endswith("+") else int(greatest if dash else least)
    return set(range(int(least), last + 1))


def _meets(entry: Entry, condition: Condition, values: set[str]) -> bool:
    """Whether an asset has any value that a condition means, or none if it is excluded."""
    has_one = any(entry.carries(condition.kind, value) for value in values)
    return has_one is not condition.is_excluded


def _rank(place: Place, fit: int) -> _Rank:
    """Of tags it comes first how well they fit, and then whether they are sure."""
    return (0, fit, place) if place <= Place.TAG else (place, fit, 0)


def _fit(part: Word | Phrase, words: set[str], said: set[str]) -> int:
    """0 for a name of nothing but words that are searched for, 1 if it has the word, else 2."""
    is_whole = isinstance(part, Phrase) or part.text in words
    return (0 if words <= said else 1) if is_whole else 2


def _has_word(word: Word) -> Callable[[list[str], set[str]], bool]:
    return lambda _runs, words: any(each.startswith(word.text) for each in words)


def _has_phrase(phrase: Phrase) -> Callable[[list[str], set[str]], bool]:
    """Runs one after another: whole ones, but what has no spaces may go on at both ends."""
    wanted = runs_of(phrase.text)

    def fits(runs: Sequence[str]) -> bool:
        pairs = list(zip(wanted, runs, strict=True))
        last = len(pairs) - 1
        for at, (want, run) in enumerate(pairs):
            if not is_unspaced(want):
                same = want == run
            elif last == 0:
                same = want in run
            elif at == 0:
                same = run.endswith(want)
            else:
                same = run.startswith(want) if at == last else want == run
            if not same:
                return False
        return True

    def test(runs: list[str], _words: set[str]) -> bool:
        size = len(wanted)
        return any(fits(runs[at : at + size]) for at in range(len(runs) - size + 1))

    return test


def _order(query: SearchQuery) -> Callable[[Entry], tuple[Any, ...]]:
    """What assets are sorted by: newest first where nothing else decides."""
    parts = [p for p in (*query.asked.words, *query.asked.phrases) if not p.is_excluded]
    said = {word for part in parts for word in words_of(part.text)}

    def relevance(entry: Entry) -> tuple[Any, ...]:
        # Of several words, the one in the worst place decides.
        ranks = (entry.rank_of(part, said) or _BEST for part in parts)
        return (max(ranks, default=_BEST), *newest(entry))

    def newest(entry: Entry) -> tuple[Any, ...]:
        return (-entry.asset.created_at.timestamp(), -entry.asset.pk)

    def oldest(entry: Entry) -> tuple[Any, ...]:
        return (entry.asset.created_at, entry.asset.pk)

    def taken(entry: Entry) -> tuple[Any, ...]:
        moment = entry.asset.original.taken_at
        return (moment is None, -(moment or _EARLIEST).timestamp())

    orders: Mapping[Sort, Callable[[Entry], tuple[Any, ...]]] = {
        Sort.RELEVANCE: relevance,
        Sort.NEWEST: newest,
        Sort.OLDEST: oldest,
        Sort.TAKEN: taken,
        Sort.NAME: lambda entry: (bytes(entry.asset.name_key),),
        Sort.LARGEST: lambda entry: (-entry.asset.original.bytes,),
        Sort.CONFIDENCE: lambda entry: (-_confidence(entry, query),),
    }
    return orders[query.order]


def _confidence(entry: Entry, query: SearchQuery) -> float:
    """That of the tag picked, of several the lowest; else the highest of all."""
    picked = [entry.tags[tag] for tag in query.picked(Kind.TAG)]
    return min(picked) if picked else max(entry.tags.values(), default=0.0)


def _entries() -> Iterator[Entry]:
    assets = Asset.objects.order_by("pk").select_related("original", "uploader")
    related = ("audiences", "tagged__tag", "collections", "facts", "texts")
    for asset in assets.prefetch_related(*related):
        entry = Entry(asset=asset, audiences={row.group_id for row in asset.audiences.all()})
        _add_values(entry)
        _add_texts(entry)
        yield entry


def _add_values(entry: Entry) -> None:
    for row in entry.asset.tagged.all():
        entry.tags[row.tag.key] = BY_HAND if row.confidence is None else row.confidence
        entry.labels[Kind.TAG][row.tag.key] = row.tag.name
    for collection in entry.asset.collections.all():
        entry.labels[Kind.COLLECTION][str(collection.pk)] = collection.name
    if uploader := entry.asset.uploader:
        entry.labels[Kind.UPLOADER][str(uploader.pk)] = uploader.username
    for fact in entry.asset.facts.all():
        if fact.kind in tuple(Kind):
            entry.labels[Kind(fact.kind)][fact.value] = fact.value
            if fact.face is not None:
                entry.faces[fact.face].add((Kind(fact.kind), fact.value))


def _add_texts(entry: Entry) -> None:
    asset = entry.asset
    texts = [
        (Place.TITLE, asset.title),
        (Place.FILE_NAME, asset.file_name),
        (Place.DESCRIPTION, asset.description),
        (Place.DESCRIPTION, asset.alt_text),
        (Place.REST, asset.rights),
    ]
    texts += [(Place.REST, row.text) for row in asset.texts.all()]
    texts += [
        (Place.REST, name)
        for kind in (Kind.COLLECTION, Kind.CAMERA, Kind.CUSTOM)
        for name in entry.labels[kind].values()
    ]
    texts += [(Place.PERSON, name) for name in entry.labels[Kind.PERSON].values()]
    for key, name in entry.labels[Kind.TAG].items():
        texts.append((Place.SURE_TAG if entry.tags[key] >= SURE else Place.TAG, name))
    entry.texts = [(place, runs_of(text), set(words_of(text))) for place, text in texts if text]
