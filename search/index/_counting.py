"""How many assets each value of a facet would leave, exactly."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from heapq import heappush, heapreplace

import numpy as np
from pyroaring import BitMap

from search.index._forward import as_array
from search.index._matching import Match
from search.index._memory import Memory
from search.kinds import Kind

FEW = 4_000
"""Assets whose tags are counted in no time."""
ASSETS_A_TAG = 200
"""Assets through whose tags one goes in the time that one tag's assets take to be compared."""
_SAMPLE = 500

Count = tuple[str, int]


def top_values(
    match: Match, kind: Kind, limit: int, among: Collection[str] | None = None
) -> tuple[list[Count], bool]:
    """The values, of all or of those `among`, that find the most, and what each would leave or add.

    An asset need not have every value of some kinds: where one is picked there, the others tell by
    how much they would enlarge what is found, and the answer's second part is true.
    """
    adds = match.is_picked(kind)
    if kind.is_of_face and match.of_face(kind):
        return _of_faces(match, kind, limit, among), adds
    base = match.without(kind) - match.hits if adds else match.hits
    if kind is Kind.TAG and among is None and _is_sooner_by_forward(match.memory, base, limit):
        return _by_forward(match.memory, base, limit), False
    outside = match.outside if base is match.hits else None
    return _by_postings(match.memory, kind, base, outside, limit, among), adds


def counts_of(match: Match, kind: Kind, values: Iterable[str]) -> dict[str, int]:
    """How many of the assets found carry each of these values."""
    return {
        value: match.hits.intersection_cardinality(match.memory.get(kind, value))
        for value in values
    }


def _is_sooner_by_forward(memory: Memory, base: BitMap, limit: int) -> bool:
    """Whether to go through the tags of the assets, rather than through the assets of the tags.

    The latter ends with the tags that have fewer assets than the last that is among the first
    finds here, which a sample of the assets tells well enough.
    """
    if len(base) <= FEW:
        return True
    values, _grown = memory.ranked(Kind.TAG)
    if len(base) > ASSETS_A_TAG * len(values):
        return False
    some = BitMap(as_array(base)[:: len(base) // _SAMPLE])
    counts = memory.forward.count(some)
    place = max(len(counts) - limit, 0)
    last = int(np.partition(counts, place)[place]) * len(base) // len(some)
    compared = bisect_right(values, -last, key=lambda value: -value[2])
    return len(base) < ASSETS_A_TAG * compared


def _by_postings(
    memory: Memory,
    kind: Kind,
    base: BitMap,
    outside: BitMap | None,
    limit: int,
    among: Collection[str] | None,
) -> list[Count]:
    """Goes through the values in their order, until no other one can be among the first."""
    if not base:
        return []
    best: list[int] = []
    found: list[Count] = []
    values, grown = memory.ranked(kind)
    for value, assets, size in values:
        if len(best) == limit and (kind.has_own_order or size + grown < best[0]):
            break
        if among is not None and value not in among:
            continue
        if outside is None:
            count = base.intersection_cardinality(assets)
        else:
            count = len(assets) - outside.intersection_cardinality(assets)
        if count:
            found.append((value, count))
            if len(best) < limit:
                heappush(best, count)
            elif count > best[0]:
                heapreplace(best, count)
    return _first(found, limit)


def _by_forward(memory: Memory, base: BitMap, limit: int) -> list[Count]:
    if not base:
        return []
    counts = memory.forward.count(base)
    present = np.flatnonzero(counts)
    if len(present) > limit:
        # All that are as frequent as the last one that fits: which of them fit, their names decide.
        least = np.partition(counts[present], len(present) - limit)[len(present) - limit]
        present = present[counts[present] >= least]
    tags = memory.forward.tags
    return _first(((tags[at], int(counts[at])) for at in present), limit)


def _of_faces(match: Match, kind: Kind, limit: int, among: Collection[str] | None) -> list[Count]:
    """What each value finds or adds on the faces that have all else that is asked of a face."""
    faces = match.faces_but(kind)
    found = [
        (value, count)
        for value in match.memory.values(kind)
        if (among is None or value in among)
        and (count := faces.count(partial(match.memory.on_face, kind, value)))
    ]
    if kind.has_own_order:
        found = sorted(found, key=lambda pair: kind.place_of(pair[0]))[:limit]
    return _first(found, limit)


def _first(counts: Iterable[Count], limit: int) -> list[Count]:
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))[:limit]


def arranged(
    top: Sequence[Count], picked: Mapping[str, int], excluded: Sequence[str]
) -> list[Count]:
    """The values in the order of an answer: the first, then picked and excluded ones below them."""
    listed = {value for value, _count in top}
    below = _first(((v, n) for v, n in picked.items() if v not in listed), len(picked))
    out = [(value, 0) for value in excluded if value not in listed and value not in picked]
    replaced = [(value, picked.get(value, count)) for value, count in top]
    return [*_first(replaced, len(replaced)), *below, *out]
