"""Takes a file into the library: staged, examined, stored once, an asset in one transaction.

Bytes come first and rows after them, so that a row never lacks its bytes, whenever a process dies.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import InterfaceError, OperationalError, transaction

from dam import metrics, tagging
from dam.delivery import delete_derived, store_derived
from dam.facts import record_file_facts
from dam.metadata import ImageMetadata
from dam.models import Asset, Audience, Collection, Original, original_key
from dam.permissions import SYSTEM, Viewer, account_of
from dam.signals import gathering_changes
from dam.staging import LostUpload, StagedFile, stage
from dam.storages import StorageError
from dam.uploads import max_upload_bytes
from dam.validators import quoted_file_name, validate_file_name, validate_image

logger = logging.getLogger(__name__)

_TRIES = 3


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
    content: BinaryIO | StagedFile | LostUpload,
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
    no asset comes of it.
    """
    try:
        result = _ingest(content, file_name, uploader, collection, tags)
    except ValidationError:
        metrics.uploads.labels(outcome="rejected").inc()
        raise
    except BaseException:
        metrics.uploads.labels(outcome="failed").inc()
        raise
    metrics.uploads.labels(outcome=result.status.value).inc()
    return result


def _ingest(
    content: BinaryIO | StagedFile | LostUpload,
    file_name: str,
    uploader: Viewer,
    collection: Collection | None,
    tags: Iterable[str],
) -> Ingested:
    validate_file_name(file_name)
    names = [tagging.clean_name(tag) for tag in tags]
    with _staged(content, file_name) as staged, _writing(file_name, staged.sha256):
        for _ in range(_TRIES):
            # One that is swept away between being found and being held is new the next time.
            with suppress(Original.DoesNotExist):
                return _add(staged, file_name, uploader, collection, names)
    shown = quoted_file_name(file_name)
    msg = f"{shown} was not added: its content is just being removed. Try again."
    raise NotStoredError(msg)


def _staged(content: BinaryIO | StagedFile | LostUpload, file_name: str) -> StagedFile:
    if isinstance(content, StagedFile):
        return content
    try:
        if isinstance(content, LostUpload):
            raise content.problem
        return stage(content, max_bytes=max_upload_bytes())
    except StorageError as error:
        logger.warning("an upload could not be staged: %s", error)
        msg = f"{quoted_file_name(file_name)} was not added: {error} Try again later."
        raise NotStoredError(msg) from error


def _find_duplicate(sha256: str, uploader: Viewer) -> Asset | None:
    """The asset with this content that the uploader sees; one outside the trash if there is one."""
    seen = Asset.objects.visible_to(uploader).filter(original__sha256=sha256)
    return seen.present().order_by("pk").first() or seen.in_trash().order_by("pk").first()


def _add(
    staged: StagedFile,
    file_name: str,
    uploader: Viewer,
    collection: Collection | None,
    tags: list[str],
) -> Ingested:
    """Makes an asset on the original of this content, which is stored first where it is new.

    Raises Original.DoesNotExist where the original was removed meanwhile.
    """
    known = Original.objects.filter(sha256=staged.sha256).first()
    draft = known or _store_new(staged, file_name)
    is_written = False
    try:
        with transaction.atomic():
            original = known or _save(draft)
            # Whoever uploads or deletes the same content meanwhile waits here, and then sees this.
            Original.hold(original.pk)
            if known:
                _store_again(known, staged, file_name)
            with gathering_changes():
                if twin := _find_duplicate(staged.sha256, uploader):
                    result = _add_to(twin, uploader, collection, tags)
                else:
                    result = _create(original, file_name, uploader, collection, tags)
            is_written = True
    except BaseException:
        # Once all was written nobody knows whether the database took it: the sweep will see.
        if known is None and not is_written:
            _remove_files(draft)
        raise
    if known is None and original.file.name != draft.file.name:
        _remove_files(draft)  # somebody else's upload of the same content was first
    return result


def _create(
    original: Original,
    file_name: str,
    uploader: Viewer,
    collection: Collection | None,
    tags: list[str],
) -> Ingested:
    asset = Asset.objects.create(
        original=original, file_name=file_name, uploader=account_of(uploader)
    )
    Audience.objects.create(asset=asset)
    record_file_facts(asset)
    _file_under(asset, collection, tags, uploader)
    return Ingested(asset=asset, status=Status.CREATED)


def _add_to(
    known: Asset, uploader: Viewer, collection: Collection | None, tags: list[str]
) -> Ingested:
    """Files a known asset where the uploader wanted the new one; one in the trash stays there."""
    if known.is_in_trash:
        return Ingested(asset=known, status=Status.IN_TRASH)
    _file_under(known, collection, tags, uploader)
    return Ingested(asset=known, status=Status.DUPLICATE)


def _store_new(staged: StagedFile, file_name: str) -> Original:
    """Stores content with what is derived from it, and gives the row to be saved for it.

    Raises ValidationError for a file that is no acceptable image, NotStoredError for all that is
    no fault of the file.
    """
    with _storing(file_name, staged.sha256):
        examined = validate_image(staged, file_name=file_name)
        header = examined.header
        draft = Original(
            sha256=staged.sha256,
            bytes=staged.size,
            media_type=header.media_type,
            extension=header.extension,
            width=header.width,
            height=header.height,
            orientation=header.orientation,
            metadata=examined.metadata,
            taken_at=ImageMetadata.from_dict(examined.metadata).clock,
        )
        draft.file.name = original_key(draft, file_name)
        try:
            store_derived(draft, examined)
            draft.file.storage.save(draft.file.name, staged)
        except BaseException:
            _remove_files(draft)
            raise
        return draft


def _store_again(known: Original, staged: StagedFile, file_name: str) -> None:
    """Brings the bytes of an original back where they got lost; changes nothing where they are."""
    with _storing(file_name, staged.sha256):
        if not known.file.storage.exists(known.file.name):
            logger.warning("the missing file of original %s came back", known.pk)
            # A copy: where its row turns out to be gone too, the content is to be stored as new.
            with staged.path.open("rb") as copy:
                known.file.storage.save(known.file.name, File(copy))


@contextmanager
def _storing(file_name: str, what: str) -> Iterator[None]:
    """Makes NotStoredError of whatever storages and machines raise.

    Each has errors of its own; what they say is for the administrator.
    """
    try:
        yield
    except (ValidationError, NotStoredError):
        raise
    except Exception as error:
        logger.exception("storing %s failed", what)
        shown = quoted_file_name(file_name)
        msg = f"{shown} was not added: the storage did not take it. Try again later."
        raise NotStoredError(msg) from error


@contextmanager
def _writing(file_name: str, what: str) -> Iterator[None]:
    """Makes NotStoredError of a database that does not take it: full, overworked or away."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        logger.exception("the rows of %s were not written", what)
        shown = quoted_file_name(file_name)
        msg = f"{shown} was not added: the database did not take it. Try again later."
        raise NotStoredError(msg) from error


def _remove_files(draft: Original) -> None:
    """Removes what was stored for an upload, under keys that never got into a row."""
    try:
        draft.file.storage.delete(draft.file.name)
        delete_derived(draft)
    except Exception:
        # Nobody waits for it, and check_library finds it.
        logger.exception("the files of %s stay behind", draft.file.name)


def _save(draft: Original) -> Original:
    """The original of this content; somebody may have uploaded the same meanwhile."""
    # All of the draft, so that a column that is added later is not forgotten here.
    fields = [field.name for field in Original._meta.concrete_fields if not field.primary_key]
    original, _ = Original.objects.get_or_create(
        sha256=draft.sha256, defaults={field: getattr(draft, field) for field in fields}
    )
    return original


def _file_under(
    asset: Asset, collection: Collection | None, tags: list[str], uploader: Viewer
) -> None:
    """Puts an asset where its uploader wanted it."""
    if collection is not None:
        collection.add(asset)
    if tags:
        tagging.decide(asset, tags, is_yes=True, user=uploader)
