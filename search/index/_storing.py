"""Writes the stored index: folds changes into it, or makes it anew beside the present one.

Postings are written chunk by chunk, each in a transaction of its own, by one writer at a time. A
chunk may so be newer than the rest and is never older: whoever reads postings looks at every change
from `IndexState.folded` on as well, and to apply one twice is the same as once.
"""

import uuid
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from django.db import transaction
from django.db.models import Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from pyroaring import BitMap

from dam.models import Asset
from search.index import _positions as positions
from search.index._reading import Description, describe
from search.kinds import Kind
from search.models import Change, Column, IndexState, Posting, Term

FORMAT = 2
"""Grows with every change of what postings, terms and columns hold."""
CHUNK = 1 << 16
"""Asset keys of one posting row."""
COLUMNS = ("taken", "size", "confidence")
WORD = "word"
"""The kind of the terms that are words."""
BEGINNING = "beginning"
"""The kind of the terms that are the first letters of longer words."""
BEGINNINGS_SINCE = 2
"""The format from which they are stored."""
LONGEST_BEGINNING = 3
"""In letters; words that begin with more are few enough to be looked up one by one."""
KEPT_FOR = timedelta(hours=1)
"""How long a change row, or a generation, outlives what replaced it, as it may still be read."""
FOLD_FROM = 1_000
"""Changed assets that are worth a fold."""
FOLD_AFTER = timedelta(minutes=10)
"""The age at which fewer changes are folded too."""
_LEASE = timedelta(minutes=2)
_ROWS = 500
_PROLONGED_AFTER = 5_000
"""Assets that are read before the lease is prolonged."""

Key = tuple[str, str, int]
"""Kind, value and place of a term."""
Progress = Callable[[int, int], None]
"""Told how many assets of how many are done."""


class IndexBusyError(Exception):
    """Another process is writing the index."""


@dataclass(slots=True)
class _Gathered:
    """What the assets of a chunk are found by, turned round."""

    assets: "dict[Key, array[int]]" = field(default_factory=lambda: defaultdict(lambda: array("I")))
    confidences: "dict[Key, array[int]]" = field(
        default_factory=lambda: defaultdict(lambda: array("H"))
    )
    numbers: dict[str, dict[int, int]] = field(
        default_factory=lambda: {name: {} for name in COLUMNS}
    )

    def add(self, one: Description) -> None:
        for kind, value in one.terms:
            self.assets[kind, value, 0].append(one.asset)
        for tag, confidence in one.confidences.items():
            self.confidences[Kind.TAG.value, tag, 0].append(confidence)
        for word, place in one.words:
            self.assets[WORD, word, place].append(one.asset)
        for start, place in _beginnings(one.words):
            self.assets[BEGINNING, start, place].append(one.asset)
        for name in COLUMNS:
            self.numbers[name][one.asset] = getattr(one, name)


def _beginnings(words: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """What longer words begin with, by place."""
    lengths = range(1, LONGEST_BEGINNING + 1)
    return {(word[:n], place) for word, place in words for n in lengths if len(word) > n}


def fold(*, even_few: bool = False) -> int:
    """Brings the stored index up to date; answers with how many changed assets went into it.

    Few and young changes are left for later unless `even_few`. Raises `IndexBusyError`.
    """
    state = IndexState.present()
    if not state.generation or state.format < FORMAT:
        return rebuild()
    if not even_few and not _is_worth_it(state):
        return 0
    with _writing() as lease:
        state = IndexState.present()
        horizon = positions.horizon(state.folded)
        if horizon < state.folded:
            positions.forget_other_server()
            state.folded = 0
        rows = positions.rows_from(state.folded)
        changed = positions.assets_of(rows)
        written: set[int] = set()
        for chunk, assets in _by_chunk(changed):
            written |= update_chunk(state.generation, chunk, assets, lease).terms
        _count_words(state.generation, sorted(written), lease)
        above = sum(row.position >= horizon for row in rows)
        lease.write(folded=horizon, folded_rows=above, folded_at=timezone.now())
        _remove_old(lease)
    return len(changed)


def rebuild(progress: Progress | None = None) -> int:
    """Makes the stored index anew and swaps; answers with the number of assets.

    May be interrupted at any moment: the present index goes on until the new one is whole. Raises
    `IndexBusyError`.
    """
    with _writing() as lease:
        state = IndexState.present()
        _remove_generations(~Q(generation=state.generation), lease)
        generation = state.generation + 1
        horizon = positions.horizon(state.folded)
        if horizon < state.folded:
            positions.forget_other_server()
        above = len(positions.rows_from(horizon))
        span = Asset.objects.aggregate(first=Min("pk"), last=Max("pk"))
        total, done = Asset.objects.count(), 0
        for chunk in range((span["first"] or 0) // CHUNK, (span["last"] or -1) // CHUNK + 1):
            assets = BitMap(range(chunk * CHUNK, (chunk + 1) * CHUNK))
            done += update_chunk(generation, chunk, assets, lease).assets
            if progress:
                progress(done, max(total, done))
        words = Term.objects.filter(kind=WORD).order_by("pk").values_list("pk", flat=True)
        _count_words(generation, list(words.iterator()), lease)
        now = timezone.now()
        lease.write(
            generation=generation,
            format=FORMAT,
            folded=horizon,
            folded_rows=above,
            folded_at=now,
            swapped_at=now,
        )
    return done


@dataclass(frozen=True, slots=True)
class _Written:
    assets: int
    """How many of the chunk's assets there are."""
    terms: set[int]
    """Those whose postings were written."""


def update_chunk(generation: int, chunk: int, changed: BitMap, lease: "_Lease") -> _Written:
    """Makes the postings of a chunk say what these assets of it are at present, or are no more."""
    fresh = _Gathered()
    count = 0
    for one in describe(changed):
        fresh.add(one)
        count += 1
        if not count % _PROLONGED_AFTER:
            lease.prolong()
    terms = _terms_of({(kind, value) for kind, value, _place in fresh.assets})
    written = {(terms[k, v], place): (k, v, place) for k, v, place in fresh.assets}
    rows, emptied, emptied_terms = [], [], set()
    old = Posting.objects.filter(generation=generation, chunk=chunk)
    for row in old.only("term", "field", "bitmap", "confidences").iterator():
        key = written.pop((row.term_id, row.field), None)
        before = BitMap.deserialize(bytes(row.bitmap))
        if key is None and not before.intersect(changed):
            continue
        row.generation, row.chunk = generation, chunk
        if _merge(row, before, changed, fresh, key):
            rows.append(row)
        else:
            emptied.append(row.pk)
            emptied_terms.add(row.term_id)
    for (term, place), key in written.items():
        row = Posting(generation=generation, term_id=term, field=place, chunk=chunk)
        _merge(row, BitMap(), changed, fresh, key)
        rows.append(row)
    with transaction.atomic():
        # In the same transaction: who lost the lease while reading must not write what is old.
        lease.prolong()
        _write(rows, emptied)
        _write_columns(generation, chunk, changed, fresh)
    return _Written(count, {row.term_id for row in rows} | emptied_terms)


def _merge(
    row: Posting, before: BitMap, changed: BitMap, fresh: _Gathered, key: Key | None
) -> bool:
    """Sets what a row holds; answers with whether anything is left."""
    added = fresh.assets[key] if key else array("I")
    after = before - changed
    if row.confidences is not None or (key and key in fresh.confidences):
        row.confidences = _merged_confidences(row, before, changed, fresh, key)
    after |= BitMap(added)
    after.run_optimize()
    row.assets, row.bitmap = len(after), after.serialize()
    return bool(row.assets)


def _merged_confidences(
    row: Posting, before: BitMap, changed: BitMap, fresh: _Gathered, key: Key | None
) -> bytes:
    """The confidences in the order of the assets that the row will have."""
    if not before and key:
        return np.asarray(fresh.confidences[key], dtype="<u2").tobytes()
    assets = np.asarray(before.to_array(), dtype=np.uint32)
    confidences = np.frombuffer(bytes(row.confidences or b""), dtype="<u2")
    stay = ~np.isin(assets, np.asarray(changed.to_array(), dtype=np.uint32))
    new_assets = fresh.assets[key] if key else array("I")
    new = fresh.confidences[key] if key else array("H")
    assets = np.concatenate([assets[stay], np.asarray(new_assets, dtype=np.uint32)])
    confidences = np.concatenate([confidences[stay], np.asarray(new, dtype="<u2")])
    return confidences[np.argsort(assets, kind="stable")].astype("<u2").tobytes()


def _write(rows: list[Posting], emptied: list[int]) -> None:
    present = [row for row in rows if row.pk]
    Posting.objects.bulk_create(
        present,
        batch_size=_ROWS,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["assets", "bitmap", "confidences"],
    )
    Posting.objects.bulk_create((row for row in rows if not row.pk), batch_size=_ROWS)
    for at in range(0, len(emptied), _ROWS):
        Posting.objects.filter(pk__in=emptied[at : at + _ROWS]).delete()


def _write_columns(generation: int, chunk: int, changed: BitMap, fresh: _Gathered) -> None:
    old = Column.objects.filter(generation=generation, chunk=chunk)
    before = {column.name: column for column in old}
    for name, numbers in fresh.numbers.items():
        column = before.get(name) or Column(generation=generation, chunk=chunk, name=name)
        if column.pk:
            whole = np.frombuffer(bytes(column.numbers), dtype="<i8").copy()
        else:
            whole = np.zeros(CHUNK, dtype="<i8")
        whole[np.asarray(changed.to_array(), dtype=np.int64) - chunk * CHUNK] = 0
        if numbers:
            whole[np.fromiter(numbers, dtype=np.int64) - chunk * CHUNK] = list(numbers.values())
        column.numbers = whole.tobytes()
        column.save()


def _terms_of(pairs: set[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
    """The keys of terms by kind and value; makes those that are missing."""
    found: dict[tuple[str, str], int] = {}
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, value in sorted(pairs):
        by_kind[kind].append(value)
    for kind, values in by_kind.items():
        for at in range(0, len(values), _ROWS):
            some = values[at : at + _ROWS]
            for _attempt in range(2):
                rows = Term.objects.filter(kind=kind, value__in=some)
                found |= {(kind, value): pk for pk, value in rows.values_list("pk", "value")}
                missing = [value for value in some if (kind, value) not in found]
                if not missing:
                    break
                Term.objects.bulk_create(
                    (Term(kind=kind, value=value) for value in missing), ignore_conflicts=True
                )
    return found


def _count_words(generation: int, terms: Sequence[int], lease: "_Lease") -> None:
    """Writes down how many assets have each of these words, some words a transaction."""
    for at in range(0, len(terms), _ROWS):
        some = Term.objects.filter(pk__in=terms[at : at + _ROWS], kind=WORD)
        of_term = Posting.objects.filter(generation=generation, term=OuterRef("pk")).order_by()
        number = of_term.values("term").annotate(number=Sum("assets")).values("number")
        some.update(assets=Coalesce(Subquery(number), 0))
        lease.prolong()


def _is_worth_it(state: IndexState) -> bool:
    rows = positions.rows_from(state.folded)
    # One long transaction, in whatever database of the server, keeps the position where it was.
    if len(rows) <= state.folded_rows:
        return False
    oldest = Change.objects.filter(pk=rows[0].number).values_list("created_at", flat=True).first()
    if oldest and oldest < timezone.now() - FOLD_AFTER:
        return True
    return len(positions.assets_of(rows)) >= FOLD_FROM


def _by_chunk(assets: BitMap) -> Iterator[tuple[int, BitMap]]:
    """The assets by the chunk their keys are in."""
    first = assets.next_set_bit(0) if assets else None
    while first is not None:
        chunk = first // CHUNK
        end = (chunk + 1) * CHUNK
        yield chunk, assets & BitMap(range(chunk * CHUNK, end))
        first = assets.next_set_bit(end) if end <= assets.max() else None


@dataclass(frozen=True, slots=True)
class _Lease:
    """The right to write postings, as long as it is prolonged in time."""

    token: str

    def prolong(self) -> None:
        """Raises `IndexBusyError` where another process has taken over."""
        self.write(written_until=timezone.now() + _LEASE)

    def write(self, **fields: object) -> None:
        """Writes what is true now. Raises `IndexBusyError` where another process took over."""
        if not IndexState.objects.filter(pk=1, writer=self.token).update(**fields):
            msg = "another process took over writing the search index; try again once it is done"
            raise IndexBusyError(msg)


@contextmanager
def _writing() -> Iterator[_Lease]:
    """Holds the lease of the one writer. Raises `IndexBusyError` where another one has it."""
    IndexState.objects.get_or_create(pk=1)
    lease, now = _Lease(uuid.uuid4().hex), timezone.now()
    free = IndexState.objects.filter(Q(writer="") | Q(written_until__lt=now), pk=1)
    if not free.update(writer=lease.token, written_until=now + _LEASE):
        msg = "another process is writing the search index; try again once it is done"
        raise IndexBusyError(msg)
    try:
        yield lease
    finally:
        mine = IndexState.objects.filter(pk=1, writer=lease.token)
        mine.update(writer="", written_until=None)


def _remove_old(lease: _Lease) -> None:
    """Removes what nobody can be reading any more.

    Change rows go once they have been in the postings for a while, however old they are: until
    then somebody may be loading postings without them.
    """
    state, moment = IndexState.present(), timezone.now() - KEPT_FOR
    if state.leaving_since is None or state.leaving_since < moment:
        if state.leaving_since:
            lease.write(kept=state.leaving)
            positions.remove_before(state.leaving)
        lease.write(leaving=state.folded, leaving_since=timezone.now())
    if state.swapped_at and state.swapped_at < moment:
        _remove_generations(~Q(generation=state.generation), lease)


def _remove_generations(which: Q, lease: _Lease) -> None:
    """Removes whole generations, a chunk a transaction, so that nobody waits long."""
    for model in (Posting, Column):
        rows = model.objects.filter(which).order_by()
        for generation, chunk in sorted(set(rows.values_list("generation", "chunk").distinct())):
            model.objects.filter(generation=generation, chunk=chunk).delete()
            lease.prolong()
