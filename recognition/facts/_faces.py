"""The faces on an image and what is said of each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from recognition.ages import age_bands
from recognition.facts._places import join_places, size_order
from recognition.facts._values import FactValue, SeenDetection
from recognition.predictions import Json, Kind

TURNED = 20.0
"""From how many degrees a face looks aside, up or down."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What one recogniser says about one thing of a face."""

    values: tuple[str, ...]
    confidence: float


_Reader = Callable[[SeenDetection], _Said | None]


def face_facts(
    seen: Iterable[SeenDetection], threshold: float, *, looked_for_faces: bool
) -> Iterator[FactValue]:
    """How many faces there are, and for each one what is sure enough to be said of it."""
    faces = numbered_faces(seen, threshold)
    if faces or looked_for_faces:
        yield FactValue(kind="faces", value=str(len(faces)))
    for number, face in enumerate(faces, start=1):
        for kind, read in _READERS.items():
            said = _surest(read(one) for one in face)
            if said is None or said.confidence < threshold:
                continue
            for value in said.values:
                yield FactValue(kind=kind, value=value, confidence=said.confidence, face=number)


def numbered_faces(
    seen: Iterable[SeenDetection], threshold: float
) -> list[tuple[SeenDetection, ...]]:
    """The faces that are sure enough in the order of their numbers, which begin with 1.

    Each is what the recognisers that saw it say of it, the surest first.
    """
    faces = [face for face in join_places(_faces(seen)) if face[0].confidence >= threshold]
    return sorted(faces, key=lambda face: (size_order(face[0].place), -face[0].confidence))


def _surest(sayings: Iterable[_Said | None]) -> _Said | None:
    heard = (said for said in sayings if said)
    return max(heard, key=lambda said: said.confidence, default=None)


def _faces(seen: Iterable[SeenDetection]) -> Iterator[SeenDetection]:
    """The faces of each recogniser; those of celebrities only where it has no others."""
    plain: dict[str, list[SeenDetection]] = defaultdict(list)
    in_passing: dict[str, list[SeenDetection]] = defaultdict(list)
    for one in seen:
        if one.kind == Kind.CELEBRITY:
            in_passing[one.recogniser].append(_as_face(one))
        elif one.kind == Kind.FACE:
            is_plain = one.attributes.get("from") != "celebrities"
            (plain if is_plain else in_passing)[one.recogniser].append(one)
    for faces in {**in_passing, **plain}.values():
        yield from faces


def _as_face(celebrity: SeenDetection) -> SeenDetection:
    """The face of a celebrity: that it is a face may be sure where whose it is, is not."""
    said = dict(celebrity.attributes)
    if isinstance(gender := said.get("gender"), str):
        said["gender"] = {"value": gender, "confidence": celebrity.confidence}
    confidence = _number(said.get("face_confidence"))
    return replace(
        celebrity,
        confidence=celebrity.confidence if confidence is None else confidence,
        attributes=said,
    )


def _yes_or_no(attribute: str, yes: str = "yes", no: str = "no") -> _Reader:
    def read(face: SeenDetection) -> _Said | None:
        said = _part(face, attribute)
        value, confidence = said.get("value"), _number(said.get("confidence"))
        if not isinstance(value, bool) or confidence is None:
            return None
        return _Said((yes if value else no,), confidence)

    return read


def _gender(face: SeenDetection) -> _Said | None:
    said = _part(face, "gender")
    return _named(said.get("value"), said.get("confidence"), but="unlisted")


def _emotion(face: SeenDetection) -> _Said | None:
    emotions = face.attributes.get("emotions")
    if not isinstance(emotions, list) or not emotions or not isinstance(emotions[0], Mapping):
        return None
    return _named(emotions[0].get("name"), emotions[0].get("confidence"), but="unknown")


def _age(face: SeenDetection) -> _Said | None:
    low, high = (_number(_part(face, "age").get(end)) for end in ("low", "high"))
    if low is None or high is None:
        return None
    return _Said(age_bands(int(low), int(high)), face.confidence)


def _pose(face: SeenDetection) -> _Said | None:
    """Where a face looks, as somebody sees it who looks at the image."""
    yaw, pitch = (_number(_part(face, "pose").get(axis)) for axis in ("yaw", "pitch"))
    if yaw is None or pitch is None:
        return None
    if max(abs(yaw), abs(pitch)) < TURNED:
        where = "frontal"
    elif abs(yaw) >= abs(pitch):
        where = "right" if yaw > 0 else "left"
    else:
        where = "up" if pitch > 0 else "down"
    return _Said((where,), face.confidence)


_READERS: dict[str, _Reader] = {
    "gender": _gender,
    "age": _age,
    "emotion": _emotion,
    "pose": _pose,
    "smile": _yes_or_no("smile"),
    "eyes": _yes_or_no("eyes_open", "open", "closed"),
    "mouth": _yes_or_no("mouth_open", "open", "closed"),
    "eyeglasses": _yes_or_no("eyeglasses"),
    "sunglasses": _yes_or_no("sunglasses"),
    "beard": _yes_or_no("beard"),
    "moustache": _yes_or_no("moustache"),
}
"""By kind of fact. What has no confidence of its own is as sure as that there is a face."""


def _named(value: Json, confidence: Json, *, but: str) -> _Said | None:
    """A value that is a word, unless the word says that nothing is known."""
    sure = _number(confidence)
    if not isinstance(value, str) or value in {"", but} or sure is None:
        return None
    return _Said((value,), sure)


def _part(face: SeenDetection, attribute: str) -> Mapping[str, Json]:
    part = face.attributes.get(attribute)
    return part if isinstance(part, Mapping) else {}


def _number(value: Json) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
