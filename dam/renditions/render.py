"""Derives renditions, and the proxy they are made from, as new images without any metadata."""

import io
import math
from dataclasses import dataclass
from typing import IO

from PIL import Image

from dam.geometry import BoundingBox
from dam.renditions.crop import Size, fill_box, fill_size, size_within
from dam.renditions.decode import decode_upright, read_header
from dam.renditions.spec import Fit, Format, RenditionSpec

PROXY_SIDE = 2048
"""The longest side of a proxy, in pixels."""
_SAVING: dict[Format, dict[str, int | bool]] = {
    Format.WEBP: {"quality": 80, "method": 4},
    Format.JPEG: {"quality": 82, "optimize": True, "progressive": True},
    Format.PNG: {"optimize": True},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The JPEG that stands in for an original wherever pixels are needed: upright, sRGB, bare."""

    content: bytes
    width: int
    """In pixels."""
    height: int


def make_proxy(file: IO[bytes]) -> Proxy:
    """Reads an original to its last byte and makes its proxy; see-through parts become white.

    Raises `dam.renditions.decode.UnreadableImage` for damaged or truncated files and `MemoryError`
    where the machine cannot hold the pixels.
    """
    header = read_header(file)
    shorter, longer = sorted((header.width, header.height))
    image = decode_upright(file, least_side=math.ceil(shorter * min(1, PROXY_SIDE / longer)))
    size = size_within(Size(*image.size), Size(PROXY_SIDE, PROXY_SIDE))
    image = _on_white(_resized(image, size))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, optimize=True)
    return Proxy(content=out.getvalue(), width=size.width, height=size.height)


def render(file: IO[bytes], spec: RenditionSpec, *, focal: BoundingBox | None = None) -> bytes:
    """A rendition of an image file, usually of a proxy, as the bytes of a file in `spec.format`.

    `focal` is what a crop keeps in view. Raises as `make_proxy` does.
    """
    target = Size(spec.width, spec.height)
    # Twice the target leaves the fine work to our own, better filter.
    image = decode_upright(file, least_side=2 * max(target))
    whole = Size(*image.size)
    if spec.fit is Fit.FILL:
        box = fill_box(whole, target, focal)
        image = _resized(image.crop(box), fill_size(box, target))
    else:
        image = _resized(image, size_within(whole, target))
    if spec.format is Format.JPEG:
        image = _on_white(image)
    out = io.BytesIO()
    _bare(image).save(out, spec.format.media_type.removeprefix("image/"), **_SAVING[spec.format])
    return out.getvalue()


def _resized(image: Image.Image, size: Size) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _on_white(image: Image.Image) -> Image.Image:
    """A new image in RGB that holds the pixels and nothing else."""
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=image if image.mode == "RGBA" else None)
    return canvas


def _bare(image: Image.Image) -> Image.Image:
    """A new image of the same mode that holds the pixels and nothing else."""
    canvas = Image.new(image.mode, image.size)
    canvas.paste(image)
    return canvas
