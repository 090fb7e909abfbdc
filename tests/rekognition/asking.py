"""What a request asks for: limits every answer to it, also one that a test has set."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.rekognition.boxes import Answer
from tests.rekognition.errors import ServiceError

Parameters = Mapping[str, Any]

_DEFAULT_CONFIDENCE = {
    "DetectLabels": 55.0,
    "DetectModerationLabels": 50.0,
    "DetectText": 80.0,
    # The real service takes the threshold that each custom label was trained to have.
    "DetectCustomLabels": 50.0,
}
_MOST_LABELS, _MOST_COLOURS = 1000, 10
_ALWAYS_OF_A_FACE = {"BoundingBox", "Confidence", "Pose", "Quality", "Landmarks"}
_LANDMARKS_BY_DEFAULT = {"eyeLeft", "eyeRight", "mouthLeft", "mouthRight", "nose"}
_MEMBERS_OF_A_FACE = {
    "AGE_RANGE": "AgeRange", "BEARD": "Beard", "EMOTIONS": "Emotions",
    "EYE_DIRECTION": "EyeDirection", "EYEGLASSES": "Eyeglasses", "EYES_OPEN": "EyesOpen",
    "GENDER": "Gender", "MOUTH_OPEN": "MouthOpen", "MUSTACHE": "Mustache",
    "FACE_OCCLUDED": "FaceOccluded", "SMILE": "Smile", "SUNGLASSES": "Sunglasses",
}  # fmt: skip
_NOT_TAUGHT = (
    ("DetectLabels", "Settings", "GeneralLabels"),
    ("DetectModerationLabels", "HumanLoopConfig"),
    ("DetectModerationLabels", "ProjectVersion"),
    ("DetectText", "Filters", "RegionsOfInterest"),
)


def check(operation: str, parameters: Parameters) -> None:
    """Refuses parameters that go against each other, or that this service was not taught."""
    for name, *path in _NOT_TAUGHT:
        if name == operation and _at(parameters, *path) is not None:
            told = f"{'.'.join(path)}: this stand-in was not taught it; see tests/rekognition"
            raise ServiceError("InvalidParameterException", told)
    if operation == "DetectLabels" and "GENERAL_LABELS" not in _features(parameters):
        for name in ("MaxLabels", "MinConfidence"):
            if name in parameters:
                told = f"{name} is only valid when GENERAL_LABELS is specified"
                raise ServiceError("InvalidParameterException", told)


def limited(operation: str, answer: Answer, parameters: Parameters) -> Answer:
    """As much of an answer as was asked for."""
    limit = _LIMITS.get(operation)
    return limit(copy.deepcopy(answer), parameters) if limit else answer


def _labels(answer: Answer, parameters: Parameters) -> Answer:
    features = _features(parameters)
    if "GENERAL_LABELS" in features:
        least = _least("DetectLabels", parameters)
        most = min(parameters.get("MaxLabels", _MOST_LABELS), _MOST_LABELS)
        answer["Labels"] = _surest(answer.get("Labels", []), least)[:most]
    else:
        answer.pop("Labels", None)
    if "IMAGE_PROPERTIES" in features:
        properties = answer.get("ImageProperties", {})
        asked = _at(parameters, "Settings", "ImageProperties", "MaxDominantColors")
        most = _MOST_COLOURS if asked is None else asked
        for area in (properties, properties.get("Foreground"), properties.get("Background")):
            if area and "DominantColors" in area:
                area["DominantColors"] = area["DominantColors"][:most]
    else:
        answer.pop("ImageProperties", None)
    return answer


def _faces(answer: Answer, parameters: Parameters) -> Answer:
    asked = set(parameters.get("Attributes", ())) or {"DEFAULT"}
    if "ALL" in asked:
        return answer
    members = _ALWAYS_OF_A_FACE | {_MEMBERS_OF_A_FACE[name] for name in asked - {"DEFAULT"}}
    for face in answer.get("FaceDetails", []):
        for name in face.keys() - members:
            del face[name]
        marks = face.get("Landmarks", ())
        face["Landmarks"] = [mark for mark in marks if mark["Type"] in _LANDMARKS_BY_DEFAULT]
    return answer


def _moderation(answer: Answer, parameters: Parameters) -> Answer:
    least = _least("DetectModerationLabels", parameters)
    return answer | {"ModerationLabels": _surest(answer.get("ModerationLabels", []), least)}


def _text(answer: Answer, parameters: Parameters) -> Answer:
    """Keeps the words that pass the filter, and the lines that were not left without a word."""
    asked = _at(parameters, "Filters", "WordFilter") or {}
    found = answer.get("TextDetections", [])
    words = [item for item in found if item.get("Type") != "LINE"]
    kept = [word for word in words if _passes(word, asked)]
    wordless = {word.get("ParentId") for word in words} - {word.get("ParentId") for word in kept}
    lines = [i for i in found if i.get("Type") == "LINE" and i.get("Id") not in wordless]
    return answer | {"TextDetections": lines + kept}


def _passes(word: Answer, asked: Parameters) -> bool:
    box = _at(word, "Geometry", "BoundingBox") or {}
    return (
        _confidence(word) >= _least("DetectText", asked)
        and box.get("Height", 1) >= asked.get("MinBoundingBoxHeight", 0)
        and box.get("Width", 1) >= asked.get("MinBoundingBoxWidth", 0)
    )


def _custom_labels(answer: Answer, parameters: Parameters) -> Answer:
    labels = _surest(answer.get("CustomLabels", []), _least("DetectCustomLabels", parameters))
    return answer | {"CustomLabels": labels[: parameters.get("MaxResults", len(labels))]}


_LIMITS: dict[str, Callable[[Answer, Parameters], Answer]] = {
    "DetectLabels": _labels,
    "DetectFaces": _faces,
    "DetectModerationLabels": _moderation,
    "DetectText": _text,
    "DetectCustomLabels": _custom_labels,
}


def _surest(items: Sequence[Answer], least: float) -> list[Answer]:
    """What is sure enough, the surest first."""
    kept = [item for item in items if _confidence(item) >= least]
    return sorted(kept, key=_confidence, reverse=True)


def _confidence(item: Answer) -> float:
    # An answer that a test has set may leave it out.
    return float(item.get("Confidence", 100))


def _least(operation: str, parameters: Parameters) -> float:
    return float(parameters.get("MinConfidence", _DEFAULT_CONFIDENCE[operation]))


def _features(parameters: Parameters) -> Sequence[str]:
    return parameters.get("Features") or ("GENERAL_LABELS",)


def _at(parameters: Parameters, *path: str) -> Any:
    value: Any = parameters
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
