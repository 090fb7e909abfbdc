"""What somebody is looking for, as a value that lives in the URL (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, Self
from urllib.parse import urlencode

from dam.names import name_key, tidy_name
from search.kinds import Kind
from search.language import LONGEST_TEXT, MOST_WORDS, Asked, parse

__all__ = ["LONGEST_TEXT", "MOST_PICKS", "MOST_WORDS", "Kind", "Parameters", "SearchQuery", "Sort"]

LONGEST_VALUE = 300
"""In characters; no tag is longer."""
MOST_PICKS = 40
"""Values of one kind, and as many that are excluded."""
NOT = "not_"
"""What a kind begins with in the URL where its values are excluded."""
_PLACES = {kind: place for place, kind in enumerate(Kind)}
_NOTHING: Mapping[Kind, tuple[str, ...]] = MappingProxyType({})


class Sort(StrEnum):
    """The order of assets."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    TAKEN = "taken"
    NAME = "name"
    LARGEST = "largest"
    CONFIDENCE = "confidence"

    @property
    def label(self) -> str:
        return {
            Sort.RELEVANCE: "Best match",
            Sort.NEWEST: "Newest",
            Sort.OLDEST: "Oldest",
            Sort.TAKEN: "Date taken",
            Sort.NAME: "Name",
            Sort.LARGEST: "Largest",
            Sort.CONFIDENCE: "Confidence",
        }[self]


class Parameters(Protocol):
    """The part of Django's QueryDict that is read here."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """Text, facet values picked and excluded, order and page. Equal queries have equal URLs."""

    text: str = ""
    values: Mapping[Kind, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    excluded: Mapping[Kind, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    sort: Sort | None = None
    """None: by relevance where the text has words, else newest first."""
    page: int = 1
    is_text_cut: bool = field(default=False, compare=False)
    """Whether it was read from a text that is longer than one can be."""
    cut: tuple[Kind, ...] = field(default=(), compare=False)
    """Kinds of which it was read from more values than can be picked or excluded."""

    @classmethod
    def from_parameters(cls, parameters: Parameters) -> Self:
        """Reads a query; what makes no sense in it is passed over, as links grow old.

        A value that is both picked and excluded counts as picked.
        """
        values, excluded = _NOTHING, _NOTHING
        cut: list[Kind] = []
        for kind in Kind:
            picked = _values(kind, parameters.getlist(kind))
            unwanted = _values(kind, parameters.getlist(NOT + kind))
            others = [value for value in unwanted if value not in picked]
            if picked:
                values = _having(values, kind, picked[:MOST_PICKS])
            if others:
                excluded = _having(excluded, kind, others[:MOST_PICKS])
            if max(len(picked), len(others)) > MOST_PICKS:
                cut.append(kind)
        text = tidy_name(parameters.get("q", ""))
        sort, page = parameters.get("sort", ""), parameters.get("page", "")
        return cls(
            text=text[:LONGEST_TEXT].strip(),
            values=values,
            excluded=excluded,
            sort=Sort(sort) if sort in tuple(Sort) else None,
            page=max(int(page), 1) if page.isdecimal() and len(page) < 10 else 1,
            is_text_cut=len(text) > LONGEST_TEXT,
            cut=tuple(cut),
        )

    @property
    def asked(self) -> Asked:
        """What the text asks for; it is read once."""
        return parse(self.text)

    @property
    def order(self) -> Sort:
        by_default = Sort.RELEVANCE if self.asked.has_relevance else Sort.NEWEST
        if self.sort is Sort.RELEVANCE:
            return by_default
        return self.sort or by_default

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the library."""
        return not self.text and not self.has_picks

    @property
    def has_picks(self) -> bool:
        """Whether a value is picked or excluded."""
        return bool(self.values or self.excluded)

    def picked(self, kind: Kind) -> tuple[str, ...]:
        return self.values.get(kind, ())

    def excluded_of(self, kind: Kind) -> tuple[str, ...]:
        return self.excluded.get(kind, ())

    def is_excluding(self, kind: Kind, value: str) -> bool:
        return value in self.excluded_of(kind)

    def toggled(self, kind: Kind, value: str) -> Self:
        """The query with a value picked that was not, or the other way round; on its first page.

        A value that was excluded is not any more.
        """
        return replace(
            self,
            values=_having(self.values, kind, {*self.picked(kind)} ^ {value}),
            excluded=_having(self.excluded, kind, {*self.excluded_of(kind)} - {value}),
            page=1,
        )

    def excluding(self, kind: Kind, value: str) -> Self:
        """The query with a value excluded that was not, or the other way round; on its first page.

        A value that was picked is not any more.
        """
        return replace(
            self,
            values=_having(self.values, kind, {*self.picked(kind)} - {value}),
            excluded=_having(self.excluded, kind, {*self.excluded_of(kind)} ^ {value}),
            page=1,
        )

    def without(self, kind: Kind) -> Self:
        """The query with no value of a kind picked; what is excluded stays so."""
        return replace(self, values=_having(self.values, kind, ()), page=1)

    def on_page(self, page: int) -> Self:
        return replace(self, page=page)

    def sorted_by(self, sort: Sort) -> Self:
        return replace(self, sort=sort, page=1)

    def with_text(self, text: str) -> Self:
        return replace(self, text=text, page=1)

    def without_text(self) -> Self:
        return self.with_text("")

    def everywhere(self) -> Self:
        """The text alone, among everything."""
        return type(self)(text=self.text)

    def cleared(self) -> Self:
        """Everything, in the same order."""
        return type(self)(sort=self.sort)

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What `from_parameters` reads, without what is there by default."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(kind.value, value) for kind, value in _in_order(self.values)]
        pairs += [(f"{NOT}{kind.value}", value) for kind, value in _in_order(self.excluded)]
        if self.sort:
            pairs.append(("sort", self.sort.value))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return pairs

    def to_querystring(self, also: Iterable[tuple[str, str]] = ()) -> str:
        """The query as a relative link: a question mark and the parameters, and others besides."""
        return "?" + urlencode([*self.parameters, *also])


def _in_order(values: Mapping[Kind, tuple[str, ...]]) -> Iterable[tuple[Kind, str]]:
    """Each value with its kind, always in the same order, so that one query has one address."""
    for kind in sorted(values, key=_PLACES.__getitem__):
        for value in values[kind]:
            yield kind, value


def _having(
    values: Mapping[Kind, tuple[str, ...]], kind: Kind, of_kind: Iterable[str]
) -> Mapping[Kind, tuple[str, ...]]:
    """The values with exactly these of one kind."""
    changed = {**values, kind: tuple(sorted(of_kind))}
    return MappingProxyType({kind: some for kind, some in changed.items() if some})


def _values(kind: Kind, raws: Iterable[str]) -> list[str]:
    """The values that make sense, each once."""
    return list(dict.fromkeys(value for raw in raws if (value := _value(kind, raw))))


def _value(kind: Kind, raw: str) -> str:
    """A value as it is compared: tags by their key, what has a row by its key, others as is."""
    if kind in (Kind.COLLECTION, Kind.UPLOADER):
        return raw if raw.isdecimal() and len(raw) < 19 else ""
    if "\x00" in raw or len(raw) > LONGEST_VALUE:
        return ""
    return name_key(raw) if kind is Kind.TAG else raw.strip()
