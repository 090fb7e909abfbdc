"""What is asked of Amazon Rekognition, as requests; each question named by all that shapes it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from recognition.recognisers.rekognition.features import ABILITIES, Feature

_LABEL_FEATURES = {
    Feature.LABELS: "GENERAL_LABELS",
    Feature.PROPERTIES: "IMAGE_PROPERTIES",
}
"""What DetectLabels calls what it can be asked for; several in one call."""
_MEMBERS = {Feature.LABELS: "Labels", Feature.PROPERTIES: "ImageProperties"}
"""Where its response says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The features asked for, and how."""

    features: tuple[Feature, ...]
    """In the order in which they are asked."""
    floor: float
    """The least confidence asked for, 0-100."""
    max_labels: int
    custom_labels_arn: str

    def key(self, feature: Feature) -> str:
        """Names a question by everything that can change its answer."""
        asked = {
            "operation": ABILITIES[feature].operation,
            "parameters": self.parameters([feature]),
        }
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        return f"rekognition-{feature.value}-{digest[:16]}"

    def missing(self, known: Iterable[str]) -> list[tuple[Feature, ...]]:
        """The features that are not answered yet, those of one call together."""
        answered = set(known)
        open_ones = [feature for feature in self.features if self.key(feature) not in answered]
        calls: dict[str, list[Feature]] = {}
        for feature in open_ones:
            calls.setdefault(ABILITIES[feature].operation, []).append(feature)
        return [tuple(together) for together in calls.values()]

    def parameters(self, features: Iterable[Feature]) -> Mapping[str, Any]:
        """The request for features of one operation, but for its image."""
        asked = list(features)
        match asked[0]:
            case Feature.LABELS | Feature.PROPERTIES:
                limits = {"MaxLabels": self.max_labels, "MinConfidence": self.floor}
                names = [_LABEL_FEATURES[feature] for feature in asked]
                return {"Features": names} | (limits if Feature.LABELS in asked else {})
            case Feature.FACES:
                return {"Attributes": ["ALL"]}
            case Feature.MODERATION:
                return {"MinConfidence": self.floor}
            case Feature.TEXT:
                # Without a filter the service leaves out words below 80.
                return {"Filters": {"WordFilter": {"MinConfidence": self.floor}}}
            case Feature.CUSTOM:
                return {"ProjectVersionArn": self.custom_labels_arn, "MinConfidence": self.floor}
            case _:
                return {}


def part_of(feature: Feature, response: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a response that answers a feature, where it answers others too."""
    others = {member for other, member in _MEMBERS.items() if other is not feature}
    return {member: told for member, told in response.items() if member not in others}
