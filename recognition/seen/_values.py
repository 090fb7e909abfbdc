"""What the panel consists of, ready to be printed."""

from dataclasses import dataclass
from typing import Generic, TypeVar

SHOWN = 8
"""Of a list, before it is unfolded."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is drawn over the image, as ratios of the upright image."""

    boxes: tuple[dict[str, float], ...] = ()
    """left, top, width, height."""
    points: tuple[tuple[float, float], ...] = ()
    """x, y of each landmark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that a service gave, safe to follow."""

    url: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFace:
    """A face, or somebody known by it."""

    key: str
    """Tells it from everything else on the page."""
    name: str
    """Of a celebrity, or "Face 1"."""
    confidence: float
    words: str
    """What is sure of it: "Female, 25-35, happy"."""
    rows: tuple[tuple[str, str], ...]
    """All that was said of it, as pairs of a label and a text."""
    mark: Mark
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenText:
    """A line of text on the image."""

    key: str
    """Tells it from everything else on the page."""
    text: str
    confidence: float
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenModeration:
    """Something that somebody may not want to see."""

    name: str
    confidence: float
    parents: str
    """What it is a sort of, the nearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[Item]):
    """A list of which the first sure items are shown; what is more, or unsure, is folded away."""

    sure: tuple[Item, ...] = ()
    unsure: tuple[Item, ...] = ()
    is_none: bool = False
    """Whether it was looked for in vain, so that an empty list says something."""

    @property
    def shown(self) -> tuple[Item, ...]:
        return self.sure[:SHOWN]

    @property
    def rest(self) -> tuple[Item, ...]:
        return (*self.sure[SHOWN:], *self.unsure)

    @property
    def rest_label(self) -> str:
        """How many are folded away: "3 more, 2 less sure"."""
        more, unsure = len(self.sure[SHOWN:]), len(self.unsure)
        parts = ([f"{more} more"] if more else []) + ([f"{unsure} less sure"] if unsure else [])
        return ", ".join(parts)

    @property
    def is_worth_showing(self) -> bool:
        return bool(self.sure or self.unsure or self.is_none)
