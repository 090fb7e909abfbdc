"""Facets as a template shows them: label, count, selected, link."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from dam.permissions import Viewer
from search.index import Index, ValueCount
from search.labels import TITLES, swatch, value_label
from search.query import Kind, SearchQuery

SHOWN = 15
"""Values that a facet shows before it is opened further."""
_OF_ALL_ASSETS = (Kind.STATUS, Kind.ORIENTATION, Kind.FORMAT, Kind.CAMERA)
"""Every asset has one, or nearly; the others an asset may well lack."""
_NUMBERS = (Kind.FACES, Kind.AGE)
"""Their values are numbers, or begin with one."""
_YES_OR_NO = (
    Kind.SMILE,
    Kind.EYES,
    Kind.MOUTH,
    Kind.EYEGLASSES,
    Kind.SUNGLASSES,
    Kind.BEARD,
    Kind.MOUSTACHE,
)
_OF_FACES = (Kind.FACES, Kind.GENDER, Kind.AGE, Kind.EMOTION, Kind.POSE, *_YES_OR_NO)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value, ready to be shown; its link picks it, or drops it where it is selected."""

    value: str
    label: str
    count: int
    selected: bool
    url: str
    swatch: str = ""
    """The colour that it names, as #rrggbb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One axis of narrowing."""

    kind: str
    title: str
    values: tuple[FacetValue, ...]
    """The selected ones first; then by number, yes before no, or the most frequent first."""

    @property
    def first_values(self) -> tuple[FacetValue, ...]:
        return self.values[:SHOWN]

    @property
    def more_values(self) -> tuple[FacetValue, ...]:
        return self.values[SHOWN:]

    @property
    def is_plain(self) -> bool:
        """Whether its values say what they are about, so that nobody need see its title."""
        return self.kind == Kind.FACES or self.kind in _YES_OR_NO

    @property
    def is_selected(self) -> bool:
        return any(value.selected for value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetGroup:
    """Facets that are shown together: behind a title, or without one as they are."""

    key: str
    title: str
    facets: tuple[Facet, ...]

    @property
    def is_open(self) -> bool:
        """Whether something in it is selected, which must not be out of sight."""
        return any(facet.is_selected for facet in self.facets)


def build_facets(index: Index, query: SearchQuery, viewer: Viewer) -> list[Facet]:
    """The facets of a query, without those that could not narrow it."""
    facets = (
        _build(kind, counts, query) for kind, counts in index.count_all(query, viewer).items()
    )
    return [facet for facet in facets if _narrows(facet)]


def grouped(facets: Iterable[Facet]) -> list[FacetGroup]:
    """The facets in their order, those of faces in a group of their own."""
    groups = groupby(facets, key=lambda facet: facet.kind in _OF_FACES)
    return [
        FacetGroup(
            key="faces" if is_of_faces else "",
            title="Faces" if is_of_faces else "",
            facets=tuple(members),
        )
        for is_of_faces, members in groups
    ]


def _build(kind: Kind, counts: list[ValueCount], query: SearchQuery) -> Facet:
    picked = query.picked(kind)
    values = [
        FacetValue(
            value=count.value,
            label=value_label(kind, count.label),
            count=count.count,
            selected=count.value in picked,
            url=query.toggled(kind, count.value).to_querystring(),
            swatch=swatch(kind, count.value),
        )
        for count in counts
    ]
    values.sort(key=lambda value: (not value.selected, _rank(kind, value.value)))
    return Facet(kind=kind.value, title=TITLES[kind], values=tuple(values))


def _rank(kind: Kind, value: str) -> int:
    """Where a value comes in its facet, if not by how frequent it is."""
    if kind in _NUMBERS:
        return _number(value)
    return int(kind in _YES_OR_NO and value in ("no", "closed"))


def _number(value: str) -> int:
    """The number that a value begins with; a link may have brought one without."""
    digits = value.rstrip("+").split("-")[0]
    return int(digits) if digits.isdecimal() and len(digits) < 10 else 0


def _narrows(facet: Facet) -> bool:
    """Whether there is something to pick or to drop; a sole value of all assets is neither."""
    if facet.kind not in _OF_ALL_ASSETS:
        return bool(facet.values)
    return len(facet.values) > 1 or facet.is_selected
