"""Finds the EXIF, XMP and IPTC blocks of an image file, without decoding its pixels."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageFile, TiffImagePlugin

_IPTC_OF_PHOTOSHOP = 0x0404
_IPTC_OF_TIFF = 33723
_LARGEST_CHUNK = 2_000_000
_MOST_CHUNKS = 100_000
_XMP_OF_PNG = b"XML:com.adobe.xmp\x00"
_BROKEN = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, RuntimeError, struct.error,
    AttributeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """The blocks as the file has them; empty where it has none."""

    exif: Image.Exif
    xmp: bytes | str
    iptc: bytes


def find_blocks(image: ImageFile.ImageFile, file: IO[bytes]) -> Blocks:
    """The blocks of an opened image and its file; a broken one is as good as none."""
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if image.format == "PNG":
        # Many programs write behind the pixels, where Pillow looks only after it decoded them.
        for kind, data in _png_chunks(file):
            if kind == b"eXIf":
                image.info.setdefault("exif", data)
            elif not xmp and data.startswith(_XMP_OF_PNG):
                xmp = _png_text(data)
    return Blocks(exif=_exif(image), xmp=xmp, iptc=_iptc(image))


def _exif(image: ImageFile.ImageFile) -> Image.Exif:
    try:
        return Image.Image.getexif(image)  # PNG's own getexif decodes the image
    except _BROKEN:
        return Image.Exif()


def _iptc(image: ImageFile.ImageFile) -> bytes:
    value: object = None
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        try:
            value = image.tag_v2.get(_IPTC_OF_TIFF)
            if isinstance(value, tuple):  # some write it as 32-bit numbers
                order = "<" if image.tag_v2.prefix == b"II" else ">"
                value = struct.pack(f"{order}{len(value)}I", *value)
        except _BROKEN:
            return b""
    else:
        photoshop = image.info.get("photoshop")
        value = photoshop.get(_IPTC_OF_PHOTOSHOP) if isinstance(photoshop, dict) else None
    return value if isinstance(value, bytes) else b""


def _png_chunks(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The kind and content of the chunks that may hold metadata."""
    position = 8
    for _ in range(_MOST_CHUNKS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in {b"eXIf", b"iTXt"} and length <= _LARGEST_CHUNK:
            yield kind, file.read(length)
        position += length + 12


def _png_text(data: bytes) -> bytes:
    """The text of an iTXt chunk (PNG, 11.3.3.4): flags, then language and translated keyword."""
    rest = data[len(_XMP_OF_PNG) :]
    is_compressed = rest[:1] == b"\x01"
    text = rest[2:].split(b"\x00", 2)[-1]
    if not is_compressed:
        return text
    try:
        return zlib.decompressobj().decompress(text, _LARGEST_CHUNK)
    except zlib.error:
        return b""
