"""What somebody is looking for, as a value that lives in the URL (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, Self
from urllib.parse import urlencode

from dam.names import name_key, tidy_name

LONGEST_TEXT = 200
MOST_WORDS = 12
MOST_PICKS = 12
"""Values of one kind."""


class Sort(StrEnum):
    """The order of assets."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    LARGEST = "largest"

    @property
    def label(self) -> str:
        return {
            Sort.RELEVANCE: "Best match",
            Sort.NEWEST: "Newest",
            Sort.OLDEST: "Oldest",
            Sort.NAME: "Name",
            Sort.LARGEST: "Largest",
        }[self]


class Kind(StrEnum):
    """The axes of narrowing; each is a parameter of the URL."""

    TAG = "tag"
    COLLECTION = "collection"
    STATUS = "status"
    UNSAFE = "unsafe"
    MODERATION = "moderation"
    COLOUR = "colour"
    TEXT = "text"
    FACES = "faces"
    GENDER = "gender"
    AGE = "age"
    EMOTION = "emotion"
    POSE = "pose"
    SMILE = "smile"
    EYES = "eyes"
    MOUTH = "mouth"
    EYEGLASSES = "eyeglasses"
    SUNGLASSES = "sunglasses"
    BEARD = "beard"
    MOUSTACHE = "moustache"
    ORIENTATION = "orientation"
    FORMAT = "format"
    CAMERA = "camera"

    @property
    def combines_with_and(self) -> bool:
        """Whether an asset must have every value picked, or any of them."""
        return self in (Kind.TAG, Kind.COLLECTION)


class Parameters(Protocol):
    """The part of Django's QueryDict that is read here."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """Words, picked facet values, order and page. Equal queries have equal URLs."""

    text: str = ""
    values: Mapping[Kind, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    sort: Sort | None = None
    """None: by relevance where there are words, else newest first."""
    page: int = 1

    @classmethod
    def from_parameters(cls, parameters: Parameters) -> Self:
        """Reads a query; what makes no sense in it is passed over, as links grow old."""
        values = {
            kind: tuple(sorted(_values(kind, parameters.getlist(kind))[:MOST_PICKS]))
            for kind in Kind
        }
        sort, page = parameters.get("sort", ""), parameters.get("page", "")
        return cls(
            text=tidy_name(parameters.get("q", ""))[:LONGEST_TEXT],
            values=MappingProxyType({kind: picked for kind, picked in values.items() if picked}),
            sort=Sort(sort) if sort in tuple(Sort) else None,
            page=max(int(page), 1) if page.isdecimal() and len(page) < 10 else 1,
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The words to find, each of which must be there, in lower case."""
        return tuple(dict.fromkeys(self.text.lower().split()))[:MOST_WORDS]

    @property
    def order(self) -> Sort:
        if self.sort is Sort.RELEVANCE and not self.words:
            return Sort.NEWEST
        return self.sort or (Sort.RELEVANCE if self.words else Sort.NEWEST)

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the library."""
        return not self.text and not self.values

    def picked(self, kind: Kind) -> tuple[str, ...]:
        return self.values.get(kind, ())

    def toggled(self, kind: Kind, value: str) -> Self:
        """The query with a value picked that was not, or the other way round; on its first page."""
        before = self.picked(kind)
        after = set(before) ^ {value}
        return self._with(kind, after)

    def without(self, kind: Kind) -> Self:
        return self._with(kind, ())

    def on_page(self, page: int) -> Self:
        return replace(self, page=page)

    def sorted_by(self, sort: Sort) -> Self:
        return replace(self, sort=sort, page=1)

    def without_text(self) -> Self:
        return replace(self, text="", page=1)

    def cleared(self) -> Self:
        """Everything, in the same order."""
        return type(self)(sort=self.sort)

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What `from_parameters` reads, without what is there by default."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(kind.value, value) for kind in Kind for value in self.picked(kind)]
        if self.sort:
            pairs.append(("sort", self.sort.value))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return pairs

    def to_querystring(self) -> str:
        """The query as a relative link: a question mark and the parameters."""
        return "?" + urlencode(self.parameters)

    def _with(self, kind: Kind, picked: Iterable[str]) -> Self:
        values = {**self.values, kind: tuple(sorted(picked))}
        kept = {kind: picked for kind, picked in values.items() if picked}
        return replace(self, values=MappingProxyType(kept), page=1)


def _values(kind: Kind, raws: Iterable[str]) -> list[str]:
    """The values that make sense, each once."""
    return list(dict.fromkeys(value for raw in raws if (value := _value(kind, raw))))


def _value(kind: Kind, raw: str) -> str:
    """A value as it is compared: tags by their key, the others as they are."""
    if kind is Kind.COLLECTION:
        return raw if raw.isdecimal() and len(raw) < 19 else ""
    if "\x00" in raw:
        return ""
    return name_key(raw) if kind is Kind.TAG else raw.strip()
