"""Derived images as stored files: one name for each content, spec and crop.

The *proxy* is an upright sRGB JPEG without metadata, at most 2048 pixels a side. It is made once,
at upload; renditions and recognition are made from it, so an original is decoded once.
"""

import hashlib
import threading
from io import BytesIO
from typing import BinaryIO, cast

from django.core.files.base import ContentFile

from dam.geometry import BoundingBox
from dam.models import Asset, Original
from dam.renditions.render import make_proxy, render
from dam.renditions.spec import GRID, RenditionSpec
from dam.storages import renditions_storage

_decoding = threading.BoundedSemaphore(2)
"""How many originals a process decodes at once: one of 150 megapixels takes more than 1 GB."""


def store_derived(original: Original, content: BinaryIO) -> None:
    """Makes and stores what every page needs: the proxy and, from it, the picture for the grid.

    Raises UnreadableImage, storing nothing, where the content cannot be decoded in full.
    """
    with _decoding:
        proxy = make_proxy(content).content
    picture = render(BytesIO(proxy), GRID)
    _store(_proxy_key(original), proxy)
    _store(rendition_key(original, GRID), picture)


def delete_derived(original: Original) -> None:
    """Removes the proxy and all renditions of an original; what is still used is made again."""
    storage, folder = renditions_storage(), original.rendition_folder
    try:
        _, names = storage.listdir(folder)
    except FileNotFoundError:  # on disk; a bucket has no folders that could be missing
        return
    for name in names:
        # On disk a draft lies here until it is complete, and may be that of another upload.
        if not name.startswith("."):
            storage.delete(f"{folder}/{name}")


def open_proxy(original: Original) -> BinaryIO:
    """Opens an original's proxy, making it again where it is gone.

    Raises FileNotFoundError where the original is gone too, UnreadableImage where it is damaged.
    """
    storage, key = renditions_storage(), _proxy_key(original)
    if not storage.exists(key):
        with original.file.open("rb") as file:
            store_derived(original, cast(BinaryIO, file))
    return cast(BinaryIO, storage.open(key, "rb"))


def open_rendition(asset: Asset, spec: RenditionSpec) -> BinaryIO:
    """Opens an image derived from an asset, making it on first use. Raises as `open_proxy` does."""
    storage = renditions_storage()
    focal = asset.focal_region if spec.is_crop else None
    key = rendition_key(asset.original, spec, focal)
    if not storage.exists(key):
        with open_proxy(asset.original) as proxy:
            _store(key, render(proxy, spec, focal=focal))
    return cast(BinaryIO, storage.open(key, "rb"))


def rendition_key(original: Original, spec: RenditionSpec, focal: BoundingBox | None = None) -> str:
    """A storage key that changes with everything that changes the picture."""
    around = ""
    if focal is not None:
        numbers = ",".join(f"{n:.4f}" for n in (focal.left, focal.top, focal.width, focal.height))
        around = "-" + hashlib.sha256(numbers.encode()).hexdigest()[:12]
    return f"{original.rendition_folder}/{spec.name}{around}.{spec.format}"


def _proxy_key(original: Original) -> str:
    return f"{original.rendition_folder}/proxy.jpg"


def _store(key: str, content: bytes) -> None:
    renditions_storage().save(key, ContentFile(content))
