"""What is said of a face, in the words of a page (pure)."""

from collections.abc import Iterator, Mapping

from recognition.percents import whole_percent
from recognition.predictions import Json

MOST_EMOTIONS = 3
_WORTH_SAYING = {
    ("smile", "yes"): "smiling",
    ("eyes", "closed"): "eyes closed",
    ("mouth", "open"): "mouth open",
    ("eyeglasses", "yes"): "eyeglasses",
    ("sunglasses", "yes"): "sunglasses",
    ("beard", "yes"): "beard",
    ("moustache", "yes"): "moustache",
    ("pose", "left"): "turned left",
    ("pose", "right"): "turned right",
    ("pose", "up"): "looking up",
    ("pose", "down"): "looking down",
}
"""What is out of the ordinary: that somebody has no beard needs no word."""
_TRAITS = {
    "smile": ("Smile", "smiling", "not smiling"),
    "eyes_open": ("Eyes", "open", "closed"),
    "mouth_open": ("Mouth", "open", "closed"),
    "eyeglasses": ("Eyeglasses", "yes", "no"),
    "sunglasses": ("Sunglasses", "yes", "no"),
    "beard": ("Beard", "yes", "no"),
    "moustache": ("Moustache", "yes", "no"),
    "occluded": ("Covered", "partly", "no"),
}
"""For each yes/no attribute its label, and what yes and no are called."""
_NUMBERS = (
    ("pose", "Pose", ("roll", "yaw", "pitch"), "°"),
    ("eye_direction", "Eyes look", ("yaw", "pitch"), "°"),
    ("quality", "Picture", ("brightness", "sharpness"), ""),
)
"""Attribute, label, what was measured and its unit: angles in degrees, qualities from 0 to 100."""


def describe(facts: Mapping[str, str], attributes: Mapping[str, Json]) -> str:
    """A face in a few words: "Female, 25-35, happy, smiling"; empty where nothing is sure.

    The facts are those of this face by kind; the attributes know its age to the year.
    """
    words = [facts.get("gender", ""), age(attributes) if "age" in facts else ""]
    words += [facts.get("emotion", "")]
    words += [word for (kind, value), word in _WORTH_SAYING.items() if facts.get(kind) == value]
    text = ", ".join(word for word in words if word)
    return text[:1].upper() + text[1:]


def rows(attributes: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """Everything that a recogniser said of a face, however unsure: pairs of a label and a text."""
    return (*_person(attributes), *_traits(attributes), *_measured(attributes))


def age(attributes: Mapping[str, Json]) -> str:
    """An age range in years; empty where not both of its ends are known."""
    known = _part(attributes, "age")
    return f"{known['low']}-{known['high']}" if {"low", "high"} <= known.keys() else ""


def _person(attributes: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    gender = _part(attributes, "gender") or {"value": attributes.get("gender")}
    if isinstance(gender.get("value"), str):
        yield "Gender", gender["value"] + _percent(gender)
    if years := age(attributes):
        yield "Age", f"{years} years"
    emotions = attributes.get("emotions")
    if isinstance(emotions, list) and emotions:
        yield "Emotion", ", ".join(_emotion(said) for said in emotions[:MOST_EMOTIONS])


def _emotion(said: Mapping[str, Json]) -> str:
    return f"{said.get('name', 'unknown')}{_percent(said)}"


def _traits(attributes: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for name, (label, yes, no) in _TRAITS.items():
        said = _part(attributes, name)
        if "value" in said:
            yield label, (yes if said["value"] else no) + _percent(said)


def _measured(attributes: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for attribute, label, names, unit in _NUMBERS:
        part = _part(attributes, attribute)
        if numbers := [f"{name} {part[name]:.0f}{unit}" for name in names if name in part]:
            yield label, ", ".join(numbers)


def _part(attributes: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    part = attributes.get(name)
    return part if isinstance(part, Mapping) else {}


def _percent(said: Mapping[str, Json]) -> str:
    """How sure something is, to be added to it; nothing where that is not known."""
    confidence = said.get("confidence")
    return "" if confidence is None else f" {whole_percent(confidence)} %"
