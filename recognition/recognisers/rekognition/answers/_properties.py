"""Looks of an image, of its foreground and of its background: colours and quality."""

import re
from collections.abc import Iterator

from recognition.predictions import Kind, Prediction
from recognition.recognisers.rekognition.answers._members import (
    Members,
    fit_name,
    read_count,
    read_entries,
    read_numbers,
    read_part,
    read_percent,
    read_string,
)

_QUALITY = {"brightness": "Brightness", "sharpness": "Sharpness", "contrast": "Contrast"}
_HEX = re.compile(r"#?([0-9a-f]{6})")


def read_properties(response: Members) -> list[Prediction]:
    """What DetectLabels says of dominant colours and of the quality of the picture."""
    whole = read_part(response, "ImageProperties")
    areas = {
        "image": whole,
        "foreground": read_part(whole, "Foreground"),
        "background": read_part(whole, "Background"),
    }
    return [prediction for area, looks in areas.items() for prediction in _read(area, looks)]


def _read(area: str, looks: Members) -> Iterator[Prediction]:
    for entry in read_entries(looks, "DominantColors"):
        if colour := _colour(area, entry):
            yield colour
    if quality := read_numbers(read_part(looks, "Quality"), _QUALITY):
        yield Prediction(kind=Kind.QUALITY, name=area, confidence=100.0, attributes=quality)


def _colour(area: str, entry: Members) -> Prediction | None:
    css = read_string(entry, "CSSColor").lower()
    name, cut = fit_name(read_string(entry, "SimplifiedColor").lower() or css)
    if not name:
        return None
    parts = {"hex": _hex(entry), "css": css or None, "share": read_percent(entry, "PixelPercent")}
    said = {part: value for part, value in parts.items() if value is not None}
    return Prediction(
        kind=Kind.COLOUR, name=name, confidence=100.0, attributes={**said, "area": area, **cut}
    )


def _hex(entry: Members) -> str | None:
    """The colour as CSS writes it, `#6b8e23`."""
    if match := _HEX.fullmatch(read_string(entry, "HexCode").lower()):
        return f"#{match[1]}"
    channels = [read_count(entry, member) for member in ("Red", "Green", "Blue")]
    if any(channel is None or channel > 255 for channel in channels):
        return None
    return "#" + "".join(f"{channel:02x}" for channel in channels)
