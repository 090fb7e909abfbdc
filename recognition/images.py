"""Gives a recogniser the cheapest view of an image that it can use."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from dam.renditions.decode import decode_upright


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An original in a bucket, as a service of the same cloud can be told of it."""

    bucket: str
    key: str
    version: str
    """Empty where the bucket keeps no versions."""
    region: str
    endpoint: str
    """The address of the store, which need not be Amazon's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """The file of an original, as it was uploaded."""

    media_type: str
    bytes: int
    orientation: int | None
    """How EXIF has its pixels turned, 1-8; None where that is not known, or not all there is."""


def _nowhere() -> StoredObject | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """An image that is read only when, and only as large as, a recogniser asks for it."""

    open: Callable[[], BinaryIO]
    """Opens the bytes of an image file; the caller closes them."""
    width: int
    """Of the upright original, in pixels."""
    height: int
    file: ImageFile | None = None
    """None where there is no more to it than what `open` opens."""
    locate: Callable[[], StoredObject | None] = _nowhere
    """Says where the original lies, if in a bucket; may ask the bucket for its region."""

    def pixels(self, *, least_side: int) -> Image.Image:
        """The upright image in RGB, decoded no larger than needed.

        Both sides are at least `least_side` pixels where the stored image has that many. Raises
        `dam.renditions.decode.UnreadableImage` for bytes that are no image.
        """
        with self.open() as file:
            return decode_upright(file, least_side=least_side).convert("RGB")
