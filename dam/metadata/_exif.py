"""Reads EXIF: what the camera says.

Source: CIPA DC-008 (EXIF 2.32), 4.6.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from dam.metadata._dates import Parts, iso_time

Tags = Mapping[int, Any]

_BROKEN = (
    AttributeError, KeyError, IndexError, OSError, OverflowError, RuntimeError, SyntaxError,
    TypeError, ValueError, ZeroDivisionError,
)  # fmt: skip
_TIME = re.compile(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?")
_COMPANY = re.compile(
    r"[\s,.]+(corporation|corp|company|co|ltd|inc|imaging|optical|electronics|digital|camera|gmbh|ag)"
    r"\.?$",
    re.IGNORECASE,
)
_BYTE = set(range(256))
# What cameras write into every picture that nobody described.
_NO_CAPTION = re.compile(
    r"(olympus|minolta|sony|kodak|konica|samsung|konica minolta)?\s*"
    r"(digital (still )?camera|dsc|dcim|default|untitled)",
    re.IGNORECASE,
)


def read_exif(exif: Image.Exif) -> dict[str, Any]:
    """Facts by the field of `ImageMetadata` they belong in; broken tags are passed over."""
    main = _tags(lambda: dict(exif))
    detail = _tags(lambda: exif.get_ifd(ExifTags.IFD.Exif))
    facts = {
        "camera": _camera(_text(main, 0x010F), _text(main, 0x0110)),
        "lens": _text(detail, 0xA434),
        "taken_at": _taken_at(detail),
        "exposure_time": _positive(detail, 0x829A),
        "f_number": _positive(detail, 0x829D),
        "iso": _iso(detail),
        "focal_length": _positive(detail, 0x920A),
        "caption": _caption(_text(main, 0x010E)),
        "creator": _text(main, 0x013B),
        "copyright": _text(main, 0x8298),
        "software": _text(main, 0x0131),
        "keywords": _windows_keywords(main.get(0x9C9E)),
    }
    return facts | _location(_tags(lambda: exif.get_ifd(ExifTags.IFD.GPSInfo)))


def _tags(read: Callable[[], Tags]) -> Tags:
    try:
        return dict(read())
    except _BROKEN:
        return {}


def _text(tags: Tags, tag: int) -> str:
    """A text; read as UTF-8 where it can be, for the standard's ASCII is what few writers heed."""
    value = tags.get(tag, "")
    if isinstance(value, tuple) and value:
        value = value[0]
    data = value.encode("latin-1", "replace") if isinstance(value, str) else value
    if not isinstance(data, bytes):
        return ""
    data = data.split(b"\x00")[0]
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError:
        return data.decode("latin-1").strip()


def _windows_keywords(value: object) -> tuple[str, ...]:
    """Keywords as Windows writes them (XPKeywords): UTF-16, separated by semicolons."""
    data = bytes(value) if isinstance(value, tuple) and set(value) <= _BYTE else value
    if not isinstance(data, bytes):
        return ()
    text = data.decode("utf-16-le", "ignore").split("\x00")[0]
    return tuple(text.split(";"))


def _number(value: object) -> float | None:
    if isinstance(value, tuple):
        value = value[0] if value else None
    if not isinstance(value, int | float | IFDRational):
        return None
    try:
        number = float(value)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _positive(tags: Tags, tag: int) -> float | None:
    number = _number(tags.get(tag))
    return round(number, 6) if number is not None and 0 < number < 1e6 else None


def _iso(tags: Tags) -> int | None:
    number = _positive(tags, 0x8827)
    return round(number) or None if number is not None else None


def _camera(make: str, model: str) -> str:
    """Make and model as people say them: no company forms, and the make but once."""
    brand = make
    while (shorter := _COMPANY.sub("", brand).strip(" ,.")) not in {"", brand}:
        brand = shorter
    first = re.split(r"[\s_-]", model, maxsplit=1)[0].casefold()
    if not brand or first in make.casefold().split() or not model:
        return model or brand
    if model.casefold().startswith(brand.casefold()):
        return model
    return f"{brand} {model}"


def _caption(text: str) -> str:
    return "" if _NO_CAPTION.fullmatch(text) else text


def _taken_at(tags: Tags) -> str:
    match = _TIME.match(_text(tags, 0x9003))
    if match is None:
        return ""
    year, month, day, hour, minute, second = (int(number or 0) for number in match.groups())
    parts: Parts = (year, month, day, hour, minute, second)
    return iso_time(parts, _text(tags, 0x9011))


def _location(tags: Tags) -> dict[str, float]:
    latitude = _degrees(tags.get(2), _text(tags, 1), negative="S", limit=90)
    longitude = _degrees(tags.get(4), _text(tags, 3), negative="W", limit=180)
    if latitude is None or longitude is None:
        return {}
    location = {"latitude": latitude, "longitude": longitude}
    altitude = _number(tags.get(6))
    if altitude is not None and abs(altitude) < 100_000:
        is_below = tags.get(5) in (1, b"\x01")
        location["altitude"] = round(-altitude if is_below else altitude, 2)
    return location


def _degrees(value: Any, reference: str, *, negative: str, limit: int) -> float | None:
    """Decimal degrees from degrees, minutes and seconds; None where they are none."""
    if not isinstance(value, tuple) or not 1 <= len(value) <= 3:
        return None
    numbers = [_number(part) for part in value]
    if any(number is None or number < 0 for number in numbers):
        return None
    degrees = sum((number or 0.0) / 60.0**power for power, number in enumerate(numbers))
    if degrees > limit:
        return None
    return round(-degrees if reference[:1].upper() == negative else degrees, 7)
