"""What can be asked of Amazon Rekognition about a picture, and by which operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from recognition.predictions import Kind, Prediction
from recognition.recognisers.rekognition import answers

API_VERSION = "2016-06-27"
"""The version of Amazon's interface that we speak."""


class Feature(StrEnum):
    """A capability that is switched on on its own."""

    MODERATION = "moderation"
    LABELS = "labels"
    PROPERTIES = "properties"
    FACES = "faces"
    TEXT = "text"
    CELEBRITIES = "celebrities"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """How a feature is asked for, and how its answer is read."""

    operation: str
    price: Decimal
    """Of one image where no other price is configured: Amazon's for the first million a month, in
    US dollars. A model for custom labels is paid by the hour instead."""
    read: Callable[[Mapping[str, Any]], list[Prediction]]
    looks_for: Kind


ABILITIES: Mapping[Feature, Ability] = {
    Feature.MODERATION: Ability(
        operation="DetectModerationLabels",
        price=Decimal("0.001"),
        read=answers.read_moderation,
        looks_for=Kind.MODERATION,
    ),
    Feature.LABELS: Ability(
        operation="DetectLabels",
        price=Decimal("0.001"),
        read=answers.read_labels,
        looks_for=Kind.LABEL,
    ),
    Feature.PROPERTIES: Ability(
        operation="DetectLabels",
        price=Decimal("0.00075"),
        read=answers.read_properties,
        looks_for=Kind.COLOUR,
    ),
    Feature.FACES: Ability(
        operation="DetectFaces",
        price=Decimal("0.001"),
        read=answers.read_faces,
        looks_for=Kind.FACE,
    ),
    Feature.TEXT: Ability(
        operation="DetectText",
        price=Decimal("0.001"),
        read=answers.read_text,
        looks_for=Kind.TEXT,
    ),
    Feature.CELEBRITIES: Ability(
        operation="RecognizeCelebrities",
        price=Decimal("0.001"),
        read=answers.read_celebrities,
        looks_for=Kind.CELEBRITY,
    ),
    Feature.CUSTOM: Ability(
        operation="DetectCustomLabels",
        price=Decimal(0),
        read=answers.read_custom,
        looks_for=Kind.LABEL,
    ),
}
"""In the order in which they are asked for: what may stop the rest comes first."""
