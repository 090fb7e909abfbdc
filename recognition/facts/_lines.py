"""The lines of text that an image shows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dam.geometry import BoundingBox
from recognition.facts._places import join_places
from recognition.facts._values import FactValue, SeenDetection
from recognition.predictions import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    text: str
    confidence: float
    place: BoundingBox | None


def read_lines(seen: Iterable[SeenDetection], threshold: float) -> list[Line]:
    """The lines that are sure enough, in the order in which they are read.

    Of a line that several recognisers read the surest reading counts.
    """
    lines = [
        one
        for one in seen
        if one.kind == Kind.TEXT
        and one.attributes.get("type", "line") == "line"
        and one.confidence >= threshold
    ]
    return _in_reading_order(_line(readings[0]) for readings in join_places(lines))


def text_facts(lines: Sequence[Line]) -> Iterator[FactValue]:
    """That there is text."""
    if lines:
        surest = max(line.confidence for line in lines)
        yield FactValue(kind="text", value="yes", confidence=surest)


def _line(one: SeenDetection) -> Line:
    whole = one.attributes.get("text")
    return Line(
        text=whole if isinstance(whole, str) else one.name,
        confidence=one.confidence,
        place=one.place,
    )


def _in_reading_order(lines: Iterable[Line]) -> list[Line]:
    """Row by row: lines side by side are a row, though one may be a little lower."""
    everywhere = list(lines)
    rows: list[list[tuple[BoundingBox, Line]]] = []
    placed = [(line.place, line) for line in everywhere if line.place]
    for place, line in sorted(placed, key=lambda each: (each[0].centre.y, each[0].left)):
        if rows and _are_side_by_side(rows[-1][0][0], place):
            rows[-1].append((place, line))
        else:
            rows.append([(place, line)])
    read = [line for row in rows for _, line in sorted(row, key=lambda each: each[0].left)]
    return read + [line for line in everywhere if not line.place]


def _are_side_by_side(first: BoundingBox, second: BoundingBox) -> bool:
    """Whether the centre of each is as high as some part of the other."""
    return (
        first.top <= second.centre.y <= first.bottom
        and second.top <= first.centre.y <= second.bottom
    )
