"""Which model answered."""

from recognition.recognisers.rekognition.answers._members import Members, read_string

_MEMBERS = {
    "labels": "LabelModelVersion",
    "properties": "LabelModelVersion",
    "moderation": "ModerationModelVersion",
    "text": "TextModelVersion",
}


def model_version(feature: str, response: Members) -> str:
    """The version that an answer to a feature names; empty where the service names none."""
    return read_string(response, _MEMBERS.get(feature, ""))
