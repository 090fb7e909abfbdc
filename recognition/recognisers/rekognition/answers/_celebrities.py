"""Known people, and the faces of those that are not."""

from recognition.predictions import Json, Kind, Prediction
from recognition.recognisers.rekognition.answers._faces import describe_face
from recognition.recognisers.rekognition.answers._members import (
    Members,
    fit_name,
    read_box,
    read_entries,
    read_list,
    read_part,
    read_percent,
    read_string,
)


def read_celebrities(response: Members) -> list[Prediction]:
    """What RecognizeCelebrities says: celebrities by name, then the other faces."""
    known = (_celebrity(entry) for entry in read_entries(response, "CelebrityFaces"))
    unknown = (_stranger(entry) for entry in read_entries(response, "UnrecognizedFaces"))
    return [prediction for prediction in (*known, *unknown) if prediction]


def _celebrity(entry: Members) -> Prediction | None:
    name, cut = fit_name(read_string(entry, "Name"))
    confidence = read_percent(entry, "MatchConfidence")
    if not name or confidence is None:
        return None
    face = read_part(entry, "Face")
    return Prediction(
        kind=Kind.CELEBRITY,
        name=name,
        confidence=confidence,
        box=read_box(face),
        attributes={**_who(entry), **_confidence(face), **describe_face(face), **cut},
    )


def _who(entry: Members) -> dict[str, Json]:
    urls = [read_string({"Url": url}, "Url") for url in read_list(entry, "Urls")]
    said = {
        "id": read_string(entry, "Id"),
        "urls": [url for url in urls if url],
        "gender": read_string(read_part(entry, "KnownGender"), "Type").lower(),
    }
    return {name: value for name, value in said.items() if value}


def _confidence(face: Members) -> dict[str, Json]:
    """How sure it is that this is a face, whoever's."""
    confidence = read_percent(face)
    return {} if confidence is None else {"face_confidence": confidence}


def _stranger(entry: Members) -> Prediction | None:
    confidence = read_percent(entry)
    if confidence is None:
        return None
    return Prediction(
        kind=Kind.FACE,
        name="Unrecognised face",
        confidence=confidence,
        box=read_box(entry),
        attributes={**describe_face(entry), "from": "celebrities"},
    )
