"""What goes in and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dam.geometry import BoundingBox
from recognition.predictions import Json

LONGEST_VALUE = 200
"""In characters, of what a fact says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDetection:
    """A stored detection, as facts see it."""

    kind: str
    name: str
    confidence: float
    recogniser: str
    """Its alias."""
    box: Mapping[str, float] | None = None
    attributes: Mapping[str, Json] = field(default_factory=dict)

    @property
    def place(self) -> BoundingBox | None:
        return BoundingBox.from_dict(self.box) if self.box else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactValue:
    """A searchable thing: smile yes, colour green."""

    kind: str
    value: str
    confidence: float | None = None
    """0-100; of a colour its share of the image; None where it is certain."""
    face: int | None = None
    """The number of the face that it is about."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self.value[:LONGEST_VALUE])


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFacts:
    facts: tuple[FactValue, ...]
    """Each kind and value once a face, or once where it is about no face."""
    texts: Mapping[str, str]
    """By their kind."""
