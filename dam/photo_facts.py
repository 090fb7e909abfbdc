"""What a file says about its photo, in words (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dam.metadata import ImageMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFact:
    label: str
    text: str


def photo_facts(metadata: ImageMetadata) -> list[PhotoFact]:
    """Every fact the file has, in the order people look for them."""
    pairs = {
        "Taken": taken_at(metadata.taken_at),
        "Camera": metadata.camera,
        "Lens": metadata.lens,
        "Exposure": ", ".join(_exposure(metadata)),
        "Location": ", ".join(part for part in (metadata.city, metadata.country) if part),
        "Coordinates": coordinates(metadata),
        "Title": metadata.title,
        "Caption": metadata.caption,
        "Keywords": ", ".join(metadata.keywords),
        "Creator": metadata.creator,
        "Copyright": metadata.copyright,
        "Software": metadata.software,
    }
    return [PhotoFact(label=label, text=text) for label, text in pairs.items() if text]


def taken_at(moment: str) -> str:
    """A date or time of ISO 8601 as people write it; what is neither stays as it is."""
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    day = f"{read.day} {read:%B %Y}"
    if "T" not in moment and ":" not in moment:
        return day
    offset = f" (UTC{read:%:z})" if read.utcoffset() is not None else ""
    return f"{day}, {read:%H:%M}{offset}"


def coordinates(metadata: ImageMetadata) -> str:
    """Latitude and longitude in degrees, and the height where the file has it."""
    if metadata.latitude is None or metadata.longitude is None:
        return ""
    north = "N" if metadata.latitude >= 0 else "S"
    east = "E" if metadata.longitude >= 0 else "W"
    place = f"{abs(metadata.latitude):.5f}° {north}, {abs(metadata.longitude):.5f}° {east}"
    return place if metadata.altitude is None else f"{place}, {metadata.altitude:,.0f} m"


def shutter(seconds: float) -> str:
    """An exposure time as a camera shows it."""
    return f"{seconds:g} s" if seconds >= 0.4 else f"1/{round(1 / seconds)} s"


def _exposure(metadata: ImageMetadata) -> Iterator[str]:
    if metadata.exposure_time:
        yield shutter(metadata.exposure_time)
    if metadata.f_number:
        yield f"f/{metadata.f_number:g}"
    if metadata.iso:
        yield f"ISO {metadata.iso}"
    if metadata.focal_length:
        yield f"{metadata.focal_length:g} mm"
