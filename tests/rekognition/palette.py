"""Which colours the service takes for which things, and pictures painted with them."""

from collections.abc import Iterable
from enum import Enum

from PIL import Image

from tests.rekognition.boxes import Box

Colour = tuple[int, int, int]

NEARLY = 75
"""How far each channel may be from the pure colour; further than JPEG ever takes it."""
BACKGROUND: Colour = (200, 200, 200)


class Thing(Enum):
    """What a patch of one of the six pure colours stands for."""

    RED_PATCH = (255, 0, 0)
    """The largest is the instance of the label "Red Patch"."""
    FACE = (255, 0, 255)
    """Magenta: the face of somebody unknown, and a person."""
    CELEBRITY = (255, 255, 0)
    """Yellow: the face of a celebrity; to DetectFaces a face like any other."""
    TEXT = (0, 255, 255)
    """Cyan: a line of text."""
    CRATE = (0, 0, 255)
    """Blue: the custom label "Blue Crate"."""
    UNSAFE = (0, 255, 0)
    """Green, and pure green only: makes the whole picture unsafe."""


def painted(
    *things: tuple[Thing, Box], size: tuple[int, int] = (400, 300), background: Colour = BACKGROUND
) -> Image.Image:
    """A picture, upright, with things in their places."""
    image = Image.new("RGB", size, background)
    for thing, box in things:
        image.paste(thing.value, box.pixels(size))
    return image


def places(thing: Thing, boxes: Iterable[Box]) -> list[tuple[Thing, Box]]:
    """The same thing in several places, as `painted` takes them."""
    return [(thing, box) for box in boxes]
