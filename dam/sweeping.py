"""Removes originals that no asset has any more: a day later, under lock, rows before files.

Every original has storage keys of its own, so the files of a row that is gone are nobody else's. An
upload of the same content either finds the row held, and keeps it, or finds it gone, and is new.
"""

import logging
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from dam.delivery import delete_derived
from dam.models import Original
from dam.staging import PREFIX, staging_folder
from dam.storages import renditions_storage
from dam.stored_files import remove_folder

logger = logging.getLogger(__name__)

GRACE = timedelta(days=1)
"""How long bytes stay once nothing refers to them: as long as a backup may take."""
_BATCH = 1000


@dataclass(slots=True, kw_only=True)
class Swept:
    """What a sweep removed."""

    originals: int = 0
    bytes: int = 0
    left: int = 0
    """Originals whose rows went, but not all of their files; check_library finds these."""
    staged: int = 0
    """Uploads that were never completed."""
    is_complete: bool = True
    """Whether there was time for all that was due."""


def sweep(*, seconds: float | None = None) -> Swept:
    """Removes what is due, for about so many seconds. It may be repeated and may overlap."""
    swept, begun = Swept(staged=remove_stale_staged()), time.monotonic()
    mark_unreferenced()
    for pk in _due():
        if seconds is not None and time.monotonic() - begun > seconds:
            swept.is_complete = False
            break
        original = _remove_row(pk)
        if original is not None:
            swept.originals += 1
            swept.bytes += original.bytes
            swept.left += not _remove_files(original)
    return swept


def mark_unreferenced() -> None:
    """Notes of originals since when no asset has them; they have a day from then."""
    unknown = Original.objects.filter(unreferenced_since=None, assets=None).order_by("pk")
    last = 0
    # Found first and written then, so that nobody who writes waits for the search.
    while pks := list(unknown.filter(pk__gt=last).values_list("pk", flat=True)[:_BATCH]):
        unknown.filter(pk__in=pks).order_by().update(unreferenced_since=timezone.now())
        last = pks[-1]
    again = Original.objects.filter(unreferenced_since__isnull=False, assets__isnull=False)
    again.update(unreferenced_since=None)


def remove_stale_staged() -> int:
    """Removes uploads that a killed process left on this machine, and answers how many."""
    limit = time.time() - GRACE.total_seconds()
    stale = [path for path in staging_folder().glob(f"{PREFIX}*") if _newest(path) < limit]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True)
    return len(stale)


def _due() -> Iterator[int]:
    """Keys of the originals whose day is over, as far as is known before they are held."""
    due = Original.objects.filter(unreferenced_since__lte=timezone.now() - GRACE).order_by("pk")
    last = 0
    while pks := list(due.filter(pk__gt=last).values_list("pk", flat=True)[:_BATCH]):
        yield from pks
        last = pks[-1]


def _remove_row(pk: int) -> Original | None:
    """Deletes an original with its runs if still no asset has it; the row as it was, or None."""
    with transaction.atomic():
        due = Original.objects.filter(pk=pk, unreferenced_since__lte=timezone.now() - GRACE)
        # Whoever holds it is about to refer to it.
        original = due.select_for_update(skip_locked=True).first()
        if original is None or original.assets.exists():
            return None
        original.delete()
    return original


def _remove_files(original: Original) -> bool:
    """Removes what was stored for a row that is gone; False where a storage did not do it."""
    try:
        original.file.storage.delete(original.file.name)
        delete_derived(original)
        remove_folder(renditions_storage(), original.rendition_folder)
    except Exception:
        # Each storage has errors of its own.
        logger.exception("the files of %s stay behind", original.file.name)
        return False
    return True


def _newest(folder: Path) -> float:
    """When something was last written in a folder; now, where it is gone meanwhile."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    except OSError:
        return time.time()
