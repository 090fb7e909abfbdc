"""What every process holds of the index: the assets of every facet value, and what to sort by."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from pyroaring import BitMap

from dam.models import Tag
from search.index._columns import NumberColumn
from search.index._forward import Forward
from search.index._reading import PRESENT, SURE_TAG, Description
from search.index._storing import BEGINNING, CHUNK, COLUMNS, WORD
from search.kinds import Kind
from search.models import Column, Posting, Term

NOTHING = BitMap()
_ROWS = 500
_RESORT_AFTER = 256
"""Changes after which the order of values by frequency is made anew."""
_FEW = 16
"""Changed assets up to which each is taken out of the sets by itself."""


class Memory:
    """Sets of asset keys by kind and value. Follows changes in place."""

    def __init__(self, generation: int) -> None:
        self._sets: dict[str, dict[str, BitMap]] = defaultdict(dict)
        self.columns: dict[str, NumberColumn] = {}
        self.tag_names = dict(Tag.objects.values_list("key", "name").order_by())
        self.names_version = 0
        """Grows when a tag or person appears, or is called otherwise."""
        self._ranked: dict[str, tuple[list[tuple[str, BitMap, int]], int]] = {}
        self.applied = 0
        """How many changes of an asset were applied."""
        self._read_sets(generation)
        self._read_columns(generation)
        self.forward = Forward(self._sets[Kind.TAG])

    def get(self, kind: str, value: str) -> BitMap:
        """The assets with a value; not to be changed."""
        return self._sets.get(kind, {}).get(value, NOTHING)

    def on_face(self, kind: str, value: str, face: int) -> BitMap:
        """The assets on which the face of a number has a value; not to be changed."""
        return self.get(f"{kind}#{face}", value)

    @property
    def size(self) -> int:
        """How many assets there are, in the trash or not."""
        return sum(map(len, self.values(PRESENT).values()))

    def beside(self, assets: BitMap) -> BitMap:
        """All assets but these."""
        return (self.get(PRESENT, "yes") | self.get(PRESENT, "no")) - assets

    def values(self, kind: str) -> Mapping[str, BitMap]:
        """All values of a kind with their assets; some may be empty."""
        return self._sets.get(kind, {})

    def ranked(self, kind: Kind) -> tuple[list[tuple[str, BitMap, int]], int]:
        """The values of a kind with their assets, from the most frequent on or in its own order.

        Each with how many assets it had when they were put in order, and last, by how many any of
        them may have grown since.
        """
        known = self._ranked.get(kind)
        if known is None or self.applied - known[1] > _RESORT_AFTER:
            sizes = [(value, assets, len(assets)) for value, assets in self.values(kind).items()]
            if kind.has_own_order:
                sizes.sort(key=lambda one: (kind.place_of(one[0]), one[0]))
            else:
                sizes.sort(key=lambda one: (-one[2], one[0]))
            known = self._ranked[kind] = sizes, self.applied
        return known[0], self.applied - known[1]

    def faces(self, kinds: Iterable[str]) -> list[int]:
        """The numbers of faces of which something of these kinds is known."""
        starts = tuple(f"{kind}#" for kind in kinds)
        numbers = (kind.partition("#")[2] for kind in self._sets if kind.startswith(starts))
        return sorted({int(number) for number in numbers})

    def apply(self, changed: BitMap, present: Iterable[Description]) -> None:
        """Makes changed assets what their descriptions say; those without one are gone."""
        descriptions = {one.asset: one for one in present}
        self._take_out(changed)
        for one in descriptions.values():
            for kind, value in one.terms:
                values = self._sets[kind]
                if value not in values:
                    values[value] = BitMap()
                    self.names_version += kind in (Kind.TAG, Kind.PERSON)
                    self._ranked.pop(kind, None)
                values[value].add(one.asset)
            for key, name in one.tag_names.items():
                if self.tag_names.get(key) != name:
                    self.tag_names[key] = name
                    self.names_version += 1
        for asset in changed:
            described = descriptions.get(asset)
            self.forward.set(asset, described.confidences if described else ())
        self._set_columns(changed, descriptions)
        self.applied += len(changed)
        if self.forward.is_worn:
            self.forward = Forward(self._sets[Kind.TAG])

    def _take_out(self, changed: BitMap) -> None:
        if len(changed) > _FEW:
            for values in self._sets.values():
                for assets in values.values():
                    if assets.intersect(changed):
                        assets -= changed
            return
        for asset in changed:
            for assets in self._sets_that_may_have(asset):
                assets.discard(asset)

    def _sets_that_may_have(self, asset: int) -> Iterator[BitMap]:
        """Of tags, the only kind with very many values, those that it has."""
        tags = [tag for tag in self.forward.tags_of(asset) if tag in self._sets[Kind.TAG]]
        for kind, values in self._sets.items():
            if kind == Kind.TAG:
                yield from (values[tag] for tag in tags)
            elif kind == SURE_TAG:
                yield from (values[tag] for tag in tags if tag in values)
            else:
                yield from values.values()

    def _set_columns(self, changed: BitMap, descriptions: Mapping[int, Description]) -> None:
        for name, column in self.columns.items():
            for asset in changed:
                one = descriptions.get(asset)
                column.set(asset, getattr(one, name) if one else 0)

    def _read_sets(self, generation: int) -> None:
        terms = Term.objects.exclude(kind__in=(WORD, BEGINNING)).order_by("pk")
        for some in _batches(terms.values_list("pk", "kind", "value").iterator()):
            names = {pk: (kind, value) for pk, kind, value in some}
            rows = Posting.objects.filter(generation=generation, term__in=names, field=0)
            for term, bitmap in rows.values_list("term", "bitmap").order_by().iterator():
                kind, value = names[term]
                part = BitMap.deserialize(bytes(bitmap))
                values = self._sets[kind]
                values[value] = values[value] | part if value in values else part
        for values in self._sets.values():
            for assets in values.values():
                assets.shrink_to_fit()

    def _read_columns(self, generation: int) -> None:
        last = Column.objects.filter(generation=generation).order_by("-chunk").first()
        length = (last.chunk + 1) * CHUNK if last else 0
        for name in COLUMNS:
            whole = np.zeros(length, dtype=np.int64)
            rows = Column.objects.filter(generation=generation, name=name).order_by()
            for chunk, numbers in rows.values_list("chunk", "numbers").iterator():
                at = chunk * CHUNK
                whole[at : at + CHUNK] = np.frombuffer(bytes(numbers), dtype="<i8")
            self.columns[name] = NumberColumn(whole)


def _batches(
    rows: Iterable[tuple[int, str, str]],
) -> Iterator[list[tuple[int, str, str]]]:
    some: list[tuple[int, str, str]] = []
    for row in rows:
        some.append(row)
        if len(some) == _ROWS:
            yield some
            some = []
    if some:
        yield some
