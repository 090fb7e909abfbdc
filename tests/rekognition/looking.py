"""Makes the answer of an operation from what is seen in a picture.

What is said comes from the recorded answers; how much of it, and where, from the picture's patches
of colour (see the palette). Without them no face, text or custom label with a place is found.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.rekognition.blobs import find_blobs
from tests.rekognition.boxes import Answer, Box, moved
from tests.rekognition.colours import image_properties
from tests.rekognition.palette import Thing
from tests.rekognition.pictures import Picture
from tests.rekognition.recorded import UNSAFE, recorded

MOST_FACES, MOST_CELEBRITIES, MOST_WORDS = 100, 64, 100
_SEEN_LABELS = {"Person": Thing.FACE, "Red Patch": Thing.RED_PATCH, "Patch": Thing.RED_PATCH}
"""The labels that a picture only has where a thing is in it."""


@dataclass(frozen=True)
class Seen:
    """What is in a picture."""

    picture: Picture
    _found: dict[Thing, list[Box]] = field(default_factory=dict, init=False)

    def places(self, *things: Thing) -> list[Box]:
        """Where things are, the largest first."""
        for thing in set(things) - self._found.keys():
            self._found[thing] = find_blobs(self.picture.pixels, thing)
        boxes = [box for thing in things for box in self._found[thing]]
        return sorted(boxes, key=lambda box: -box.area)

    @cached_property
    def properties(self) -> Answer:
        places = self.places(*Thing)
        return image_properties(self.picture.pixels, places[0] if places else None)


def look(operation: str, seen: Seen, parameters: Mapping[str, Any]) -> Answer:
    """All that an operation would say of a picture, before what was asked limits it."""
    return _LOOKS[operation](seen, parameters)


def _labels(seen: Seen, parameters: Mapping[str, Any]) -> Answer:
    answer = recorded("DetectLabels")
    persons = seen.places(Thing.FACE, Thing.CELEBRITY)
    places = {Thing.FACE: persons, Thing.RED_PATCH: seen.places(Thing.RED_PATCH)[:1]}
    labels = []
    for label in answer["Labels"]:
        thing = _SEEN_LABELS.get(label["Name"])
        if thing is None:
            labels.append(label)
        elif places[thing]:
            instances = _placed(label["Instances"], places[thing])
            labels.append(label | {"Instances": instances})
    if "IMAGE_PROPERTIES" in parameters.get("Features", ()):
        answer["ImageProperties"] = seen.properties
    return answer | {"Labels": labels}


def _faces(seen: Seen, parameters: Mapping[str, Any]) -> Answer:
    places = seen.places(Thing.FACE, Thing.CELEBRITY)[:MOST_FACES]
    return {"FaceDetails": _placed(recorded("DetectFaces")["FaceDetails"], places)}


def _moderation(seen: Seen, parameters: Mapping[str, Any]) -> Answer:
    return recorded(UNSAFE if seen.places(Thing.UNSAFE) else "DetectModerationLabels")


def _text(seen: Seen, parameters: Mapping[str, Any]) -> Answer:
    answer = recorded("DetectText")
    known = answer["TextDetections"]
    known_lines = [item for item in known if item["Type"] == "LINE"]
    places = sorted(seen.places(Thing.TEXT), key=lambda box: (box.top, box.left))
    lines, words = [], []
    for number, place in enumerate(places):
        line = known_lines[number % len(known_lines)]
        origin = Box.of(line["Geometry"]["BoundingBox"])
        lines.append(moved(line, origin, place) | {"Id": number})
        words += [
            moved(word, origin, place) | {"ParentId": number}
            for word in known
            if word.get("ParentId") == line["Id"]
        ]
    numbered = [word | {"Id": len(lines) + n} for n, word in enumerate(words[:MOST_WORDS])]
    return answer | {"TextDetections": lines + numbered}


def _celebrities(seen: Seen, parameters: Mapping[str, Any]) -> Answer:
    answer = recorded("RecognizeCelebrities")
    known, unknown = seen.places(Thing.CELEBRITY), seen.places(Thing.FACE)
    return answer | {
        "CelebrityFaces": _placed(answer["CelebrityFaces"], known[:MOST_CELEBRITIES]),
        "UnrecognizedFaces": _placed(answer["UnrecognizedFaces"], unknown[:MOST_CELEBRITIES]),
    }


def _custom_labels(seen: Seen, parameters: Mapping[str, Any]) -> Answer:
    labels = recorded("DetectCustomLabels")["CustomLabels"]
    located = [label for label in labels if "Geometry" in label]
    anywhere = [label for label in labels if "Geometry" not in label]
    return {"CustomLabels": _placed(located, seen.places(Thing.CRATE)) + anywhere}


_LOOKS: dict[str, Callable[[Seen, Mapping[str, Any]], Answer]] = {
    "DetectLabels": _labels,
    "DetectFaces": _faces,
    "DetectModerationLabels": _moderation,
    "DetectText": _text,
    "RecognizeCelebrities": _celebrities,
    "DetectCustomLabels": _custom_labels,
}


def _placed(items: Sequence[Answer], places: Sequence[Box]) -> list[Answer]:
    """One recorded item a place, moved into it; they take turns where places outnumber them."""
    if not items:
        return []
    turns = [items[number % len(items)] for number in range(len(places))]
    pairs = zip(turns, places, strict=True)
    return [moved(item, _box_within(item), place) for item, place in pairs]


def _box_within(item: Answer) -> Box:
    """The box that an item is about."""
    holder = item.get("Face") or item.get("Geometry") or item
    return Box.of(holder["BoundingBox"])
