"""How Amazon Rekognition gets to see an image: by reference to its bucket, or as a JPEG.

By reference nothing passes through this machine, and the service sees the original in full. It
turns a JPEG upright by its EXIF orientation before it looks, but not a PNG; so what goes by
reference comes back with boxes on the upright image, and all else is sent upright.
"""

import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from dam.renditions.decode import decode_upright, read_header
from recognition.calls import SentAs
from recognition.images import ImageSource, StoredObject
from recognition.recognisers.pixels import reading_image

MEDIA_TYPES = frozenset({"image/jpeg", "image/png"})
MOST_STORED_BYTES = 15_000_000
"""The service says 15 MB and not which; this is the smaller."""
MOST_BYTES = 4 * 1024 * 1024
"""Of a JPEG: the limit for custom labels. The other operations take 5 MB."""
LEAST_SIDE, MOST_SIDE = 80, 10_000
"""In pixels."""
_QUALITIES = (90, 75, 50, 20)
"""Tried in turn; noise of the largest size fits at the last one."""
_SENT_SIDE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The choice for one image."""

    sent_as: SentAs
    reason: str
    stored: StoredObject | None = None
    """Where the service finds it; None where it is sent."""

    def request_image(self, image: ImageSource) -> dict[str, Any]:
        """The `Image` of a request. Raises as `pixels.reading_image` does."""
        if self.stored is None:
            return {"Bytes": make_jpeg(image)}
        place = {"Bucket": self.stored.bucket, "Name": self.stored.key}
        if self.stored.version:
            place["Version"] = self.stored.version
        return {"S3Object": place}


def choose_sending(
    image: ImageSource, *, region: str, endpoint: str, by_reference: bool = True
) -> Sending:
    """How to send an image to the service of a region, and why so."""
    if not by_reference:
        return _as_bytes("sending by reference is switched off")
    if reason := _unfit(image):
        return _as_bytes(reason)
    try:
        stored = image.locate()
    except FileNotFoundError:
        return _as_bytes("the bucket does not have the original")
    if stored is None:
        return _as_bytes("the original is not in a bucket")
    if _is_amazon(stored.endpoint) != _is_amazon(endpoint):
        return _as_bytes("the service cannot reach the store that the original is in")
    if stored.region != region:
        return _as_bytes(f"the bucket is in {stored.region} and the service in {region}")
    return Sending(
        sent_as=SentAs.REFERENCE, reason=f"the original is in a bucket in {region}", stored=stored
    )


def make_jpeg(image: ImageSource) -> bytes:
    """The upright image as a JPEG that the service takes, whatever its size and shape.

    One that is too small or too narrow is stretched: boxes, as ratios, stay where they are.
    Raises as `pixels.reading_image` does.
    """
    with reading_image():
        with image.open() as file:
            content = file.read()
        if _is_fit(content):
            return content
        pixels = decode_upright(io.BytesIO(content), least_side=_SENT_SIDE).convert("RGB")
        pixels.thumbnail((_SENT_SIDE, _SENT_SIDE))
        pixels = pixels.resize(fitting_size(*pixels.size))
        jpegs = (_encode(pixels, quality) for quality in _QUALITIES)
        return next(jpeg for jpeg in jpegs if len(jpeg) <= MOST_BYTES)


def _is_fit(content: bytes) -> bool:
    """Whether a file, such as a proxy, can be sent as it is."""
    header = read_header(io.BytesIO(content))
    return (
        header.format == "JPEG"
        and header.orientation == 1
        and len(content) <= MOST_BYTES
        and fitting_size(header.width, header.height) == (header.width, header.height)
    )


def fitting_size(width: int, height: int) -> tuple[int, int]:
    """A size within the service's limits, of the same shape where that is possible."""
    factor = max(1.0, LEAST_SIDE / min(width, height))
    factor = min(factor, MOST_SIDE / max(width, height))
    return (
        max(LEAST_SIDE, min(MOST_SIDE, round(width * factor))),
        max(LEAST_SIDE, min(MOST_SIDE, round(height * factor))),
    )


def _unfit(image: ImageSource) -> str:
    """Why the service would not take the original itself; empty where it would."""
    file = image.file
    if file is None:
        return "the original is not in a bucket"
    if file.media_type not in MEDIA_TYPES:
        return f"the service does not read {file.media_type}"
    if file.bytes > MOST_STORED_BYTES:
        return f"the original has {file.bytes:,} bytes, more than {MOST_STORED_BYTES:,}"
    if min(image.width, image.height) < LEAST_SIDE:
        return f"the original has a side of less than {LEAST_SIDE} pixels"
    if max(image.width, image.height) > MOST_SIDE:
        return f"the original has a side of more than {MOST_SIDE:,} pixels"
    if file.media_type == "image/png" and file.orientation != 1:
        return "the service does not turn a PNG upright"
    if file.orientation is None:
        return "the service may not turn the original upright"
    return ""


def _as_bytes(reason: str) -> Sending:
    return Sending(sent_as=SentAs.BYTES, reason=reason)


def _is_amazon(url: str) -> bool:
    """Whether an endpoint is one of Amazon's, private ones of a VPC included."""
    host = urlsplit(url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


def _encode(pixels: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    pixels.save(file, "JPEG", quality=quality)
    return file.getvalue()
