"""Reads image files: which formats, how large, upright and in sRGB, no larger than needed.

The plug-in for HEIF is imported for the first file that needs it: a web process reads proxies only,
which are JPEG, and should not pay for decoders of video in memory.
"""

import errno
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import IO, cast

from PIL import Image, ImageFile, TiffImagePlugin, UnidentifiedImageError

from dam.renditions.colour import in_srgb
from dam.renditions.signature import is_cut_short, is_iso_media, look_of

# How many pixels are too many is our caller's to say: Pillow's own limit warns below ours, and a
# warning is neither an answer to an editor nor safe to catch in threads.
Image.MAX_IMAGE_PIXELS = None

FORMATS = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "WEBP": ("image/webp", ".webp"),
    "GIF": ("image/gif", ".gif"),
    "TIFF": ("image/tiff", ".tif"),
    "AVIF": ("image/avif", ".avif"),
    "HEIF": ("image/heic", ".heic"),
    "BMP": ("image/bmp", ".bmp"),
}
"""The formats we accept, by Pillow's name: media type and file extension."""

# What Pillow and its codecs were seen to raise on hostile files. MemoryError is not among them: it
# says as much about the machine as about the file.
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    EOFError,
    RuntimeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    struct.error,
    zlib.error,
)
_ORIENTATION = 0x0112
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TOO_SHORT = "the file ends too early."
_CUT_SHORT = ("truncat", "end of file", "end-of-file", "eof", "premature", "incomplete")


class UnreadableImage(Exception):  # noqa: N818 - it says what is wrong, as its message does
    """Bytes that are no image we can read. The message ends a sentence that tells a person why."""


class UnknownFormat(UnreadableImage):
    """Bytes that do not even begin like an image of an accepted format."""

    def __init__(self, reason: str, *, look: str | None = None) -> None:
        super().__init__(reason)
        self.look = look
        """What they look like instead, where somebody could tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHeader:
    """What the first bytes of an image file say about it."""

    format: str
    """Pillow's name: a key of `FORMATS`."""
    media_type: str
    extension: str
    """With its dot, as the format has it and not as the file was named."""
    width: int
    """Of the upright image, in pixels."""
    height: int
    orientation: int | None
    """As EXIF has it, 1-8; 1 where the pixels lie as people are to see them. None where something
    other than EXIF, such as XMP, has them turned."""

    @property
    def pixels(self) -> int:
        return self.width * self.height


def read_header(file: IO[bytes]) -> ImageHeader:
    """Identifies an image by its content, without decoding a pixel.

    Raises `UnreadableImage` for anything that is not of an accepted format.
    """
    with open_image(file) as image:
        name = "JPEG" if image.format == "MPO" else cast(str, image.format)
        media_type, extension = FORMATS[name]
        width, height = image.size
        orientation = _orientation(image)
        if orientation >= 5 and not _is_turned_by_pillow(image):
            width, height = height, width
        return ImageHeader(
            format=name,
            media_type=media_type,
            extension=extension,
            width=width,
            height=height,
            orientation=orientation if orientation == _exif_orientation(image) else None,
        )


def decode_upright(file: IO[bytes], *, least_side: int | None = None) -> Image.Image:
    """The first frame as a person sees it: upright, in sRGB, mode RGB or (where seen through) RGBA.

    With `least_side` the image comes smaller where that is cheaper, yet no side gets shorter than
    `least_side` pixels unless the file's own is. Nothing of the file's metadata comes along.

    Raises `UnreadableImage` for damaged or truncated files and `MemoryError` where the machine
    cannot hold the pixels, which is no verdict on the file.
    """
    with open_image(file) as image:
        # Other formats would draft from an embedded thumbnail, which may show anything.
        if least_side and image.format in {"JPEG", "MPO"}:
            image.draft(None, (least_side, least_side))
        orientation = _orientation(image)
        image.load()
        pixels = _reduced(image, least_side)
        if orientation in _TRANSPOSITIONS and not isinstance(image, TiffImagePlugin.TiffImageFile):
            pixels = pixels.transpose(_TRANSPOSITIONS[orientation])
        pixels = in_srgb(pixels)
        pixels.info = {}
        return pixels


def _reduced(image: Image.Image, least_side: int | None) -> Image.Image:
    """The image smaller by a whole factor, where colours need no palette and no key to mix."""
    factor = min(image.size) // least_side if least_side else 1
    can_mix = image.mode in {"L", "RGB", "RGBA", "CMYK"} and "transparency" not in image.info
    return image.reduce(factor) if factor > 1 and can_mix else image


@contextmanager
def open_image(file: IO[bytes]) -> Iterator[ImageFile.ImageFile]:
    """An image opened and not decoded, of an accepted format.

    Whatever goes wrong with the file's content inside the block becomes `UnreadableImage`; errors
    of the disk or the network pass through. The file stays open: it is the caller's.
    """
    try:
        yield Image.open(file, formats=_formats_for(file))
    except UnidentifiedImageError as error:
        if is_cut_short(file):
            raise UnreadableImage(_TOO_SHORT) from error
        msg = "it is not an image of a format that can be read."
        raise UnknownFormat(msg, look=look_of(file)) from error
    except _DAMAGE as error:
        # An offset that no file can have is the image's fault, all else the disk's or network's.
        if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:
            raise
        raise UnreadableImage(_reason(error, file)) from error


@cache
def load_heif() -> None:
    """Has Pillow read HEIF from now on."""
    from pillow_heif import register_heif_opener

    register_heif_opener()


def _formats_for(file: IO[bytes]) -> tuple[str, ...]:
    """Those of FORMATS that a file may be of, each of which Pillow has a plug-in for."""
    if is_iso_media(file):
        load_heif()
        return tuple(FORMATS)
    return tuple(name for name in FORMATS if name != "HEIF")


def _reason(error: Exception, file: IO[bytes]) -> str:
    text = str(error).lower()
    if isinstance(error, EOFError) or any(words in text for words in _CUT_SHORT):
        return _TOO_SHORT
    return _TOO_SHORT if is_cut_short(file) else "its content is damaged."


def _orientation(image: ImageFile.ImageFile) -> int:
    """The EXIF orientation, 1-8; 1 where none is given or the EXIF block is broken."""
    try:
        # PNG's own getexif decodes the whole image, in case an orientation follows the pixels.
        value = Image.Image.getexif(image).get(_ORIENTATION, 1)
    except _DAMAGE:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _exif_orientation(image: ImageFile.ImageFile) -> int:
    """The orientation in the EXIF block itself; Pillow looks into XMP too where that has none."""
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
        return int(exif.get(_ORIENTATION, 1))
    except _DAMAGE:
        return 1


def _is_turned_by_pillow(image: ImageFile.ImageFile) -> bool:
    return isinstance(image, TiffImagePlugin.TiffImageFile) and _ORIENTATION in image.tag_v2
