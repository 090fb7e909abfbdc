"""Facets as a template shows them: label, count, selected or excluded, links."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import quote, quote_plus

from django.urls import reverse

from search.index import PAGE_VALUES, ValueCount
from search.labels import TITLES, chip_label, count_label, swatch, value_label
from search.query import NOT, Kind, SearchQuery

SHOWN = 10
"""Values that a facet shows beside the assets; the others are on its own page."""
_YES_OR_NO = (
    Kind.SMILE,
    Kind.EYES,
    Kind.MOUTH,
    Kind.EYEGLASSES,
    Kind.SUNGLASSES,
    Kind.BEARD,
    Kind.MOUSTACHE,
)
_OF_FACES = (Kind.FACES, *(kind for kind in Kind if kind.is_of_face))
_OF_PICTURES = (Kind.TAG, Kind.PERSON, Kind.CUSTOM, Kind.COLLECTION, Kind.COLOUR, Kind.TEXT)
_OF_FILES = (Kind.YEAR, Kind.MONTH, Kind.CAMERA, Kind.ORIENTATION, Kind.FORMAT, Kind.UPLOADER)
_OF_RECOGNITION = (Kind.UNSAFE, Kind.MODERATION, Kind.STATUS, Kind.RECOGNISER)
ORDER = (*_OF_PICTURES, *_OF_FACES, *_OF_FILES, *_OF_RECOGNITION)
"""Facets from top to bottom."""
_OF_ALL_ASSETS = (
    Kind.STATUS,
    Kind.ORIENTATION,
    Kind.FORMAT,
    Kind.CAMERA,
    Kind.YEAR,
    Kind.MONTH,
    Kind.UPLOADER,
    Kind.RECOGNISER,
)
"""Every asset has one, or nearly; the others an asset may well lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value, ready to be shown; its link picks it, or drops it where that was done."""

    key: str
    """Tells it from all other values on the page."""
    value: str
    label: str
    count: int
    selected: bool
    url: str
    excluded: bool = False
    adds: bool = False
    """Whether the count is by how many assets picking it would enlarge what is found."""
    not_url: str = ""
    """Excludes it; empty where it is selected or excluded."""
    swatch: str = ""
    """The colour that it names, as #rrggbb."""

    @property
    def shown_count(self) -> str:
        return count_label(self.count, adds=self.adds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A value that is selected or excluded, said by itself; its link drops it."""

    key: str
    label: str
    url: str
    excluded: bool
    swatch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One axis of narrowing."""

    kind: str
    title: str
    values: tuple[FacetValue, ...]
    """The selected ones first, then the excluded; then by number or date, yes before no, or the
    most frequent first. No more than are shown."""
    more: str = ""
    """How many values there are besides, in words."""
    more_url: str = ""
    """The page with all of them."""

    @property
    def is_plain(self) -> bool:
        """Whether its values say what they are about, so that nobody need see its title."""
        return self.kind == Kind.FACES or self.kind in _YES_OR_NO

    @property
    def is_selected(self) -> bool:
        return any(value.selected or value.excluded for value in self.values)


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


def build_facets(
    counts: Mapping[Kind, Sequence[ValueCount]], query: SearchQuery, *, total: int
) -> list[Facet]:
    """The facets of a query that finds so many, without those that could not narrow it."""
    links = _Links(query)
    return [
        _facet(kind, counts[kind], links, SHOWN)
        for kind in ORDER
        if _narrows(kind, counts.get(kind, ()), query, total)
    ]


def build_facet(
    kind: Kind, counts: Sequence[ValueCount], query: SearchQuery, *, most: int = SHOWN
) -> Facet:
    """A facet with so many values; picked and excluded ones are shown however many they are."""
    return _facet(kind, counts, _Links(query), most)


def facet_url(kind: Kind, query: SearchQuery) -> str:
    """The page with all values of a facet, for a query."""
    return reverse("search:facet", args=[kind.value]) + query.on_page(1).to_querystring()


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


def chips(facets: Iterable[Facet]) -> list[Chip]:
    """What is selected and excluded, in the order of the facets."""
    return [
        Chip(
            key=value.value,
            label=chip_label(Kind(facet.kind), value.label, is_excluded=value.excluded),
            url=value.url,
            excluded=value.excluded,
            swatch=value.swatch,
        )
        for facet in facets
        for value in facet.values
        if value.selected or value.excluded
    ]


def sole_collection(facets: Iterable[Facet]) -> str:
    """What the collection is called that is picked; empty where none is, or several are."""
    names = [
        value.label
        for facet in facets
        if facet.kind == Kind.COLLECTION
        for value in facet.values
        if value.selected
    ]
    return names[0] if len(names) == 1 else ""


class _Links:
    """Links that pick or exclude values.

    A page has hundreds of them that differ in the value alone, so that is put into a link that is
    made once wherever nothing of the kind is picked or excluded yet, which would have to be sorted.
    """

    def __init__(self, query: SearchQuery) -> None:
        self.query = query
        self._gaps = _gaps(query)
        page = reverse("search:facet", args=[_SOME_KIND.value])
        before, _kind, after = page.rpartition(_SOME_KIND.value)
        self._facet_page = before, after + query.on_page(1).to_querystring()

    def facet(self, kind: Kind) -> str:
        """What `facet_url` answers."""
        return kind.value.join(self._facet_page)

    def toggling(self, kind: Kind, value: str, encoded: str) -> str:
        if gap := self._gaps.get(kind.value):
            return encoded.join(gap)
        return self.query.toggled(kind, value).to_querystring()

    def excluding(self, kind: Kind, value: str, encoded: str) -> str:
        if gap := self._gaps.get(f"{NOT}{kind.value}"):
            return encoded.join(gap)
        return self.query.excluding(kind, value).to_querystring()


_SOME_KIND = Kind.CAMERA
"""Stands for a kind in an address, of which a page has many that differ in nothing else."""


def _gaps(query: SearchQuery) -> dict[str, tuple[str, str]]:
    """By parameters of kinds that a query has no value of, a link's parts around such a value."""
    untouched = [kind for kind in Kind if not (query.picked(kind) or query.excluded_of(kind))]
    some = dict.fromkeys(untouched, ("",))
    full = replace(query, values={**query.values, **some}, excluded={**query.excluded, **some})
    before, starts = "?", {}
    for name, value in full.on_page(1).parameters:
        if value:
            before += f"{name}={quote_plus(value)}&"
        else:
            starts[name] = len(before)
    link = before[:-1]
    return {
        name: (f"{before[:at]}{name}=", f"&{link[at:]}" if link[at:] else "")
        for name, at in starts.items()
    }


def _facet(kind: Kind, counts: Sequence[ValueCount], links: _Links, most: int) -> Facet:
    query = links.query
    picked, excluded = query.picked(kind), query.excluded_of(kind)
    ranked = counts
    if picked or excluded or kind.has_own_order or kind in _YES_OR_NO:
        ranked = sorted(
            counts,
            key=lambda count: (
                count.value not in picked,
                count.value not in excluded,
                _rank(kind, count.value),
            ),
        )
    shown = ranked[: max(most, len(picked) + len(excluded))]
    others = len(ranked) - len(shown)
    is_cut = len(counts) >= PAGE_VALUES
    return Facet(
        kind=kind.value,
        title=TITLES[kind],
        values=tuple(_value(kind, count, links) for count in shown),
        more="" if not others else "More" if is_cut else f"{others} more",
        more_url=links.facet(kind) if others else "",
    )


def _value(kind: Kind, count: ValueCount, links: _Links) -> FacetValue:
    value = count.value
    selected = value in links.query.picked(kind)
    excluded = links.query.is_excluding(kind, value)
    quoted = quote(value, safe="")
    encoded = quoted.replace("%20", "+")
    excluding = links.excluding(kind, value, encoded)
    return FacetValue(
        key=f"{kind.value}-{quoted}",
        value=value,
        label=value_label(kind, count.label),
        count=count.count,
        adds=count.adds,
        selected=selected,
        excluded=excluded,
        url=excluding if excluded else links.toggling(kind, value, encoded),
        not_url="" if selected or excluded else excluding,
        swatch=swatch(kind, value),
    )


def _rank(kind: Kind, value: str) -> int:
    """Where a value comes in its facet, if not by how frequent it is."""
    if kind.has_own_order:
        return kind.place_of(value)
    return int(kind in _YES_OR_NO and value in ("no", "closed"))


def _narrows(kind: Kind, counts: Sequence[ValueCount], query: SearchQuery, total: int) -> bool:
    """Whether there is something to pick or to drop; a sole value of all assets is neither."""
    if kind not in _OF_ALL_ASSETS or len(counts) != 1:
        return bool(counts)
    is_used = query.picked(kind) or query.excluded_of(kind)
    return bool(is_used) or counts[0].count < total
