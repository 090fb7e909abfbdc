"""Faces and what is said of them."""

from recognition.predictions import Json, Kind, Prediction
from recognition.recognisers.rekognition.answers._members import (
    Members,
    read_box,
    read_count,
    read_entries,
    read_number,
    read_numbers,
    read_part,
    read_percent,
    read_string,
)

_YES_OR_NO = {
    "eyeglasses": "Eyeglasses",
    "sunglasses": "Sunglasses",
    "beard": "Beard",
    "moustache": "Mustache",
    "eyes_open": "EyesOpen",
    "mouth_open": "MouthOpen",
    "occluded": "FaceOccluded",
}
_POSE = {"roll": "Roll", "yaw": "Yaw", "pitch": "Pitch"}
_QUALITY = {"brightness": "Brightness", "sharpness": "Sharpness"}


def read_faces(response: Members) -> list[Prediction]:
    """What DetectFaces says: one prediction a face."""
    faces = (_face(entry) for entry in read_entries(response, "FaceDetails"))
    return [face for face in faces if face]


def describe_face(face: Members) -> dict[str, Json]:
    """What every operation may say of a face, as attributes; parts not said are left out."""
    landmarks = (_landmark(entry) for entry in read_entries(face, "Landmarks"))
    return _present(
        {
            "smile": _yes_or_no(face, "Smile"),
            "emotions": _emotions(face),
            "landmarks": [landmark for landmark in landmarks if landmark],
            "pose": read_numbers(read_part(face, "Pose"), _POSE),
            "quality": read_numbers(read_part(face, "Quality"), _QUALITY),
        }
    )


def _face(entry: Members) -> Prediction | None:
    confidence = read_percent(entry)
    if confidence is None:
        return None
    return Prediction(
        kind=Kind.FACE,
        name="Face",
        confidence=confidence,
        box=read_box(entry),
        attributes={**_details(entry), **describe_face(entry)},
    )


def _details(face: Members) -> dict[str, Json]:
    """What DetectFaces alone says of a face."""
    attributes = {name: _yes_or_no(face, member) for name, member in _YES_OR_NO.items()}
    return _present(
        {
            **attributes,
            "gender": _gender(read_part(face, "Gender")),
            "age": _age(read_part(face, "AgeRange")),
            "eye_direction": _eye_direction(read_part(face, "EyeDirection")),
        }
    )


def _yes_or_no(face: Members, member: str) -> Json:
    said = read_part(face, member)
    value, confidence = said.get("Value"), read_percent(said)
    if not isinstance(value, bool) or confidence is None:
        return None
    return {"value": value, "confidence": confidence}


def _gender(said: Members) -> Json:
    value, confidence = read_string(said, "Value").lower(), read_percent(said)
    return {"value": value, "confidence": confidence} if value and confidence is not None else None


def _age(said: Members) -> Json:
    return _present({"low": read_count(said, "Low"), "high": read_count(said, "High")})


def _eye_direction(said: Members) -> Json:
    return _present(
        {
            "yaw": read_number(said, "Yaw"),
            "pitch": read_number(said, "Pitch"),
            "confidence": read_percent(said),
        }
    )


def _emotions(face: Members) -> list[Json]:
    """The strongest first."""
    said = [
        (read_percent(entry), read_string(entry, "Type").lower())
        for entry in read_entries(face, "Emotions")
    ]
    sure = [(confidence, name) for confidence, name in said if confidence is not None and name]
    sure.sort(key=lambda emotion: -emotion[0])
    return [{"name": name, "confidence": confidence} for confidence, name in sure]


def _landmark(entry: Members) -> Json:
    name = read_string(entry, "Type")
    x, y = read_number(entry, "X"), read_number(entry, "Y")
    return {"name": name, "x": x, "y": y} if name and x is not None and y is not None else None


def _present(attributes: dict[str, Json]) -> dict[str, Json]:
    """Without what was not said."""
    return {name: value for name, value in attributes.items() if value not in (None, [], {})}
