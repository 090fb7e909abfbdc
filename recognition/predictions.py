"""What a recogniser says about one image: values without a database behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dam.geometry import BoundingBox

Json = Any
"""Whatever `json.dumps` accepts."""


class Kind(StrEnum):
    """What sort of claim a prediction makes."""

    LABEL = "label"
    FACE = "face"
    TEXT = "text"
    MODERATION = "moderation"
    CELEBRITY = "celebrity"
    COLOUR = "colour"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One located occurrence of a label."""

    box: BoundingBox
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One claim about an image. Confidence is 0-100."""

    kind: Kind
    name: str
    confidence: float
    box: BoundingBox | None = None
    """Where the thing is, for kinds that are one thing: a face, a line of text."""
    instances: tuple[Instance, ...] = ()
    """Where a label's occurrences are; empty where the recogniser cannot tell."""
    parents: tuple[str, ...] = ()
    """Labels above this one, nearest first."""
    aliases: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    attributes: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name:
            msg = f"A {self.kind} prediction needs a name."
            raise ValueError(msg)
        if not 0 <= self.confidence <= 100:
            msg = f"{self.name}: a confidence of {self.confidence} is outside 0-100."
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything one recogniser says about one image."""

    predictions: tuple[Prediction, ...]
    model_version: str
    """The version the recogniser reports of itself."""
    raw: Json = None
    """The recogniser's own answer, kept so that it can be read again."""
    looked_for: frozenset[Kind] = frozenset()
    """Kinds of which it says that there is nothing where it has none. Empty: it does not tell."""
    remark: str = ""
    """What people should know of how it came about, such as a question left out."""
