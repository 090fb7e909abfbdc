"""Decodes what a request is about, within the service's limits and as upright as it sees it."""

import io
import struct
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from tests.rekognition.errors import ServiceError

Pixels = NDArray[np.uint8]
"""Rows of RGB."""

LEAST_SIDE, GREATEST_SIDE = 80, 10_000
_LOOKED_AT = 512
"""The longer side of what is looked at: boxes come out exact to a five-hundredth."""
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An upright image."""

    image: Image.Image
    """Small enough to be looked at."""
    media_type: str
    size: tuple[int, int]
    """Width and height as the file has them."""

    @cached_property
    def pixels(self) -> Pixels:
        return np.asarray(self.image)


def decoded(content: bytes) -> Picture:
    """Opens an image.

    Raises ServiceError for what is no JPEG or PNG by its content, or is too small or too large.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
    except Image.DecompressionBombError:
        raise _too_large("of the image") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error):
        raise ServiceError("InvalidImageFormatException") from None
    size = image.size
    _check_sides(*size)
    media_type = "image/png" if image.format == "PNG" else "image/jpeg"
    try:
        return Picture(image=_upright(image), media_type=media_type, size=size)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error):
        raise ServiceError("InvalidImageFormatException") from None


def _check_sides(width: int, height: int) -> None:
    if max(width, height) > GREATEST_SIDE:
        raise _too_large(f"{width} x {height}")
    if min(width, height) < LEAST_SIDE:
        raise ServiceError("InvalidParameterException")


def _too_large(told: str) -> ServiceError:
    return ServiceError(
        "InvalidParameterException",
        f"Input image dimensions {told} exceed maximum dimension size of {GREATEST_SIDE} pixels",
    )


def _upright(image: Image.Image) -> Image.Image:
    """The image made small and turned by its EXIF orientation, which counts in a JPEG alone."""
    turn = None if image.format == "PNG" else _UPRIGHT.get(_orientation(image))
    image.draft("RGB", (2 * _LOOKED_AT, 2 * _LOOKED_AT))
    image.load()
    small = image.convert("RGB")
    # Nearest neighbours, so that no colour comes in that was not there.
    small.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.NEAREST)
    return small if turn is None else small.transpose(turn)


def _orientation(image: Image.Image) -> int:
    """What the EXIF block says; Pillow's own reading would listen to XMP too."""
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
        return int(exif.get(_ORIENTATION, 1))
    except (SyntaxError, struct.error, KeyError, ValueError, TypeError, OSError):
        return 1
