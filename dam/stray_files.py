"""Files that no row refers to: what a killed process left behind, or what has lost its row.

Younger than a day they may belong to an upload on its way, and are left alone.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from django.core.files.storage import Storage
from django.utils import timezone

from dam.checking import Finding, Inspection
from dam.models import Original
from dam.storages import originals_storage, reading, renditions_storage
from dam.stored_files import StoredFile, remove_folder
from dam.sweeping import GRACE

_OURS = re.compile(r"[0-9a-f]{2}/[^/]+")
"""Names as Bromo gives them to originals."""
_BATCH = 500


def check_strays(
    files: Sequence[StoredFile], newest: datetime | None, inspection: Inspection
) -> Iterator[Finding]:
    """What is wrong with files among the originals that seemed to have no row.

    `newest` is when the newest row was made. Files that came after it are kept: the database may be
    an older copy of the one that knew them.
    """
    for start in range(0, len(files), _BATCH):
        batch = files[start : start + _BATCH]
        rows = Original.objects.filter(file__in=[file.name for file in batch])
        known = set(rows.values_list("file", flat=True))
        for file in batch:
            if file.name not in known:
                yield from _check_original(file, newest, inspection)


def check_derived(
    files: Sequence[StoredFile], homes: Collection[str], inspection: Inspection
) -> Iterator[Finding]:
    """What is wrong with derived files; `homes` are the folders of the rows there are."""
    storage = renditions_storage()
    files = sorted(files, key=lambda file: file.folder)
    for folder, group in groupby(files, key=lambda file: file.folder):
        here = list(group)
        if folder not in homes:
            yield from _check_folder(folder, here, inspection)
            continue
        for file in here:
            if file.is_draft and _is_old([file], inspection) and _is_there(storage, file):
                yield _draft(storage, file, inspection)


def _check_original(
    file: StoredFile, newest: datetime | None, inspection: Inspection
) -> Iterator[Finding]:
    storage = originals_storage()
    if not (_is_old([file], inspection) and _is_there(storage, file)):
        return
    if file.is_draft:
        yield _draft(storage, file, inspection)
        return
    action, is_removed = _reason_to_keep(file, newest), False
    if not action:
        action, is_removed = _remove(storage, [file], inspection)
    yield Finding(
        code="file_unknown",
        about=f"originals/{file.name}",
        text="no original of the database has this file",
        action=action,
        repaired=is_removed,
    )


def _reason_to_keep(file: StoredFile, newest: datetime | None) -> str:
    """Why --repair does not remove a file; empty where it does."""
    if not _OURS.fullmatch(file.name):
        return "--repair leaves it: Bromo gives no such name. Move it elsewhere."
    if newest is None or file.modified_at > newest:
        return (
            "--repair leaves it: it is newer than all originals of the database, which may be an "
            "older copy. Import it, or remove it by hand."
        )
    return ""


def _check_folder(
    folder: str, files: list[StoredFile], inspection: Inspection
) -> Iterator[Finding]:
    """What is derived from an original that is gone."""
    storage = renditions_storage()
    if not (_is_old(files, inspection) and _is_there(storage, files[0])) or _has_row(folder):
        return
    action, is_removed = _remove(storage, files, inspection)
    if is_removed:
        remove_folder(storage, folder)
    yield Finding(
        code="renditions_unknown",
        about=f"renditions/{folder}",
        text=f"no original of the database has these {len(files)} derived files",
        action=action,
        repaired=is_removed,
    )


def _draft(storage: Storage, file: StoredFile, inspection: Inspection) -> Finding:
    is_original = storage is originals_storage()
    action, is_removed = _remove(storage, [file], inspection)
    return Finding(
        code="draft_left",
        about=f"{'originals' if is_original else 'renditions'}/{file.name}",
        text="it was being written when its process ended",
        action=action,
        repaired=is_removed,
    )


def _remove(
    storage: Storage, files: Sequence[StoredFile], inspection: Inspection
) -> tuple[str, bool]:
    """What was done about stray files, and whether they are gone."""
    if not inspection.repair:
        return "--repair cleans up.", False
    try:
        for file in files:
            storage.delete(file.name)
    except Exception as error:  # noqa: BLE001 - each storage has errors of its own
        return f"Not removed: {error}", False
    return "Removed.", True


def _is_old(files: Sequence[StoredFile], inspection: Inspection) -> bool:
    """Whether nobody can still be on the way to make a row for files."""
    if max(file.modified_at for file in files) > timezone.now() - GRACE:
        inspection.on_young_file()
        return False
    return True


def _is_there(storage: Storage, file: StoredFile) -> bool:
    with reading(file.name):
        return storage.exists(file.name)


def _has_row(folder: str) -> bool:
    """Whether an original, perhaps one stored meanwhile, has this rendition folder."""
    digits = folder[:2]
    rows = Original.objects.filter(sha256__gte=digits, sha256__lt=f"{digits}g")
    return rows.filter(file__startswith=f"{folder}.").exists()
