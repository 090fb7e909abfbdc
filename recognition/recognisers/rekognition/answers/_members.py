"""Members of an answer, each of which may be missing, null or not what it should be."""

import math
from collections.abc import Mapping
from typing import Any

from dam.geometry import BoundingBox
from recognition.predictions import Json

Members = Mapping[str, Any]

LONGEST_NAME = 200
"""In characters: more do not fit where names are stored."""

_HAIR = 0.1
"""By how much rounding may take a confidence out of 0-100; what is further out is none."""
_LARGEST = 1e9
"""A number beyond it, infinite or no number at all, is none that an answer could mean."""


def read_entries(holder: Members, member: str) -> list[Members]:
    """The objects in a list."""
    return [entry for entry in read_list(holder, member) if isinstance(entry, Mapping)]


def read_list(holder: Members, member: str) -> list[Any]:
    values = holder.get(member)
    return values if isinstance(values, list) else []


def read_part(holder: Members, member: str) -> Members:
    """The object under a member; an empty one where there is none."""
    value = holder.get(member)
    return value if isinstance(value, Mapping) else {}


def read_string(holder: Members, member: str) -> str:
    """The string under a member without what no database takes; empty where it shows nothing."""
    value = holder.get(member)
    if not isinstance(value, str):
        return ""
    text = _storable_text(value)
    return text if text.strip() else ""


def read_names(holder: Members, member: str) -> tuple[str, ...]:
    """The names of the objects in a list, each once."""
    names = (read_string(entry, "Name") for entry in read_entries(holder, member))
    return tuple(dict.fromkeys(name for name in names if name))


def read_number(holder: Members, member: str) -> float | None:
    value = holder.get(member)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < _LARGEST else None


def read_numbers(holder: Members, members: Mapping[str, str]) -> dict[str, Json]:
    """The numbers under some members, by our names for them; those that are there."""
    numbers = {name: read_number(holder, member) for name, member in members.items()}
    return {name: number for name, number in numbers.items() if number is not None}


def read_count(holder: Members, member: str) -> int | None:
    """A whole number of 0 or more."""
    number = read_number(holder, member)
    return int(number) if number is not None and number >= 0 and number.is_integer() else None


def read_percent(holder: Members, member: str = "Confidence") -> float | None:
    """A number of 0-100, such as a confidence."""
    number = read_number(holder, member)
    if number is None or not -_HAIR <= number <= 100 + _HAIR:
        return None
    return min(max(number, 0.0), 100.0)


def read_box(holder: Members) -> BoundingBox | None:
    """The bounding box, which may reach beyond the image; None for one of negative size."""
    sides = read_numbers(
        read_part(holder, "BoundingBox"),
        {"left": "Left", "top": "Top", "width": "Width", "height": "Height"},
    )
    if len(sides) < 4 or sides["width"] < 0 or sides["height"] < 0:
        return None
    return BoundingBox.from_dict(sides)


def fit_name(name: str) -> tuple[str, dict[str, Json]]:
    """A name as it can be stored, and attributes that hold the whole of one that was cut."""
    if len(name) <= LONGEST_NAME:
        return name, {}
    return name[:LONGEST_NAME], {"text": name}


def storable(value: Json) -> Json:
    """An answer without what no database takes: NUL, halves of surrogate pairs, infinity."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {member: storable(each) for member, each in value.items()}
    return value


def _storable_text(text: str) -> str:
    return text.replace("\0", "").encode(errors="ignore").decode()
