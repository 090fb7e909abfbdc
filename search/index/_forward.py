"""The tags of each asset, to count the tags of few assets at once."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

COMPACT_FROM = 20_000
"""Assets that changed since the arrays were made from which they are made anew."""
COMMONEST = 64
"""Tags that are counted by their sets: that takes no longer, and is a quarter of all there are."""
_WIDE_ENOUGH = 75
"""Of a hundred assets, how many have no more tags than a row of the table has room for."""
_BLOCK = 16_384
"""Assets whose tags are added up at a time: what that takes stays in the processor's cache."""
_NONE = 0
"""Stands where an asset has no further tag."""

Ordinals = npt.NDArray[np.unsignedinteger]


class Forward:
    """Tags by asset: a table for the first of each, what it has no room for, and what changed.

    The commonest tags are not among them: their sets are at hand, which others keep up to date.
    """

    def __init__(self, postings: Mapping[str, BitMap]) -> None:
        """Takes the assets of each tag."""
        commonest = sorted(postings, key=lambda tag: -len(postings[tag]))[:COMMONEST]
        self._common = {tag: postings[tag] for tag in commonest}
        self.tags: list[str] = ["", *commonest]
        """By their ordinals; the first stands for none, and then come the commonest."""
        self._ordinals = {tag: ordinal for ordinal, tag in enumerate(self.tags)}
        self._moved = BitMap()
        self._own: dict[int, list[int]] = {}
        others = {self._ordinal(tag): assets for tag, assets in postings.items()}
        self._table, self._rest = _inverted(
            {at: assets for at, assets in others.items() if at > len(commonest)}
        )

    def set(self, asset: int, tags: Iterable[str]) -> None:
        """Replaces the tags of an asset."""
        self._moved.add(asset)
        self._own[asset] = [self._ordinal(tag) for tag in tags if tag not in self._common]

    def tags_of(self, asset: int) -> list[str]:
        """The tags of an asset, in no order."""
        ordinals: Iterable[int] = ()
        if asset in self._moved:
            ordinals = self._own[asset]
        elif asset < len(self._table):
            ordinals = (*self._table[asset], *self._rest.of(BitMap([asset])))
        common = [tag for tag, assets in self._common.items() if asset in assets]
        return common + [self.tags[ordinal] for ordinal in ordinals if ordinal != _NONE]

    @property
    def is_worn(self) -> bool:
        """Whether so much changed that it had better be made anew."""
        return len(self._moved) >= COMPACT_FROM

    def count(self, assets: BitMap) -> npt.NDArray[np.int64]:
        """How many of these assets carry each tag, by ordinal."""
        counts = np.zeros(len(self.tags), dtype=np.int64)
        still = assets - self._moved
        keys = as_array(still)
        keys = keys[: np.searchsorted(keys, len(self._table))]
        for at in range(0, len(keys), _BLOCK):
            # Twenty times as fast as to index with them.
            some = self._table.take(keys[at : at + _BLOCK], axis=0)
            counts += np.bincount(some.ravel(), minlength=len(counts))
        counts += np.bincount(self._rest.of(still), minlength=len(counts))
        for asset in assets & self._moved:
            for ordinal in self._own[asset]:
                counts[ordinal] += 1
        counts[_NONE] = 0
        for ordinal, having in enumerate(self._common.values(), start=1):
            counts[ordinal] = assets.intersection_cardinality(having)
        return counts

    def _ordinal(self, tag: str) -> int:
        ordinal = self._ordinals.setdefault(tag, len(self.tags))
        if ordinal == len(self.tags):
            self.tags.append(tag)
        return ordinal


class _Rest:
    """The tags of those assets that have more than the table has room for."""

    def __init__(self, keys: npt.NDArray[np.uint32], ordinals: Ordinals) -> None:
        """Takes pairs of an asset and a tag in any order."""
        order = np.argsort(keys, kind="stable")
        self._keys, starts = np.unique(keys[order], return_index=True)
        self._starts = np.append(starts, len(keys)).astype(np.uint32)
        self._ordinals = ordinals[order]
        self._assets = BitMap(self._keys)

    def of(self, assets: BitMap) -> Ordinals:
        """The tags of those of the assets that have so many, one after the other."""
        at = np.searchsorted(self._keys, as_array(assets & self._assets))
        first = self._starts[at].astype(np.int64)
        lengths = self._starts[at + 1] - first
        ends = np.cumsum(lengths)
        # Where each run begins, less what came before it: one addition makes the indices.
        total = int(ends[-1]) if len(ends) else 0
        return self._ordinals[np.repeat(first - (ends - lengths), lengths) + np.arange(total)]


def as_array(assets: BitMap) -> npt.NDArray[np.uint32]:
    """The keys in order."""
    return np.frombuffer(assets.to_array(), dtype=np.uint32)


def _inverted(postings: Mapping[int, BitMap]) -> tuple[Ordinals, _Rest]:
    """From sets by ordinal the table of the first tags of each asset, and what has no room."""
    last = max((assets.max() for assets in postings.values() if assets), default=-1)
    lengths = np.zeros(last + 1, dtype=np.uint32)
    for assets in postings.values():
        lengths[as_array(assets)] += 1
    tagged = lengths[lengths > 0]
    width = int(np.percentile(tagged, _WIDE_ENOUGH)) if len(tagged) else 0
    kind = np.uint16 if max(postings, default=0) <= np.iinfo(np.uint16).max else np.uint32
    table: Ordinals = np.full((last + 1, width), _NONE, dtype=kind)
    used = np.zeros(last + 1, dtype=np.uint32)
    rest = [(np.empty(0, dtype=np.uint32), np.empty(0, dtype=kind))]
    for ordinal, assets in postings.items():
        keys = as_array(assets)
        has_room = used[keys] < width
        inside, outside = keys[has_room], keys[~has_room]
        table[inside, used[inside]] = ordinal
        used[inside] += 1
        rest.append((outside, np.full(len(outside), ordinal, dtype=kind)))
    columns = [np.concatenate(column) for column in zip(*rest, strict=True)]
    return table, _Rest(*columns)
