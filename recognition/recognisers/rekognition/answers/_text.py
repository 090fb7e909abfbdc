"""Text on the image: lines, and the words in them."""

from recognition.predictions import Json, Kind, Prediction
from recognition.recognisers.rekognition.answers._members import (
    Members,
    fit_name,
    read_box,
    read_count,
    read_entries,
    read_number,
    read_part,
    read_percent,
    read_string,
)


def read_text(response: Members) -> list[Prediction]:
    """What DetectText says: lines and words with where they are."""
    texts = (_text(entry) for entry in read_entries(response, "TextDetections"))
    return [text for text in texts if text]


def _text(entry: Members) -> Prediction | None:
    name, cut = fit_name(read_string(entry, "DetectedText"))
    confidence = read_percent(entry)
    if not name or confidence is None:
        return None
    geometry = read_part(entry, "Geometry")
    return Prediction(
        kind=Kind.TEXT,
        name=name,
        confidence=confidence,
        box=read_box(geometry),
        attributes={**_place(entry, geometry), **cut},
    )


def _place(entry: Members, geometry: Members) -> dict[str, Json]:
    """Which line or word it is, and its outline, which may be askew."""
    parent = read_count(entry, "ParentId")
    # Only words have a parent, so that tells them from lines where nothing else does.
    kind = read_string(entry, "Type").lower() or ("line" if parent is None else "word")
    said: dict[str, Json] = {"type": kind, "id": read_count(entry, "Id"), "parent": parent}
    points = [
        {"x": read_number(point, "X"), "y": read_number(point, "Y")}
        for point in read_entries(geometry, "Polygon")
    ]
    if points and not any(None in point.values() for point in points):
        said["polygon"] = points
    return {name: value for name, value in said.items() if value is not None}
