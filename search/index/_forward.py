"""The tags of each asset, to count the tags of few assets at once."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

COMPACT_FROM = 20_000
"""Assets that changed since the arrays were made from which they are made anew."""


class Forward:
    """Tags by asset, in two arrays as a sparse matrix has them, and what changed since."""

    def __init__(self, postings: Mapping[str, BitMap]) -> None:
        self.tags: list[str] = []
        self._ordinals: dict[str, int] = {}
        self._moved = BitMap()
        self._own: dict[int, list[int]] = {}
        for tag in postings:
            self._ordinal(tag)
        self._offsets, self._values = _inverted(list(postings.values()))

    def set(self, asset: int, tags: Iterable[str]) -> None:
        """Replaces the tags of an asset."""
        self._moved.add(asset)
        self._own[asset] = [self._ordinal(tag) for tag in tags]

    def tags_of(self, asset: int) -> list[str]:
        if asset in self._moved:
            return [self.tags[ordinal] for ordinal in self._own[asset]]
        if asset + 1 >= len(self._offsets):
            return []
        first, end = self._offsets[asset], self._offsets[asset + 1]
        return [self.tags[ordinal] for ordinal in self._values[first:end]]

    @property
    def is_worn(self) -> bool:
        """Whether so much changed that it had better be made anew."""
        return len(self._moved) >= COMPACT_FROM

    def count(self, assets: BitMap) -> npt.NDArray[np.int64]:
        """How many of these assets carry each tag; about 13 tags an asset are added up."""
        still = assets - self._moved
        if still and still.max() + 1 >= len(self._offsets):
            still &= BitMap(range(len(self._offsets) - 1))
        keys = as_array(still)
        first = self._offsets[keys].astype(np.int64)
        lengths = self._offsets[keys + 1] - first
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        # Where each asset's run begins, less what came before it: one addition makes the indices.
        at = np.repeat(first - (ends - lengths), lengths) + np.arange(total)
        counts = np.bincount(self._values[at], minlength=len(self.tags))
        for asset in assets & self._moved:
            for ordinal in self._own[asset]:
                counts[ordinal] += 1
        return counts

    def _ordinal(self, tag: str) -> int:
        ordinal = self._ordinals.setdefault(tag, len(self.tags))
        if ordinal == len(self.tags):
            self.tags.append(tag)
        return ordinal


def as_array(assets: BitMap) -> npt.NDArray[np.uint32]:
    """The keys in order."""
    return np.frombuffer(assets.to_array(), dtype=np.uint32)


def _inverted(
    postings: list[BitMap],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.unsignedinteger]]:
    """Where each asset's tags begin, and the tags of all, one asset after the other."""
    last = max((posting.max() for posting in postings if posting), default=-1)
    counts = np.zeros(last + 2, dtype=np.int64)
    for posting in postings:
        counts[as_array(posting) + 1] += 1
    offsets = np.cumsum(counts)
    narrow = len(postings) <= np.iinfo(np.uint16).max
    values: npt.NDArray[np.unsignedinteger] = np.empty(
        int(offsets[-1]), dtype=np.uint16 if narrow else np.uint32
    )
    free = offsets[:-1].copy()
    for ordinal, posting in enumerate(postings):
        keys = as_array(posting)
        values[free[keys]] = ordinal
        free[keys] += 1
    return offsets.astype(np.uint32), values
