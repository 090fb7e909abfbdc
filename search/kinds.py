"""The axes of narrowing (pure)."""

import re
from enum import StrEnum
from math import inf


class Kind(StrEnum):
    """The axes of narrowing; each is a parameter of the URL and a field of the search box."""

    TAG = "tag"
    PERSON = "person"
    COLLECTION = "collection"
    CUSTOM = "custom"
    STATUS = "status"
    RECOGNISER = "recogniser"
    UNSAFE = "unsafe"
    MODERATION = "moderation"
    COLOUR = "colour"
    TEXT = "text"
    FACES = "faces"
    GENDER = "gender"
    AGE = "age"
    EMOTION = "emotion"
    POSE = "pose"
    SMILE = "smile"
    EYES = "eyes"
    MOUTH = "mouth"
    EYEGLASSES = "eyeglasses"
    SUNGLASSES = "sunglasses"
    BEARD = "beard"
    MOUSTACHE = "moustache"
    ORIENTATION = "orientation"
    FORMAT = "format"
    CAMERA = "camera"
    YEAR = "year"
    MONTH = "month"
    UPLOADER = "uploader"

    @property
    def combines_with_and(self) -> bool:
        """Whether an asset must have every value picked, or any of them."""
        return self in _EVERY_VALUE

    @property
    def is_of_face(self) -> bool:
        """Whether it says something of one face, so that values picked must hold for one face."""
        return self in _OF_ONE_FACE

    @property
    def has_own_order(self) -> bool:
        """Whether its values are numbers or dates, which people look for in their order."""
        return self in NUMBERS or self in _LATEST_FIRST

    def place_of(self, value: str) -> int:
        """What a value of a kind with an order of its own is put in order by, the least first."""
        if self in NUMBERS:
            return _number(value)
        return -_number(value.replace("-", ""))


def overlaps(text: str, value: str) -> bool:
    """Whether numbers or ranges of them, such as 25, 20-29 and 60+, have a number in common."""
    one, other = _range(text), _range(value)
    return bool(one and other and one[0] <= other[1] and other[0] <= one[1])


def _range(text: str) -> tuple[float, float] | None:
    """The least and the greatest number of a range; None of what is none."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    least = int(match["least"])
    return least, inf if match["more"] else int(match["greatest"] or least)


def _number(value: str) -> int:
    """The number that a value begins with; a link may have brought one without."""
    digits = value.rstrip("+").split("-")[0]
    return int(digits) if digits.isdecimal() and len(digits) < 10 else 0


_RANGE = re.compile(r"(?P<least>\d{1,9})(?:(?P<more>\+)|[-\u2013](?P<greatest>\d{1,9}))?")
_EVERY_VALUE = frozenset({Kind.TAG, Kind.PERSON, Kind.COLLECTION})
_OF_ONE_FACE = frozenset(
    {
        Kind.GENDER,
        Kind.AGE,
        Kind.EMOTION,
        Kind.POSE,
        Kind.SMILE,
        Kind.EYES,
        Kind.MOUTH,
        Kind.EYEGLASSES,
        Kind.SUNGLASSES,
        Kind.BEARD,
        Kind.MOUSTACHE,
    }
)
NUMBERS = frozenset({Kind.FACES, Kind.AGE})
"""Their values are numbers, or begin with one."""
_LATEST_FIRST = frozenset({Kind.YEAR, Kind.MONTH})
