"""The index of roaring bitmaps: in the memory of each process, and in the application's database.

Before a process answers, it reads which assets changed since it last looked, and what they are at
present. See docs/adr/0012-search-index.md.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection
from pyroaring import BitMap

from dam.models import Asset
from dam.permissions import SYSTEM, Viewer
from search.index import _positions as positions
from search.index._base import (
    MOST_VALUES,
    PAGE_VALUES,
    Answer,
    Counts,
    Facts,
    Hits,
    Index,
    Suggestions,
    ValueCount,
)
from search.index._counting import arranged, counts_of, top_values
from search.index._matching import Match, Matcher
from search.index._memory import Memory
from search.index._ordering import NameOrder, page_of
from search.index._reading import describe
from search.index._storing import BEGINNINGS_SINCE
from search.index._vocabulary import Names, Phrases, Words
from search.kinds import Kind
from search.query import SearchQuery
from search.words import words_of

_MANY_SEEN = 10_000
_MANY_LATE = 20_000
"""Change rows that the postings have, from which these are read anew."""
_AT_ONCE = 500
"""Changed assets that are in memory as descriptions together."""


class RoaringIndex(Index):
    """One a process; threads take turns."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.forget()

    def forget(self) -> None:
        """Starts over: the next answer reads the stored index again."""
        with self._lock:
            self._memory: Memory | None = None
            self._words: Words
            self._phrases: Phrases
            self._order: NameOrder
            self._names: tuple[int, Names] | None = None
            self._position = 0
            """All changes below it are known."""
            self._seen: set[int] = set()
            """Change rows at or above it that are known too."""
            self._unsure = BitMap()
            """Assets read within a transaction that may yet be undone."""
            self._stored = (0, 0)

    def look_up(self, query: SearchQuery, viewer: Viewer, *, page_size: int) -> Answer:
        with self._matching(viewer) as matcher:
            match = matcher.match(query)
            page, keys = self._page(match, query, page_size)
            facts = _facts(matcher.memory, keys)
            counts = {kind: _count(match, query, kind, matcher, PAGE_VALUES) for kind in Kind}
        hits = _hits(match, viewer, facts, keys, page, page_size)
        return Answer(hits=hits, counts=_labelled(counts, matcher))

    def find(self, query: SearchQuery, viewer: Viewer, *, page_size: int) -> Hits:
        with self._matching(viewer) as matcher:
            match = matcher.match(query)
            page, keys = self._page(match, query, page_size)
            facts = _facts(matcher.memory, keys)
        return _hits(match, viewer, facts, keys, page, page_size)

    def count(
        self,
        query: SearchQuery,
        viewer: Viewer,
        kind: Kind,
        *,
        beginning: str = "",
        limit: int = MOST_VALUES,
    ) -> list[ValueCount]:
        with self._matching(viewer) as matcher:
            match = matcher.match(query)
            counts = _count(match, query, kind, matcher, limit, beginning)
        return _labelled({kind: counts}, matcher)[kind]

    def count_all(self, query: SearchQuery, viewer: Viewer, *, limit: int = MOST_VALUES) -> Counts:
        with self._matching(viewer) as matcher:
            match = matcher.match(query)
            counts = {kind: _count(match, query, kind, matcher, limit) for kind in Kind}
        return _labelled(counts, matcher)

    def suggest(self, text: str, viewer: Viewer, *, limit: int) -> Suggestions:
        starts = list(words_of(text))
        if not starts:
            return Suggestions(tags=(), people=(), collections=())
        with self._matching(viewer) as matcher:
            found = {
                kind: _most_frequent(matcher, kind, starts, limit)
                for kind in (Kind.TAG, Kind.PERSON, Kind.COLLECTION)
            }
        return Suggestions(
            tags=found[Kind.TAG], people=found[Kind.PERSON], collections=found[Kind.COLLECTION]
        )

    def spellings(self, word: str, viewer: Viewer) -> list[str]:
        """Words one slip away from one, those that find the most of what is visible first."""
        with self._matching(viewer) as matcher:
            return matcher.guesses(word)

    def warm_up(self) -> None:
        """Reads the index, its words and the order of names, which answers would wait for."""
        with self._matching(SYSTEM) as matcher:
            self._words.find("", whole=True)
            for kind in Kind:
                matcher.memory.ranked(kind)
        # Others may have their answers first, which need no names.
        with self._lock:
            if not self._order.is_read:
                self._order.read()

    @contextmanager
    def _matching(self, viewer: Viewer) -> Iterator[Matcher]:
        """Holds the index, caught up, while sets are made and counted."""
        with self._lock:
            memory = self._catch_up()
            if self._names is None or self._names[0] != memory.names_version:
                self._names = memory.names_version, Names(_names(memory))
            yield Matcher(memory, self._words, self._phrases, self._names[1], viewer)

    def _page(self, match: Match, query: SearchQuery, page_size: int) -> tuple[int, Sequence[int]]:
        last = max(1, -(-len(match.hits) // page_size))
        page = min(query.page, last)
        span = slice((page - 1) * page_size, min(page * page_size, len(match.hits)))
        return page, page_of(match, query.order, self._order, self._words, span)

    def _catch_up(self) -> Memory:
        """Learns of everything that was committed before this moment."""
        while True:
            memory = self._memory or self._load(positions.stored())
            # In this order: what the horizon says is over is among the rows, and rows that were
            # removed before they could be read show in the state.
            horizon, rows = positions.look(self._position)
            state = positions.stored()
            stored = 0 if positions.is_of_another_server(state.folded, horizon) else state.folded
            if self._is_current(state, horizon) and not _is_late(rows, stored):
                break
            self._memory = None
        new = [row for row in rows if row.number not in self._seen]
        self._apply(memory, new)
        if self._stored[1] != state.folded or any(row.position < stored for row in new):
            self._words.stored_up_to(stored)
            self._stored = state.generation, state.folded
        if connection.in_atomic_block:
            return memory
        self._unsure = BitMap()
        self._position = horizon
        self._seen.update(row.number for row in new)
        if len(self._seen) > _MANY_SEEN:
            self._seen.intersection_update(row.number for row in positions.rows_from(horizon))
        return memory

    def _apply(self, memory: Memory, rows: Sequence[positions.Row]) -> None:
        """Reads what changed assets are at present."""
        changed = positions.assets_of(rows) | self._unsure
        position = max([row.position for row in rows], default=self._position)
        keys = list(changed)
        for at in range(0, len(keys), _AT_ONCE):
            some = BitMap(keys[at : at + _AT_ONCE])
            present = list(describe(some))
            self._words.apply(some, present, position)
            memory.apply(some, present)
            self._phrases.forget(some)
            self._order.changed(some)
        if connection.in_atomic_block:
            self._unsure = changed

    def _is_current(self, state: positions.Stored, horizon: int) -> bool:
        """Whether what is in memory can still follow the log of changes."""
        kept = 0 if positions.is_of_another_server(state.kept, horizon) else state.kept
        is_same = state.generation == self._stored[0]
        return is_same and kept <= self._position <= horizon

    def _load(self, state: positions.Stored) -> Memory:
        memory = Memory(state.generation)
        is_foreign = positions.is_of_another_server(state.folded, positions.horizon(state.folded))
        self._position = 0 if is_foreign else state.folded
        self._seen, self._unsure = set(), BitMap()
        self._words = Words(state.generation, has_beginnings=state.format >= BEGINNINGS_SINCE)
        self._phrases = Phrases()
        self._order, self._names = NameOrder(), None
        self._stored = state.generation, state.folded
        # Last: what fails before is begun anew.
        self._memory = memory
        return memory


def _is_late(rows: Sequence[positions.Row], folded: int) -> bool:
    """Whether it takes longer to follow the log than to read the postings, which have it all."""
    return sum(row.position < folded for row in rows) > _MANY_LATE


def _count(
    match: Match, query: SearchQuery, kind: Kind, matcher: Matcher, limit: int, beginning: str = ""
) -> list[tuple[str, int, bool]]:
    """Values with their counts, and whether each adds."""
    among = matcher.beginning(kind, list(words_of(beginning))) if beginning else None
    top, adds = top_values(match, kind, limit, among)
    picked = counts_of(match, kind, query.picked(kind))
    excluded = query.excluded_of(kind)
    return [
        (value, count, adds and value not in picked and value not in excluded)
        for value, count in arranged(top, picked, excluded)
    ]


def _facts(memory: Memory, keys: Sequence[int]) -> Facts:
    """What decides how the tiles of a page look."""
    shown = BitMap(keys)
    return {
        (key, kind): value
        for kind in (Kind.STATUS, Kind.UNSAFE)
        for value, assets in memory.values(kind).items()
        for key in assets & shown
    }


def _hits(
    match: Match, viewer: Viewer, facts: Facts, keys: Sequence[int], page: int, page_size: int
) -> Hits:
    """The page's rows; one that is hidden or deleted this moment is left out."""
    rows = Asset.objects.visible_to(viewer).present().filter(pk__in=keys).order_by().for_tiles()
    by_key = {asset.pk: asset for asset in rows}
    return Hits(
        assets=[by_key[key] for key in keys if key in by_key],
        total=len(match.hits),
        page=page,
        page_size=page_size,
        corrections=match.corrections,
        facts=facts,
        is_partial=match.is_partial,
    )


def _names(memory: Memory) -> Iterable[tuple[str, str, Iterable[str]]]:
    for key in memory.values(Kind.TAG):
        yield Kind.TAG.value, key, words_of(memory.tag_names.get(key, key))
    for name in memory.values(Kind.PERSON):
        yield Kind.PERSON.value, name, words_of(name)


def _most_frequent(
    matcher: Matcher, kind: Kind, starts: Sequence[str], limit: int
) -> list[ValueCount]:
    labels = matcher.beginning(kind, starts)
    counted = (
        (value, matcher.base.intersection_cardinality(matcher.memory.get(kind, value)))
        for value in labels
    )
    ranked = sorted((-count, labels[value], value) for value, count in counted if count)
    return [ValueCount(value=v, label=label, count=-n) for n, label, v in ranked[:limit]]


def _labelled(
    counts: Mapping[Kind, Sequence[tuple[str, int, bool]]], matcher: Matcher
) -> dict[Kind, list[ValueCount]]:
    return {
        kind: [
            ValueCount(value=value, label=label, count=count, adds=adds)
            for (value, count, adds), label in zip(
                of_kind, _labels(kind, [v for v, _n, _a in of_kind], matcher), strict=True
            )
        ]
        for kind, of_kind in counts.items()
    }


def _labels(kind: Kind, values: Sequence[str], matcher: Matcher) -> Iterable[str]:
    """What values are called, as far as the viewer may know."""
    if not values or kind not in (Kind.TAG, Kind.COLLECTION, Kind.UPLOADER):
        return values
    memory = matcher.memory
    if kind is Kind.TAG:
        # A tag that nobody may see on anything is called what the link calls it.
        seen = (v for v in values if memory.get(kind, v).intersect(matcher.base))
        names = {value: memory.tag_names.get(value, value) for value in seen}
        return [names.get(value, value) for value in values]
    labels = matcher.labels(kind, values)
    return [labels.get(value, f"Unknown {kind}") for value in values]
