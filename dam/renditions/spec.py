"""The names of renditions: what they say, and the one way each is written."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeVar

LADDER = (80, 120, 160, 240, 320, 360, 480, 640, 720, 800, 960, 1200, 1280, 1600, 1920, 2048)
"""The widths and heights that may be asked for, in pixels: free ones would let anybody fill the
disk. The largest is the proxy's longest side, above which nothing would be gained."""

_GRAMMAR = re.compile(
    r"(?P<fit>[a-z]+)-(?P<width>[1-9][0-9]{0,4})x(?P<height>[1-9][0-9]{0,4})"
    r"(?:\.(?P<format>[a-z]+))?"
)
_Choice = TypeVar("_Choice", bound=StrEnum)


class SpecError(ValueError):
    """A rendition spec that cannot be honoured. The message names the value and the remedy."""


class Fit(StrEnum):
    """How an image gets into the rectangle asked for. Neither makes it larger."""

    MAX = "max"
    """All of it, inside the rectangle."""
    FILL = "fill"
    """As much of it as has the rectangle's shape, around the focal region."""


class Format(StrEnum):
    """The file format of a rendition; its value is the file extension without the dot."""

    WEBP = "webp"
    JPEG = "jpg"
    PNG = "png"

    @property
    def media_type(self) -> str:
        return "image/jpeg" if self is Format.JPEG else f"image/{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenditionSpec:
    """How to derive a rendition, written `<fit>-<width>x<height>[.<format>]`.

    `max-1600x1600`, `fill-480x360` and `fill-480x360.jpg` are specs. Both sides are steps of
    `LADDER`. The format is `webp` unless another is given, and then it is not written: equal specs
    have equal strings, made only of letters, digits, `-` and `.`, safe in URLs and file names.

    Raises `SpecError` for sides that are not on the ladder.
    """

    fit: Fit
    width: int
    """In pixels."""
    height: int
    format: Format = Format.WEBP

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if side not in LADDER:
                steps = ", ".join(str(step) for step in LADDER)
                msg = f"A rendition cannot be {side} pixels wide or high: choose one of {steps}."
                raise SpecError(msg)

    def __str__(self) -> str:
        return self.name if self.format is Format.WEBP else f"{self.name}.{self.format}"

    @property
    def name(self) -> str:
        """The spec without its format."""
        return f"{self.fit}-{self.width}x{self.height}"

    @property
    def is_crop(self) -> bool:
        """Whether the focal region makes a difference."""
        return self.fit is Fit.FILL

    @classmethod
    def parse(cls, text: str) -> Self:
        """The spec that a string names. Raises `SpecError` for one that names none."""
        match = _GRAMMAR.fullmatch(text)
        if match is None:
            msg = f"“{text[:50]}” is no rendition spec: write it like max-1600x1600 or fill-80x80."
            raise SpecError(msg)
        return cls(
            fit=_choice(Fit, match["fit"], "way to fit"),
            width=int(match["width"]),
            height=int(match["height"]),
            format=_choice(Format, match["format"] or Format.WEBP, "format"),
        )


GRID = RenditionSpec(fit=Fit.MAX, width=480, height=480)
"""What lists of assets show, made at upload."""


def _choice(choices: type[_Choice], value: str, noun: str) -> _Choice:
    try:
        return choices(value)
    except ValueError as error:
        msg = f"“{value[:50]}” is no {noun} of a rendition: choose one of {', '.join(choices)}."
        raise SpecError(msg) from error
