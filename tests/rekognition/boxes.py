"""Boxes as ratios of a picture, and what is recorded in one moved into another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Answer = dict[str, Any]
"""A response, or a part of one, as the service's JSON has it."""


@dataclass(frozen=True, slots=True)
class Box:
    """Ratios of the upright picture."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def of(cls, recorded: Mapping[str, float]) -> "Box":
        """A BoundingBox."""
        return cls(*(recorded[name] for name in ("Left", "Top", "Width", "Height")))

    @property
    def area(self) -> float:
        return self.width * self.height

    def as_answer(self) -> Answer:
        return {
            "Width": self.width,
            "Height": self.height,
            "Left": self.left,
            "Top": self.top,
        }

    def pixels(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in a picture of a size."""
        width, height = size
        return (
            round(self.left * width),
            round(self.top * height),
            round((self.left + self.width) * width),
            round((self.top + self.height) * height),
        )


def moved(value: Any, origin: Box, goal: Box) -> Any:
    """A part of a recorded answer, its boxes and points carried along from one box to another."""
    if isinstance(value, list):
        return [moved(item, origin, goal) for item in value]
    if not isinstance(value, dict):
        return value
    if {"Left", "Top", "Width", "Height"} <= value.keys():
        return _moved_box(Box.of(value), origin, goal).as_answer()
    result = {name: moved(item, origin, goal) for name, item in value.items()}
    if {"X", "Y"} <= value.keys():
        point = _moved_box(Box(value["X"], value["Y"], 0, 0), origin, goal)
        result |= {"X": point.left, "Y": point.top}
    return result


def _moved_box(box: Box, origin: Box, goal: Box) -> Box:
    across, down = goal.width / origin.width, goal.height / origin.height
    return Box(
        goal.left + (box.left - origin.left) * across,
        goal.top + (box.top - origin.top) * down,
        box.width * across,
        box.height * down,
    )
