"""One page of a set of assets, in any order, at the same cost however deep it lies."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from zlib import crc32

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from dam.models import Asset, TaggedAsset
from search.index._columns import Numbers
from search.index._forward import as_array
from search.index._matching import Match
from search.index._memory import NOTHING, Memory
from search.index._reading import BY_HAND
from search.index._vocabulary import Words
from search.kinds import Kind
from search.models import Posting
from search.query import Sort

Ranks = npt.NDArray[np.uint32]

_MOST_PLACED = 5_000
"""Assets with a new name from which the order of all names is read anew."""
_MOST_AT_ONCE = 1_000
"""Changed assets whose places are looked for one by one."""
_NEIGHBOURS = 16
_LAST = np.iinfo(np.uint32).max
"""The rank of assets that have none yet."""
_NONE = np.empty(0, dtype=np.uint32)
_BATCH = 500
_MOST_TAGS = 10
"""Tags that a beginning may stand for to be sorted by their own confidences."""


def page_of(
    match: Match, order: Sort, names: "NameOrder", words: Words, span: slice
) -> Sequence[int]:
    """The keys of the assets from one place in the order to another."""
    hits = match.hits
    if order is Sort.RELEVANCE:
        return _through(_by_relevance(match), span)
    if order is Sort.OLDEST:
        return list(hits[span.start : span.stop])
    if order is Sort.NEWEST:
        return _newest(hits, span)
    keys = as_array(hits)
    if order is Sort.NAME:
        return _highest(keys, _LAST - names.of(keys), span)
    if order is Sort.CONFIDENCE:
        return _highest(keys, _confidences(match, words, keys), span)
    column = match.memory.columns["taken" if order is Sort.TAKEN else "size"]
    return _highest(keys, column.of(keys), span)


def _newest(assets: BitMap, span: slice) -> list[int]:
    count = len(assets)
    first, end = max(count - span.stop, 0), max(count - span.start, 0)
    return list(reversed(assets[first:end]))


def _through(classes: Iterable[BitMap], span: slice) -> list[int]:
    """A page of several sets one after the other, the newest of each first.

    No more of them are made than it takes.
    """
    found: list[int] = []
    start, stop = span.start, span.stop
    for assets in classes:
        if start < len(assets):
            found += _newest(assets, slice(max(start, 0), stop))
        start, stop = start - len(assets), stop - len(assets)
        if stop <= 0:
            break
    return found


def _by_relevance(match: Match) -> Iterator[BitMap]:
    """The hits by the worst rank in which any of the words stands at best."""
    given = BitMap()
    so_far = [BitMap() for _ in match.ranked]
    for rank in sorted({rank for ranks in match.ranked for rank in ranks}):
        for reached, ranks in zip(so_far, match.ranked, strict=True):
            reached |= ranks.get(rank, NOTHING)
        reached_by_all = reduce(BitMap.__and__, so_far, match.hits)
        yield reached_by_all - given
        given = reached_by_all
    yield match.hits - given


def _highest(keys: npt.NDArray[np.uint32], numbers: Numbers, span: slice) -> list[int]:
    """The keys with the highest numbers, the newest first among equals, without sorting all."""
    count = len(keys)
    first, end = max(count - span.stop, 0), max(count - span.start, 0)
    if first >= end:
        return []
    at = np.argpartition(numbers, [first, end - 1])
    # Equals of the page's last and first may lie on either side of it: the newest of them belong.
    low, high = numbers[at[first]], numbers[at[end - 1]]
    near = np.flatnonzero((numbers >= low) & (numbers <= high))
    above = int(np.count_nonzero(numbers > high))
    order = near[np.lexsort((keys[near], numbers[near]))][::-1]
    return [int(key) for key in keys[order[span.start - above : span.stop - above]]]


def _confidences(match: Match, words: Words, keys: npt.NDArray[np.uint32]) -> Numbers:
    """Of the tag that is asked for, of several the least sure; else of the surest tag there is."""
    wanted = [one.values for one in match.wanted if one.kind is Kind.TAG]
    if not wanted or max(map(len, wanted)) > _MOST_TAGS:
        return match.memory.columns["confidence"].of(keys)
    least = np.full(len(keys), BY_HAND, dtype=np.uint16)
    for tags in wanted:
        surest = np.zeros(len(keys), dtype=np.uint16)
        for tag in tags:
            np.maximum(surest, _of_tag(match.memory, words, tag, keys), out=surest)
        np.minimum(least, surest, out=least)
    return least


def _of_tag(memory: Memory, words: Words, tag: str, keys: npt.NDArray[np.uint32]) -> Numbers:
    """The confidence of a tag on each of these assets: as stored, or for changed ones as read."""
    length = int(keys[-1]) + 1 if len(keys) else 0
    numbers = np.zeros(length, dtype=np.uint16)
    rows = Posting.objects.filter(
        generation=words.generation, term__kind=Kind.TAG, term__value=tag, field=0
    )
    for bitmap, confidences in rows.values_list("bitmap", "confidences").order_by():
        assets = as_array(BitMap.deserialize(bytes(bitmap)))
        inside = assets < length
        numbers[assets[inside]] = np.frombuffer(bytes(confidences or b""), dtype="<u2")[inside]
    changed = words.not_stored & memory.get(Kind.TAG, tag)
    tagged = TaggedAsset.objects.filter(tag__key=tag, content_object__in=list(changed)).order_by()
    for asset, confidence in tagged.values_list("content_object", "confidence"):
        if asset < length:
            numbers[asset] = BY_HAND if confidence is None else round(confidence * 100)
    return numbers.take(keys)


class NameOrder:
    """Where each asset comes by the name that is shown.

    Read when first asked for, then kept current.
    Ranks are so far apart that names which come later find places between them.
    """

    def __init__(self) -> None:
        self._ranks: Ranks | None = None
        self._sums: npt.NDArray[np.uint32] = _NONE
        """Check sums of the names, to tell changed assets that are called as before."""
        self._gap = 1
        self._unplaced = BitMap()
        self._own: dict[int, tuple[int, bytes]] = {}
        """Of assets that came later: the rank after which they come, and their names."""

    def changed(self, assets: BitMap) -> None:
        if self._ranks is not None:
            self._unplaced |= assets

    def of(self, keys: npt.NDArray[np.uint32]) -> Ranks:
        """A number for each asset that grows with its name."""
        placed = self._place()
        ranks = self.read() if placed is None else placed
        # Assets that are being added this moment and have no place yet come last.
        return _at_least(ranks, int(keys[-1]) + 1 if len(keys) else 0).take(keys)

    @property
    def is_read(self) -> bool:
        return self._ranks is not None

    def read(self) -> Ranks:
        """Reads all names anew, which takes seconds where there are a million."""
        rows = Asset.objects.order_by("name_key", "pk").values_list("pk", "name_key")
        pairs = ((pk, crc32(name)) for pk, name in rows.iterator(chunk_size=10_000))
        read = np.fromiter(pairs, dtype=np.dtype((np.uint32, 2)))
        ordered, length = read[:, 0], int(read[:, 0].max(initial=0)) + 1
        gap = _LAST // (len(ordered) + 2)
        ranks, sums = _at_least(_NONE, length), _at_least(_NONE, length)
        ranks[ordered] = np.arange(1, len(ordered) + 1, dtype=np.uint32) * gap
        sums[ordered] = read[:, 1]
        # Last: where the database fails before, all is as it was.
        self._ranks, self._sums, self._gap = ranks, sums, gap
        self._unplaced, self._own = BitMap(), {}
        return ranks

    def _place(self) -> Ranks | None:
        """Gives places between the others to assets that are new or have another name.

        None where so much changed that all names had better be read anew.
        """
        if self._ranks is None or not self._unplaced:
            return self._ranks
        renamed = self._renamed(self._ranks)
        if len(renamed) > _MOST_AT_ONCE or len(self._own) + len(renamed) >= self._most_placed:
            return None
        length = max([len(self._ranks), *(asset + 1 for _name, asset in renamed)])
        ranks, self._sums = _at_least(self._ranks, length), _at_least(self._sums, length)
        unplaced = {asset for _name, asset in renamed}
        for name, asset in renamed:
            self._own[asset] = self._rank_before(name, asset, ranks, unplaced), name
            self._sums[asset] = crc32(name)
            unplaced.discard(asset)
        self._unplaced = BitMap()
        ordered = sorted((rank, name, asset) for asset, (rank, name) in self._own.items())
        # There are fewer of them than a gap has room for.
        for at, (rank, _name, asset) in enumerate(ordered, start=1):
            ranks[asset] = rank + at
        self._ranks = ranks
        return ranks

    @property
    def _most_placed(self) -> int:
        return min(_MOST_PLACED, self._gap)

    def _renamed(self, ranks: Ranks) -> list[tuple[bytes, int]]:
        """The names, in order, and keys of changed assets that have no place, or another name."""
        keys, renamed = list(self._unplaced), []
        for at in range(0, len(keys), _BATCH):
            rows = Asset.objects.filter(pk__in=keys[at : at + _BATCH]).order_by()
            for asset, name in rows.values_list("pk", "name_key"):
                is_placed = asset < len(ranks) and ranks[asset] < _LAST
                if not is_placed or self._sums[asset] != crc32(name):
                    renamed.append((bytes(name), asset))
        return sorted(renamed)

    def _rank_before(self, name: bytes, asset: int, ranks: Ranks, unplaced: set[int]) -> int:
        """The rank of the nearest asset before this one that has been read, or 0."""
        while True:
            rows = _names_before(name, asset)
            for _name, other in rows:
                if other in self._own and other not in unplaced:
                    return self._own[other][0]
                if other not in unplaced and other < len(ranks) and ranks[other] < _LAST:
                    return int(ranks[other])
            if len(rows) < _NEIGHBOURS:
                return 0
            name, asset = rows[-1]


def _at_least(numbers: npt.NDArray[np.uint32], length: int) -> npt.NDArray[np.uint32]:
    """The numbers, with room for at least so many; what is not set yet comes last."""
    if length <= len(numbers):
        return numbers
    more = np.full(length - len(numbers), _LAST, dtype=np.uint32)
    return np.concatenate([numbers, more])


def _names_before(name: bytes, asset: int) -> list[tuple[bytes, int]]:
    """The names and keys of the assets that come just before one, the nearest first."""
    same = Asset.objects.filter(name_key=name, pk__lt=asset).order_by("-pk")
    lower = Asset.objects.filter(name_key__lt=name).order_by("-name_key", "-pk")
    found: list[tuple[bytes, int]] = []
    # In two questions, as SQLite sorts the table for one that joins them by "or".
    for assets in (same, lower):
        rows = assets.values_list("name_key", "pk")[: _NEIGHBOURS - len(found)]
        found += [(bytes(key), pk) for key, pk in rows]
    return found
