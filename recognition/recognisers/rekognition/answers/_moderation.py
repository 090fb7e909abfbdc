"""What some people would rather not see."""

from recognition.predictions import Kind, Prediction
from recognition.recognisers.rekognition.answers._members import (
    Members,
    fit_name,
    read_count,
    read_entries,
    read_percent,
    read_string,
)


def read_moderation(response: Members) -> list[Prediction]:
    """What DetectModerationLabels says, each with the label above it."""
    labels = (_label(entry) for entry in read_entries(response, "ModerationLabels"))
    return [label for label in labels if label]


def _label(entry: Members) -> Prediction | None:
    name, attributes = fit_name(read_string(entry, "Name"))
    confidence = read_percent(entry)
    if not name or confidence is None:
        return None
    parent, level = read_string(entry, "ParentName"), read_count(entry, "TaxonomyLevel")
    return Prediction(
        kind=Kind.MODERATION,
        name=name,
        confidence=confidence,
        parents=(parent,) if parent else (),
        attributes=attributes if level is None else {"level": level, **attributes},
    )
