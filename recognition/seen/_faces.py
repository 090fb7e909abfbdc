"""Faces, numbered as the facts about them are, and celebrities (pure)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from dam.geometry import BoundingBox
from recognition.facts import SeenDetection, facts_from, numbered_faces
from recognition.predictions import Kind
from recognition.seen._links import links
from recognition.seen._values import Found, Mark, SeenFace
from recognition.seen._words import age, describe, rows

_Face = Sequence[SeenDetection]
"""What the recognisers that saw a face say of it, the surest first."""


def seen_faces(
    seen: Sequence[SeenDetection], threshold: float, *, is_none: bool
) -> Found[SeenFace]:
    """The faces; those that are not sure enough for facts have no numbers."""
    facts = _facts_by_face(seen, threshold)
    sure = numbered_faces(seen, threshold)
    unsure = [face for face in numbered_faces(seen, 0) if face[0].confidence < threshold]
    return Found(
        sure=tuple(
            _face(f"face-{number}", f"Face {number}", face, facts[number])
            for number, face in enumerate(sure, start=1)
        ),
        unsure=tuple(
            _face(f"perhaps-face-{number}", "Perhaps a face", face, {})
            for number, face in enumerate(unsure, start=1)
        ),
        is_none=is_none,
    )


def seen_celebrities(seen: Iterable[SeenDetection], threshold: float) -> Found[SeenFace]:
    """Who was recognised, the surest first."""
    celebrities = (one for one in seen if one.kind == Kind.CELEBRITY)
    known = [_celebrity(f"celebrity-{n}", one) for n, one in enumerate(celebrities, start=1)]
    return Found(
        sure=tuple(face for face in known if face.confidence >= threshold),
        unsure=tuple(face for face in known if face.confidence < threshold),
    )


def mark(*seen: SeenDetection) -> Mark:
    """Where the first that knows it says that a thing is, and the points on it."""
    place = next((one.place for one in seen if one.place), None)
    points = next((found for one in seen if (found := one.attributes.get("landmarks"))), ())
    return Mark(
        boxes=(box(place),) if place and place.clamped().area else (),
        points=tuple((round(point["x"], 4), round(point["y"], 4)) for point in points),
    )


def box(place: BoundingBox) -> dict[str, float]:
    """The part of a box that lies on the image, no more exact than it can be drawn."""
    return {side: round(ratio, 4) for side, ratio in place.clamped().as_dict().items()}


def _facts_by_face(
    seen: Iterable[SeenDetection], threshold: float
) -> Mapping[int | None, dict[str, str]]:
    found = facts_from(seen, unsafe_threshold=0, fact_threshold=threshold, looked_for_faces=False)
    facts: dict[int | None, dict[str, str]] = defaultdict(dict)
    for fact in found.facts:
        facts[fact.face][fact.kind] = fact.value
    return facts


def _face(key: str, name: str, face: _Face, facts: Mapping[str, str]) -> SeenFace:
    aged = next((one.attributes for one in face if age(one.attributes)), {})
    return SeenFace(
        key=key,
        name=name,
        confidence=face[0].confidence,
        words=describe(facts, aged),
        rows=tuple(row for one in face for row in _rows(one, is_alone=len(face) == 1)),
        mark=mark(*face),
    )


def _rows(one: SeenDetection, *, is_alone: bool) -> tuple[tuple[str, str], ...]:
    """What one recogniser said, under its name where several did."""
    said = rows(one.attributes)
    return said if is_alone or not said else (("Recogniser", one.recogniser), *said)


def _celebrity(key: str, one: SeenDetection) -> SeenFace:
    return SeenFace(
        key=key,
        name=one.name,
        confidence=one.confidence,
        words="",
        rows=rows(one.attributes),
        mark=mark(one),
        links=links(one.attributes.get("urls")),
    )
