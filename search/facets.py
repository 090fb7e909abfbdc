"""Facets as a template shows them: label, count, selected, link."""

from dataclasses import dataclass

from dam.permissions import Viewer
from search.index import Index, ValueCount
from search.query import Kind, SearchQuery

SHOWN = 15
"""Values that a facet shows before it is opened further."""
_TITLES = {
    Kind.TAG: "Tags",
    Kind.COLLECTION: "Collections",
    Kind.STATUS: "Recognition",
    Kind.UNSAFE: "Content",
    Kind.ORIENTATION: "Orientation",
    Kind.FORMAT: "Format",
    Kind.CAMERA: "Camera",
}
_LABELS = {
    "recognised": "Recognised",
    "queued": "In the queue",
    "failed": "Failed",
    "none": "Not recognised",
    "unsafe": "Unsafe",
    "jpg": "JPEG",
    "webp": "WebP",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value, ready to be shown; its link picks it, or drops it where it is selected."""

    value: str
    label: str
    count: int
    selected: bool
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One axis of narrowing."""

    kind: str
    title: str
    values: tuple[FacetValue, ...]
    """The selected ones first, then the most frequent."""

    @property
    def first_values(self) -> tuple[FacetValue, ...]:
        return self.values[:SHOWN]

    @property
    def more_values(self) -> tuple[FacetValue, ...]:
        return self.values[SHOWN:]


def build_facets(index: Index, query: SearchQuery, viewer: Viewer) -> list[Facet]:
    """The facets of a query, without those that could not narrow it."""
    facets = (_build(kind, index.count(query, viewer, kind), query) for kind in Kind)
    return [facet for facet in facets if _narrows(facet)]


def value_label(kind: Kind, label: str) -> str:
    """A value as people read it."""
    if kind in (Kind.TAG, Kind.COLLECTION, Kind.CAMERA):
        return label
    return _LABELS.get(label) or (label.upper() if kind is Kind.FORMAT else label.capitalize())


def _build(kind: Kind, counts: list[ValueCount], query: SearchQuery) -> Facet:
    picked = query.picked(kind)
    values = [
        FacetValue(
            value=count.value,
            label=value_label(kind, count.label),
            count=count.count,
            selected=count.value in picked,
            url=query.toggled(kind, count.value).to_querystring(),
        )
        for count in counts
    ]
    values.sort(key=lambda value: not value.selected)
    return Facet(kind=kind.value, title=_TITLES[kind], values=tuple(values))


def _narrows(facet: Facet) -> bool:
    """Whether there is something to pick or to drop; a sole value of all assets is neither."""
    if facet.kind in (Kind.TAG, Kind.COLLECTION, Kind.UNSAFE):
        return bool(facet.values)
    return len(facet.values) > 1 or any(value.selected for value in facet.values)
