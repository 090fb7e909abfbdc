"""Boxes and points on an image, as ratios of the upright image.

The upright image is the one a person sees: the EXIF orientation is applied. (0, 0) is its top left
corner, (1, 1) its bottom right one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on the upright image; each coordinate a ratio, usually 0-1."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundingBox:
    """A rectangle on the upright image; each number a ratio of its width or height.

    A recogniser may see an object that the frame cuts off, so a box may reach outside 0-1. It is
    kept as given; call `clamped` before drawing.
    """

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if self.width < 0 or self.height < 0:
            msg = f"A box cannot be {self.width} x {self.height}: give sides of 0 or more."
            raise ValueError(msg)

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def centre(self) -> Point:
        return Point(x=self.left + self.width / 2, y=self.top + self.height / 2)

    @property
    def area(self) -> float:
        """The share of the image that the box covers, 0-1 for a box inside it."""
        return self.width * self.height

    def clamped(self) -> Self:
        """The part of the box that lies on the image; of no size where it lies beside it."""
        left, right = (min(max(x, 0.0), 1.0) for x in (self.left, self.right))
        top, bottom = (min(max(y, 0.0), 1.0) for y in (self.top, self.bottom))
        return type(self)(left=left, top=top, width=right - left, height=bottom - top)

    def overlap(self, other: "BoundingBox") -> float:
        """Intersection over union with another box, 0-1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        whole = self.area + other.area - shared
        # Rounding would make two equal boxes, thin as a hair, overlap by more than all of them, and
        # still thinner ones have no area at all.
        return min(1.0, shared / whole) if whole > 0 else 0.0

    def as_dict(self) -> dict[str, float]:
        return {"left": self.left, "top": self.top, "width": self.width, "height": self.height}

    @classmethod
    def from_dict(cls, values: Mapping[str, float]) -> Self:
        return cls(
            left=values["left"], top=values["top"], width=values["width"], height=values["height"]
        )
