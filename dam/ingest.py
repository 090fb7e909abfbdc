"""Takes a file into the library: checked, hashed, stored once, an asset in one transaction."""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction

from dam import tagging
from dam.delivery import delete_derived, store_derived
from dam.facts import record_file_facts
from dam.metadata import read_metadata
from dam.models import Asset, Audience, Collection, Original
from dam.permissions import SYSTEM, Viewer, account_of
from dam.renditions.decode import UnreadableImage
from dam.uploads import max_upload_bytes
from dam.validators import quoted_file_name, validate_file_name, validate_image

logger = logging.getLogger(__name__)

_CHUNK = 1024 * 1024


class Status(StrEnum):
    """What became of an upload that was acceptable."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    IN_TRASH = "in_trash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """An acceptable upload: its asset, which may have been there before."""

    asset: Asset
    status: Status

    @property
    def is_new(self) -> bool:
        return self.status is Status.CREATED


class NotStoredError(Exception):
    """The library cannot take a file just now, which says nothing about the file."""


def ingest(
    content: BinaryIO,
    *,
    file_name: str,
    uploader: Viewer = SYSTEM,
    collection: Collection | None = None,
    tags: Iterable[str] = (),
) -> Ingested:
    """Makes an asset of a seekable binary file, or finds the one that has this content already.

    Only assets that the uploader may see count as duplicates, so nobody learns what else the
    library holds. Raises ValidationError, fit to be shown, for what is no acceptable image, and
    NotStoredError, fit to be shown too, where the library cannot take it just now. Either way
    nothing of it is kept.
    """
    validate_file_name(file_name)
    header = validate_image(
        content,
        file_name=file_name,
        max_bytes=max_upload_bytes(),
        max_pixels=settings.BROMO_MAX_MEGAPIXELS * 1_000_000,
    )
    sha256, size = hash_content(content)
    tags = [tagging.clean_name(tag) for tag in tags]
    known = _find_duplicate(sha256, uploader)
    if known is None:
        draft = Original(
            sha256=sha256,
            bytes=size,
            media_type=header.media_type,
            extension=header.extension,
            width=header.width,
            height=header.height,
        )
        return _add(draft, content, file_name, uploader, collection, tags)
    return _add_to(known, uploader, collection, tags)


def hash_content(content: BinaryIO) -> tuple[str, int]:
    """SHA-256 in hexadecimal and size in bytes; leaves the file at its start."""
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    content.seek(0)
    return digest.hexdigest(), size


def _find_duplicate(sha256: str, uploader: Viewer) -> Asset | None:
    """The asset with this content that the uploader sees; one outside the trash if there is one."""
    seen = Asset.objects.visible_to(uploader).filter(original__sha256=sha256)
    return seen.present().order_by("pk").first() or seen.in_trash().order_by("pk").first()


def _add(
    draft: Original,
    content: BinaryIO,
    file_name: str,
    uploader: Viewer,
    collection: Collection | None,
    tags: list[str],
) -> Ingested:
    """Makes an asset on a known original, or on the draft; nothing is left of it if that fails."""
    known = Original.objects.filter(sha256=draft.sha256).first()
    try:
        if known is None:
            _store_files(draft, content, file_name)
        with transaction.atomic():
            original = known or _save(draft)
            # Whoever uploads the same content meanwhile waits here, and then finds this asset.
            Original.hold(original.pk)
            if twin := _find_duplicate(draft.sha256, uploader):
                return _add_to(twin, uploader, collection, tags)
            asset = Asset.objects.create(
                original=original, file_name=file_name, uploader=account_of(uploader)
            )
            Audience.objects.create(asset=asset)
            record_file_facts(asset)
            _file_under(asset, collection, tags, uploader)
    except BaseException:
        if known is None:
            _remove_files(draft)
        raise
    return Ingested(asset=asset, status=Status.CREATED)


def _add_to(
    known: Asset, uploader: Viewer, collection: Collection | None, tags: list[str]
) -> Ingested:
    """Files a known asset where the uploader wanted the new one; one in the trash stays there."""
    if known.is_in_trash:
        return Ingested(asset=known, status=Status.IN_TRASH)
    with transaction.atomic():
        _file_under(known, collection, tags, uploader)
    return Ingested(asset=known, status=Status.DUPLICATE)


def _store_files(draft: Original, content: BinaryIO, file_name: str) -> None:
    """Stores an original with what is derived from it, and reads its metadata.

    Raises ValidationError for a file that turns out to be damaged, NotStoredError for all that is
    no fault of the file.
    """
    shown = quoted_file_name(file_name)
    try:
        draft.metadata = read_metadata(content).as_dict()
        content.seek(0)
        store_derived(draft, content)
        content.seek(0)
        draft.file.save(file_name, cast(Any, File(content)), save=False)
    except UnreadableImage as error:
        raise ValidationError(f"{shown} was not added: {error}", code="unreadable") from error
    except MemoryError as error:
        msg = f"{shown} was not added: the server is short of memory. Try again later."
        raise NotStoredError(msg) from error
    except Exception as error:
        # Each storage has errors of its own; what they say is for the administrator.
        logger.exception("storing %s failed", draft.sha256)
        msg = f"{shown} was not added: the storage did not take it. Try again later."
        raise NotStoredError(msg) from error


def _remove_files(draft: Original) -> None:
    """Removes what an upload that failed has stored, unless somebody else's rests on it."""
    if draft.file.name and draft.file._committed:
        draft.file.storage.delete(draft.file.name)
    if not Original.objects.filter(sha256=draft.sha256).exists():
        delete_derived(draft)


def _save(draft: Original) -> Original:
    """The original of this content; somebody may have uploaded the same meanwhile."""
    fields = ("file", "bytes", "media_type", "extension", "width", "height", "metadata")
    original, is_new = Original.objects.get_or_create(
        sha256=draft.sha256, defaults={field: getattr(draft, field) for field in fields}
    )
    if not is_new:
        draft.file.storage.delete(draft.file.name)
    return original


def _file_under(
    asset: Asset, collection: Collection | None, tags: list[str], uploader: Viewer
) -> None:
    """Puts an asset where its uploader wanted it."""
    if collection is not None:
        collection.add(asset)
    if tags:
        tagging.decide(asset, tags, is_yes=True, user=uploader)
