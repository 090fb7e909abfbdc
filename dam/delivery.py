"""Derived images as stored files: one name for each original, spec and crop.

The *proxy* is an upright sRGB JPEG without metadata, at most 2048 pixels a side. It is made once,
at upload; renditions and recognition are made from it, so an original is decoded once.
"""

import hashlib
import logging
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO, cast

from django.core.files.base import ContentFile

from dam.examining import examine_file
from dam.geometry import BoundingBox
from dam.models import Asset, Original
from dam.renditions.render import render
from dam.renditions.spec import GRID, RenditionSpec
from dam.sandbox import Examined
from dam.staging import stage
from dam.storages import StorageError, reading, renditions_storage, storing

logger = logging.getLogger(__name__)


def store_derived(original: Original, examined: Examined) -> None:
    """Stores what every page needs: the proxy and the picture for the grid. Raises StorageError."""
    _store(proxy_key(original), examined.proxy)
    _store(rendition_key(original, GRID), examined.picture)


def make_derived_again(original: Original) -> None:
    """Makes an original's proxy from its bytes, where it got lost.

    Raises FileNotFoundError where the original is gone too, dam.renditions.decode.UnreadableImage
    where it is damaged, StorageError and dam.sandbox.SandboxError where it cannot be read just now.
    """
    with reading(original.file.name), original.file.open("rb") as file:
        staged = stage(cast(BinaryIO, file), max_bytes=original.bytes)
    with staged:
        store_derived(original, examine_file(staged.path))


def delete_derived(original: Original) -> None:
    """Removes the proxy and all renditions of an original."""
    storage, folder = renditions_storage(), original.rendition_folder
    try:
        _, names = storage.listdir(folder)
    except FileNotFoundError:  # on disk; a bucket has no folders that could be missing
        return
    for name in names:
        storage.delete(f"{folder}/{name}")


def read_proxy(original: Original) -> bytes:
    """The JPEG that stands in for an original.

    Raises FileNotFoundError where it is missing and StorageError where it cannot be read just now.
    """
    return _read(proxy_key(original))


def read_rendition(asset: Asset, spec: RenditionSpec) -> bytes:
    """An image derived from an asset, made on first use.

    Raises as `read_proxy` does, and dam.renditions.decode.UnreadableImage for a damaged proxy.
    """
    focal = asset.focal_region if spec.is_crop else None
    key = rendition_key(asset.original, spec, focal)
    with suppress(FileNotFoundError):
        return _read(key)
    picture = render(BytesIO(read_proxy(asset.original)), spec, focal=focal)
    try:
        _store(key, picture)
    except StorageError as error:
        logger.warning("a rendition is not kept: %s", error)
    return picture


def rendition_key(original: Original, spec: RenditionSpec, focal: BoundingBox | None = None) -> str:
    """A storage key that changes with everything that changes the picture."""
    around = ""
    if focal is not None:
        numbers = ",".join(f"{n:.4f}" for n in (focal.left, focal.top, focal.width, focal.height))
        around = "-" + hashlib.sha256(numbers.encode()).hexdigest()[:12]
    return f"{original.rendition_folder}/{spec.name}{around}.{spec.format}"


def proxy_key(original: Original) -> str:
    """The storage key of an original's proxy."""
    return f"{original.rendition_folder}/proxy.jpg"


def _read(key: str) -> bytes:
    with reading(key), renditions_storage().open(key, "rb") as file:
        return cast(bytes, file.read())


def _store(key: str, content: bytes) -> None:
    with storing(key):
        renditions_storage().save(key, ContentFile(content))
