"""Whether each original that an asset has also has its bytes and its proxy, and each file a row.

Rows and files are compared folder by folder, 256 of them by the first two digits of the SHA-256, so
that a large library takes hardly more memory than a small one. Others write meanwhile: whatever
looks wrong is looked at again before it is told, and nothing is ever overwritten.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from django.core.files.storage import Storage
from django.db.models import Exists, Max, OuterRef, QuerySet, Sum

from dam.checking import Finding, Inspection
from dam.delivery import make_derived_again, proxy_key
from dam.models import Asset, Original
from dam.renditions.decode import UnreadableImage
from dam.sandbox import SandboxError
from dam.storages import StorageError, originals_storage, reading, renditions_storage
from dam.stored_files import StoredFile, files_in, top_folders
from dam.stray_files import check_derived, check_strays

FOLDERS = [f"{number:02x}" for number in range(256)]
"""What every storage is divided into, by the first two digits of the SHA-256."""


def bytes_to_look_at() -> int:
    """The sizes of all originals that `check_files` looks at."""
    total = _referenced(Original.objects.all()).aggregate(total=Sum("bytes"))["total"]
    return total or 0


def check_files(inspection: Inspection) -> Iterator[Finding]:
    """What is wrong with the files of a library."""
    originals, renditions = _Listing(originals_storage()), _Listing(renditions_storage())
    newest = Original.objects.aggregate(newest=Max("created_at"))["newest"]
    for folder in sorted({*FOLDERS, *originals.folders, *renditions.folders}):
        # Rows after files: what is stored meanwhile is young, and what goes is looked at again.
        stored = {file.name: file for file in originals.files_in(folder)}
        derived = renditions.files_in(folder)
        rows = _rows_of(folder)
        yield from _find_strays(rows, stored, derived, newest, inspection)
        yield from _check_rows(rows, stored, {f.name for f in derived if f.size}, inspection)


def remove_strays(folder: str) -> list[Finding]:
    """Removes what no row has had for a day from one of the `FOLDERS`, and says what that was.

    Raises dam.storages.StorageError where a storage cannot be read just now.
    """
    newest = Original.objects.aggregate(newest=Max("created_at"))["newest"]
    stored = {file.name: file for file in files_in(originals_storage(), folder)}
    derived = files_in(renditions_storage(), folder)
    found = _find_strays(_rows_of(folder), stored, derived, newest, Inspection(repair=True))
    return [finding for finding in found if finding.repaired]


def _find_strays(
    rows: QuerySet[Original],
    stored: Mapping[str, StoredFile],
    derived: Sequence[StoredFile],
    newest: datetime | None,
    inspection: Inspection,
) -> Iterator[Finding]:
    names = {row.file.name for row in rows}
    homes = {row.rendition_folder for row in rows}
    strays = [file for name, file in stored.items() if name not in names]
    yield from check_strays(strays, newest, inspection)
    yield from check_derived(derived, homes, inspection)


class _Listing:
    """What a storage holds, folder by folder; a folder that was not there holds nothing."""

    def __init__(self, storage: Storage) -> None:
        self.folders = top_folders(storage)
        self._storage = storage

    def files_in(self, folder: str) -> list[StoredFile]:
        return files_in(self._storage, folder) if folder in self.folders else []


def _rows_of(folder: str) -> QuerySet[Original]:
    """The originals whose files lie in a folder: keys begin as the SHA-256 does."""
    mine = Original.objects.filter(sha256__gte=folder, sha256__lt=f"{folder}g")
    return mine.defer("metadata").order_by("pk") if folder in FOLDERS else mine.none()


def _referenced(originals: QuerySet[Original]) -> QuerySet[Original]:
    """Those that an asset has; the others may lose their files any time."""
    return originals.filter(Exists(Asset.objects.filter(original=OuterRef("pk")).order_by()))


def _check_rows(
    rows: QuerySet[Original],
    stored: Mapping[str, StoredFile],
    derived: Collection[str],
    inspection: Inspection,
) -> Iterator[Finding]:
    referenced = set(_referenced(rows).values_list("pk", flat=True))
    for row in rows:
        if row.pk not in referenced:
            continue
        wrong = _check_original(row, stored.get(row.file.name), is_quick=inspection.is_quick)
        if wrong is not None:
            yield wrong
        if proxy_key(row) not in derived:
            yield from _check_proxy(row, is_whole=wrong is None, repair=inspection.repair)
        inspection.on_original(row.bytes)


def _check_original(row: Original, file: StoredFile | None, *, is_quick: bool) -> Finding | None:
    try:
        wrong = _compare(row, file, is_quick=is_quick)
    except FileNotFoundError:
        action = "--repair cannot bring it back: upload it again, or restore it from a backup."
        wrong = _finding(row, "file_missing", f"its file {row.file.name} is missing", action)
    except StorageError as error:
        wrong = _finding(row, "file_unreadable", str(error), "Mend the storage and check again.")
    return wrong if wrong is not None and _is_current(row) else None


def _compare(row: Original, file: StoredFile | None, *, is_quick: bool) -> Finding | None:
    """What is wrong with an original's bytes. Raises FileNotFoundError and StorageError."""
    action = (
        f"--repair cannot mend it: move {row.file.name} away, then upload the image again or "
        "restore it from a backup."
    )
    size = file.size if file else _size(row)
    if size != row.bytes:
        text = f"its file {row.file.name} has {size} bytes instead of {row.bytes}"
        return _finding(row, "file_damaged", text, action)
    # Twice, as a storage may have had a bad moment.
    if is_quick or any(_sha256(row) == row.sha256 for _ in range(2)):
        return None
    text = f"its file {row.file.name} does not hold what was uploaded: its SHA-256 is another one"
    return _finding(row, "file_damaged", text, action)


def _size(row: Original) -> int:
    with reading(row.file.name):
        return int(row.file.storage.size(row.file.name))


def _sha256(row: Original) -> str:
    digest = hashlib.sha256()
    with reading(row.file.name), row.file.storage.open(row.file.name, "rb") as file:
        for chunk in file.chunks(1024 * 1024):
            digest.update(chunk)
    return digest.hexdigest()


def _check_proxy(row: Original, *, is_whole: bool, repair: bool) -> Iterator[Finding]:
    if _has_proxy(row) or not _is_current(row):
        return
    action, is_made = "--repair makes it again.", False
    if not is_whole:
        action = "It can be made once the original has its bytes again."
    elif repair:
        action, is_made = _make_proxy(row)
    yield _finding(row, "proxy_missing", "its proxy is missing", action, is_repaired=is_made)


def _has_proxy(row: Original) -> bool:
    """Whether there is one now that has something in it."""
    storage = renditions_storage()
    with reading(proxy_key(row)):
        return storage.exists(proxy_key(row)) and storage.size(proxy_key(row)) > 0


def _make_proxy(row: Original) -> tuple[str, bool]:
    """What came of making it, and whether it is there now."""
    try:
        make_derived_again(row)
    except (FileNotFoundError, UnreadableImage, StorageError, SandboxError) as error:
        return f"It could not be made: {error}", False
    return "It was made again.", True


def _is_current(row: Original) -> bool:
    """Whether the original is still there, and an asset has it."""
    rows = Original.objects.filter(pk=row.pk, file=row.file.name)
    return _referenced(rows).exists()


def _finding(
    row: Original, code: str, text: str, action: str, *, is_repaired: bool = False
) -> Finding:
    names = row.assets.order_by("pk").values_list("pk", "file_name")[:3]
    whose = ", ".join(f"asset {pk} “{name}”" for pk, name in names)
    return Finding(
        code=code,
        about=f"original {row.pk}",
        text=f"{whose}: {text}" if whose else text,
        action=action,
        repaired=is_repaired,
    )
