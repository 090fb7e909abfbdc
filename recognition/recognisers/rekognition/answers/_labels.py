"""Labels with their relatives in the taxonomy, and where they occur."""

from collections.abc import Iterable
from dataclasses import replace

from recognition.predictions import Instance, Kind, Prediction
from recognition.recognisers.rekognition.answers._members import (
    Members,
    fit_name,
    read_box,
    read_entries,
    read_names,
    read_percent,
    read_string,
)


def read_labels(response: Members) -> list[Prediction]:
    """What DetectLabels says of things, scenes and concepts; each name once."""
    labels = (_label(entry) for entry in read_entries(response, "Labels"))
    return join_labels(label for label in labels if label)


def join_labels(labels: Iterable[Prediction]) -> list[Prediction]:
    """Labels of one name made one: the highest confidence, and whatever any of them knows."""
    joined: dict[str, Prediction] = {}
    for label in labels:
        before = joined.get(label.name)
        joined[label.name] = _join(before, label) if before else label
    return list(joined.values())


def _label(entry: Members) -> Prediction | None:
    name, attributes = fit_name(read_string(entry, "Name"))
    confidence = read_percent(entry)
    if not name or confidence is None:
        return None
    instances = (_instance(each) for each in read_entries(entry, "Instances"))
    return Prediction(
        kind=Kind.LABEL,
        name=name,
        confidence=confidence,
        instances=tuple(instance for instance in instances if instance),
        parents=read_names(entry, "Parents"),
        aliases=read_names(entry, "Aliases"),
        categories=read_names(entry, "Categories"),
        attributes=attributes,
    )


def _instance(entry: Members) -> Instance | None:
    box, confidence = read_box(entry), read_percent(entry)
    if box is None or confidence is None:
        return None
    return Instance(box=box, confidence=confidence)


def _join(first: Prediction, second: Prediction) -> Prediction:
    best, other = (second, first) if second.confidence > first.confidence else (first, second)
    return replace(
        best,
        instances=tuple(dict.fromkeys(first.instances + second.instances)),
        parents=tuple(dict.fromkeys(best.parents + other.parents)),
        aliases=tuple(dict.fromkeys(best.aliases + other.aliases)),
        categories=tuple(dict.fromkeys(best.categories + other.categories)),
        attributes={**other.attributes, **best.attributes},
    )
