"""Gives a recogniser the cheapest view of an image that it can use."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from dam.renditions.decode import decode_upright


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """An image that is read only when, and only as large as, a recogniser asks for it."""

    open: Callable[[], BinaryIO]
    """Opens the bytes of an image file; the caller closes them."""
    width: int
    """Of the upright original, in pixels."""
    height: int

    def pixels(self, *, least_side: int) -> Image.Image:
        """The upright image in RGB, decoded no larger than needed.

        Both sides are at least `least_side` pixels where the stored image has that many. Raises
        `dam.renditions.decode.UnreadableImage` for bytes that are no image.
        """
        with self.open() as file:
            return decode_upright(file, least_side=least_side).convert("RGB")
