"""Dominant colours, and how bright, sharp and rich in contrast an image is (pure)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from recognition.facts import SeenDetection
from recognition.predictions import Json

_AREAS = {"image": "Whole image", "foreground": "Foreground", "background": "Background"}
_QUALITIES = ("brightness", "sharpness", "contrast")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenColour:
    name: str
    hex: str
    """#rrggbb."""
    share: float
    """Percentage of the pixels of its area."""
    start: str
    width: str
    """Where it stands in the bar of its area, 0-100, as SVG writes numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourArea:
    key: str
    title: str
    colours: tuple[SeenColour, ...]
    """The largest share first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityTable:
    """Brightness, sharpness and contrast, 0-100, of each area that was measured."""

    areas: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]


def colour_areas(seen: Iterable[SeenDetection]) -> tuple[ColourArea, ...]:
    """The colours of the image and of its parts. Where several recognisers tell, one counts."""
    by_area: dict[str, dict[str, list[SeenDetection]]] = defaultdict(lambda: defaultdict(list))
    for one in seen:
        if _is_colour(one):
            by_area[one.attributes.get("area", "image")][one.recogniser].append(one)
    return tuple(
        ColourArea(key=area, title=title, colours=_colours(min(by_area[area].items())[1]))
        for area, title in _AREAS.items()
        if area in by_area
    )


def quality_table(seen: Iterable[SeenDetection]) -> QualityTable | None:
    """How good the image and its parts are; None where nobody measured."""
    measured: dict[str, Mapping[str, Json]] = {}
    for one in sorted(seen, key=lambda one: one.recogniser):
        measured.setdefault(one.name, one.attributes)
    areas = [area for area in _AREAS if area in measured]
    if not areas:
        return None
    return QualityTable(
        areas=tuple(_AREAS[area] for area in areas),
        rows=tuple(
            (quality.capitalize(), tuple(_number(measured[area].get(quality)) for area in areas))
            for quality in _QUALITIES
        ),
    )


def _is_colour(one: SeenDetection) -> bool:
    said = one.attributes
    return bool(_HEX.fullmatch(str(said.get("hex")))) and _number(said.get("share")) is not None


def _colours(seen: Sequence[SeenDetection]) -> tuple[SeenColour, ...]:
    largest_first = sorted(seen, key=lambda one: -one.attributes["share"])
    shares = [max(float(one.attributes["share"]), 0.0) for one in largest_first]
    scale = 100 / (sum(shares) or 1)
    ends = accumulate(shares)
    return tuple(
        SeenColour(
            name=one.attributes.get("css") or one.name,
            hex=one.attributes["hex"].lower(),
            share=share,
            start=f"{(end - share) * scale:.2f}",
            width=f"{share * scale:.2f}",
        )
        for one, share, end in zip(largest_first, shares, ends, strict=True)
    )


def _number(value: Json) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
