"""The metadata of an image as values, and what makes a text from a stranger's file fit to keep."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from dam.metadata._dates import clock_time

LONGEST_TEXT = 5000
LONGEST_LINE = 255
LONGEST_KEYWORD = 100
MOST_KEYWORDS = 100

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMetadata:
    """What a file says about its image. Texts are empty and numbers None where it says nothing."""

    camera: str = ""
    """Make and model."""
    lens: str = ""
    taken_at: str = ""
    """ISO 8601 date or time; with an offset only where the file gives one."""
    exposure_time: float | None = None
    """In seconds."""
    f_number: float | None = None
    iso: int | None = None
    focal_length: float | None = None
    """In millimetres."""
    latitude: float | None = None
    """In degrees, north positive; never without the longitude."""
    longitude: float | None = None
    """In degrees, east positive."""
    altitude: float | None = None
    """In metres above the sea."""
    city: str = ""
    country: str = ""
    keywords: tuple[str, ...] = ()
    title: str = ""
    caption: str = ""
    """May have several lines."""
    creator: str = ""
    copyright: str = ""
    software: str = ""

    @property
    def clock(self) -> datetime | None:
        """What the camera's clock showed, as if it were in UTC: few cameras know where they are."""
        return clock_time(self.taken_at)

    @property
    def words(self) -> str:
        """What else of it people may search by, beside the camera, the title and the caption."""
        parts = (self.lens, self.city, self.country, self.creator, self.copyright, *self.keywords)
        return "\n".join(part for part in parts if part)

    def as_dict(self) -> dict[str, Any]:
        """What `json.dumps` accepts, without what the file does not say."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["keywords"] = list(self.keywords)
        return {name: value for name, value in values.items() if value not in ("", None, [])}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The metadata that `as_dict` was made of; keys it does not know are passed over."""
        names = {field.name for field in fields(cls)}
        known = {name: value for name, value in values.items() if name in names}
        return cls(**known | {"keywords": tuple(known.get("keywords", ()))})


def clean_line(text: str, longest: int = LONGEST_LINE) -> str:
    """One line of printable text."""
    return _SPACE.sub(" ", clean_text(text[: longest * 4])).strip()[:longest].strip()


def clean_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Printable text in NFC, its lines kept.

    A NUL or a lone surrogate would not even get into the database.
    """
    text = unicodedata.normalize("NFC", text[:longest].replace("\r\n", "\n").replace("\r", "\n"))
    printable = (
        c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"} else " " for c in text
    )
    return _BIDI.sub("", "".join(printable)).strip()


def clean_keywords(words: Iterable[str]) -> tuple[str, ...]:
    """Keywords in their order, each once whatever its capitals, the first spelling kept."""
    unique: dict[str, str] = {}
    for word in words:
        keyword = clean_line(word, LONGEST_KEYWORD)
        if keyword:
            unique.setdefault(unicodedata.normalize("NFC", keyword.casefold()), keyword)
        if len(unique) == MOST_KEYWORDS:
            break
    return tuple(unique.values())
