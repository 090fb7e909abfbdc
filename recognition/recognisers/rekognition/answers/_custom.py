"""Labels of a model that somebody trained for themselves."""

from recognition.predictions import Instance, Kind, Prediction
from recognition.recognisers.rekognition.answers._labels import join_labels
from recognition.recognisers.rekognition.answers._members import (
    Members,
    fit_name,
    read_box,
    read_entries,
    read_part,
    read_percent,
    read_string,
)


def read_custom(response: Members) -> list[Prediction]:
    """What DetectCustomLabels says; each name once, with a box an occurrence."""
    labels = (_label(entry) for entry in read_entries(response, "CustomLabels"))
    return join_labels(label for label in labels if label)


def _label(entry: Members) -> Prediction | None:
    name, attributes = fit_name(read_string(entry, "Name"))
    confidence = read_percent(entry)
    if not name or confidence is None:
        return None
    box = read_box(read_part(entry, "Geometry"))
    return Prediction(
        kind=Kind.LABEL,
        name=name,
        confidence=confidence,
        instances=(Instance(box=box, confidence=confidence),) if box else (),
        attributes={"custom": True, **attributes},
    )
