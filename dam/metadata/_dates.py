"""Brings the dates of EXIF, XMP and IPTC to ISO 8601."""

import re
from datetime import UTC, date, datetime

Parts = tuple[int, int, int, int, int, int]
"""Year, month, day, hour, minute, second."""

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_IPTC_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)")


def clock_time(text: str) -> datetime | None:
    """What a clock showed at a date or time of ISO 8601, as if it were in UTC.

    None for what is neither, and for the first and the last year of the calendar: there other
    time zones could not have it.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if 1 < read.year < 9999 else None


def iso_time(parts: Parts, offset: str = "") -> str:
    """A time in ISO 8601, with the offset where that is one; empty for no time of any calendar."""
    try:
        text = datetime(*parts).isoformat()  # noqa: DTZ001 - cameras rarely know where they are
    except ValueError:
        return ""
    if offset == "Z":
        return text + "+00:00"
    match = _OFFSET.fullmatch(offset)
    return f"{text}{match[1]}{match[2]}:{match[3]}" if match else text


def iso_of_xmp(text: str) -> str:
    """A date or time of XMP as it is, without fractions; empty unless it names a day."""
    text = text.strip()
    try:
        if len(text) <= 10:
            return date.fromisoformat(text).isoformat()
        return datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return ""


def iso_of_iptc(day: str, time: str) -> str:
    """A date or time of IPTC's CCYYMMDD and HHMMSS±HHMM; empty where there is no such day."""
    try:
        on = datetime.strptime(day.strip(), "%Y%m%d").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return ""
    match = _IPTC_TIME.match(time.strip())
    if match is None:
        return on.isoformat()
    clock = (int(match[1]), int(match[2]), int(match[3]))
    return iso_time((on.year, on.month, on.day, *clock), time.strip()[6:]) or on.isoformat()
