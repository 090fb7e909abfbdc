"""What a query finds and what its facets count, by plain SQL on the library's own tables.

It knows nothing of the index. Everything it says holds for the snapshot that it is asked in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction

from search.kinds import Kind
from search.query import SearchQuery

_ROWS_OF_THEIR_OWN = (Kind.TAG, Kind.COLLECTION, Kind.UPLOADER)
"""Every other kind is a fact's."""
_PROSE = (
    "lower(a.title || ' ' || a.description || ' '"
    " || replace(replace(replace(a.file_name, '_', ' '), '-', ' '), '.', ' '))"
)


@dataclass(frozen=True, slots=True)
class Sql:
    """A part of a statement, with what its marks stand for."""

    text: str
    values: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    total: int
    counts: Mapping[tuple[Kind, str], int]
    """What each value counts, picked or not; values that nothing has are not among them."""


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything that is read in the block is of one moment, while others go on writing."""
    is_sqlite = connection.vendor == "sqlite"
    if is_sqlite:
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined] # SQLite's alone
    with transaction.atomic():
        if not is_sqlite:
            _execute(Sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            # It sorts and compares else on the disk, and compiles what takes less than compiling.
            _execute(Sql("SET LOCAL work_mem = '256MB'"))
            _execute(Sql("SET LOCAL jit = off"))
        yield


def prepare() -> None:
    """Tells PostgreSQL how often values are; to be called once, outside of any transaction.

    It takes kind and value for independent of each other else, expects a tenth of the assets there
    are, and looks each of them up by itself.
    """
    if connection.vendor == "postgresql":
        named = "CREATE STATISTICS IF NOT EXISTS bench_fact_values (mcv)"
        _execute(Sql(f"{named} ON kind, value FROM dam_assetfact"))
        _execute(Sql("ANALYZE dam_assetfact"))


def ask(query: SearchQuery, viewer: User) -> Expected:
    """The right answer. The text may hold words alone: made-up ones, or words of tags."""
    _keep("bench_found", _assets(query, viewer))
    [(total,)] = _execute(Sql("SELECT count(*) FROM bench_found"))
    counts = _counts_of_found(query)
    for kind in query.values:
        if not kind.combines_with_and:
            counts = {key: n for key, n in counts.items() if key[0] is not kind}
            counts |= _counts_of_picked(query, viewer, kind)
    return Expected(total=total, counts=counts)


def _counts_of_found(query: SearchQuery) -> dict[tuple[Kind, str], int]:
    """Of the kinds in which a value counts the assets found that carry it."""
    counts = {
        (kind, str(value)): number
        for kind, statement in _OWN_COUNTS.items()
        for value, number in _execute(Sql(statement))
    }
    faces = _faces(query)
    others = [kind for kind in _fact_kinds() if not (faces and kind.is_of_face)]
    counts |= _fact_counts("bench_found", others)
    if faces:
        of_faces = [kind for kind in _fact_kinds() if kind.is_of_face]
        counts |= _fact_counts("bench_found", of_faces, faces)
    return counts


def _counts_of_picked(query: SearchQuery, viewer: User, kind: Kind) -> dict[tuple[Kind, str], int]:
    """Of a kind of which any value will do: by how many assets one more value enlarges the total;
    of a value picked, how many of those found carry it."""
    found_already = Sql("a.id NOT IN (SELECT asset FROM bench_found)")
    _keep("bench_more", _joined("", [_assets(query, viewer, but=kind), found_already]))
    counts: dict[tuple[Kind, str], int] = {}
    picked, faces = query.picked(kind), _faces(query, but=kind) if kind.is_of_face else {}
    for table, is_picked in (("bench_found", True), ("bench_more", False)):
        found = (
            {(kind, str(value)): number for value, number in _execute(Sql(_uploaders(table)))}
            if kind is Kind.UPLOADER
            else _fact_counts(table, [kind], {} if is_picked else faces)
        )
        counts |= {key: number for key, number in found.items() if (key[1] in picked) is is_picked}
    return counts


def _fact_kinds() -> list[Kind]:
    return [kind for kind in Kind if kind not in _ROWS_OF_THEIR_OWN]


def _uploaders(table: str) -> str:
    return (
        f"SELECT a.uploader_id, count(*) FROM {table} h CROSS JOIN dam_asset a"
        " WHERE a.id = h.asset AND a.uploader_id IS NOT NULL GROUP BY 1"
    )


_OWN_COUNTS = {
    Kind.TAG: (
        "SELECT g.key, n.assets FROM dam_tag g JOIN (SELECT t.tag_id, count(*) AS assets"
        " FROM bench_found h CROSS JOIN dam_taggedasset t WHERE t.content_object_id = h.asset"
        " GROUP BY 1) n ON n.tag_id = g.id"
    ),
    Kind.COLLECTION: (
        "SELECT i.collection_id, count(*) FROM bench_found h CROSS JOIN dam_collectionitem i"
        " WHERE i.asset_id = h.asset GROUP BY 1"
    ),
    Kind.UPLOADER: _uploaders("bench_found"),
}


def _fact_counts(
    table: str, kinds: Sequence[Kind], faces: Mapping[Kind, Sequence[str]] | None = None
) -> dict[tuple[Kind, str], int]:
    """Values of facts, by how many assets of a table have them, on a face that meets the picks."""
    parts = [f"FROM {table} h CROSS JOIN dam_assetfact f"]
    where = [Sql("f.asset_id = h.asset"), _among("f.kind", [kind.value for kind in kinds])]
    for kind, values in (faces or {}).items():
        parts.append(f"CROSS JOIN dam_assetfact f_{kind.value}")
        where += [
            Sql(f"f_{kind.value}.asset_id = h.asset AND f_{kind.value}.face = f.face"),
            Sql(f"f_{kind.value}.kind = %s", (kind.value,)),
            _among(f"f_{kind.value}.value", values),
        ]
    # To count(DISTINCT ...) PostgreSQL sorts all that it counts; what is made distinct is hashed.
    rows = _execute(
        _joined(
            "SELECT kind, value, count(*) FROM (SELECT DISTINCT f.kind, f.value, f.asset_id"
            f" {' '.join(parts)} WHERE ",
            where,
            ") AS once GROUP BY 1, 2",
        )
    )
    return {(Kind(kind), value): number for kind, value, number in rows}


def _assets(query: SearchQuery, viewer: User, *, but: Kind | None = None) -> Sql:
    """The statement that gives all assets that are found, were nothing of one kind picked."""
    where = [Sql("a.trashed_at IS NULL"), _visible(viewer)]
    where += [_with_word(word.text) for word in query.asked.words]
    for kind, values in query.values.items():
        if kind.combines_with_and:
            where += [_carrying(kind, [value]) for value in values]
        elif kind is not but and not kind.is_of_face:
            where.append(_carrying(kind, values))
    if faces := _faces(query, but=but):
        where.append(_with_face(faces))
    for kind, values in query.excluded.items():
        where.append(_joined("NOT (", [_carrying(kind, values)], ")"))
    return _joined("SELECT a.id AS asset FROM dam_asset a WHERE ", where)


def _visible(viewer: User) -> Sql:
    if viewer.is_superuser:
        return Sql("1 = 1")
    return Sql(
        "(a.uploader_id = %s OR EXISTS (SELECT 1 FROM dam_audience v WHERE v.asset_id = a.id AND"
        " (v.group_id IS NULL OR v.group_id IN"
        " (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = %s))))",
        (viewer.pk, viewer.pk),
    )


def _carrying(kind: Kind, values: Sequence[str]) -> Sql:
    """Holds of an asset with any of the values."""
    if kind is Kind.UPLOADER:
        own = [int(value) for value in values]
        return _joined("(a.uploader_id IS NOT NULL AND ", [_among("a.uploader_id", own)], ")")
    if kind is Kind.TAG:
        select = (
            "a.id IN (SELECT t.content_object_id FROM dam_taggedasset t"
            " JOIN dam_tag g ON g.id = t.tag_id WHERE "
        )
        return _joined(select, [_among("g.key", values)], ")")
    if kind is Kind.COLLECTION:
        select = "a.id IN (SELECT i.asset_id FROM dam_collectionitem i WHERE "
        return _joined(select, [_among("i.collection_id", [int(v) for v in values])], ")")
    select = "a.id IN (SELECT f.asset_id FROM dam_assetfact f WHERE "
    return _joined(select, [Sql("f.kind = %s", (kind.value,)), _among("f.value", values)], ")")


def _faces(query: SearchQuery, *, but: Kind | None = None) -> dict[Kind, tuple[str, ...]]:
    """What is picked of faces."""
    return {
        kind: values for kind, values in query.values.items() if kind.is_of_face and kind is not but
    }


def _with_face(picks: Mapping[Kind, Sequence[str]]) -> Sql:
    """Holds of an asset with one face of which all of it is said."""
    names = [f"f_{kind.value}" for kind in picks]
    first = names[0]
    where = [
        Sql(f"{name}.asset_id = {first}.asset_id AND {name}.face = {first}.face")
        for name in names[1:]
    ]
    for name, (kind, values) in zip(names, picks.items(), strict=True):
        where += [Sql(f"{name}.kind = %s", (kind.value,)), _among(f"{name}.value", values)]
    tables = ", ".join(f"dam_assetfact {name}" for name in names)
    return _joined(f"a.id IN (SELECT {first}.asset_id FROM {tables} WHERE ", where, ")")


def _with_word(word: str) -> Sql:
    """Holds of an asset with a word that begins so."""
    beginning = f"% {word}%"
    return Sql(
        f"(' ' || {_PROSE} LIKE %s"
        " OR a.id IN (SELECT x.asset_id FROM dam_assettext x WHERE ' ' || lower(x.text) LIKE %s)"
        " OR a.id IN (SELECT t.content_object_id FROM dam_taggedasset t JOIN dam_tag g"
        " ON g.id = t.tag_id WHERE ' ' || replace(replace(g.key, '-', ' '), '''', ' ') LIKE %s))",
        (beginning,) * 3,
    )


def _among(column: str, values: Iterable[str | int]) -> Sql:
    listed = tuple(values)
    return Sql(f"{column} IN ({', '.join(['%s'] * len(listed))})", listed)


def _joined(before: str, parts: Sequence[Sql], after: str = "") -> Sql:
    text = " AND ".join(part.text for part in parts)
    return Sql(f"{before}{text}{after}", tuple(value for part in parts for value in part.values))


def _keep(table: str, assets: Sql) -> None:
    """Keeps the keys that a statement gives in a table of this connection."""
    _execute(Sql(f"DROP TABLE IF EXISTS {table}"))
    _execute(Sql(f"CREATE TEMPORARY TABLE {table} (asset bigint PRIMARY KEY)"))
    _execute(Sql(f"INSERT INTO {table} (asset) {assets.text}", assets.values))
    _execute(Sql(f"ANALYZE {table}"))


def _execute(sql: Sql) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.text, sql.values or None)
        return list(cursor.fetchall()) if cursor.description else []
