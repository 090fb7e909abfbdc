"""What lies in a storage, whatever the database says."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage, Storage

from dam.storages import BucketStorage, reading


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    name: str
    """Its key in the storage."""
    size: int
    modified_at: datetime

    @property
    def folder(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def is_draft(self) -> bool:
        """Whether it is what a storage was writing, and not complete under its name."""
        return self.name.rpartition("/")[2].startswith(".draft-")


def top_folders(storage: Storage) -> list[str]:
    """The uppermost folders by name, without hidden ones; "" where files lie beside them."""
    with reading("the list of all files"):
        folders, files = _listed(storage, "")
    if any(not name.startswith(".") for name in files):
        folders.append("")
    return sorted(name for name in folders if not name.startswith("."))


def files_in(storage: Storage, folder: str) -> list[StoredFile]:
    """The files in a folder and below it; for "" only those beside the uppermost folders.

    Raises StorageError where the storage cannot be read just now.
    """
    with reading(f"the list of files in {folder or 'the uppermost folder'}"):
        if folder and isinstance(storage, BucketStorage):
            return list(_objects(storage, folder))
        return list(_files(storage, folder))


def remove_folder(storage: Storage, name: str) -> None:
    """Removes an empty folder; a bucket has none."""
    if isinstance(storage, FileSystemStorage):
        with suppress(OSError):
            Path(storage.path(name)).rmdir()


def _objects(storage: BucketStorage, folder: str) -> Iterator[StoredFile]:
    """From the list itself: asking for each object would cost a request each."""
    prefix = f"{storage.location}/".lstrip("/")
    for entry in storage.bucket.objects.filter(Prefix=f"{prefix}{folder}/"):
        name = entry.key.removeprefix(prefix)
        yield StoredFile(name=name, size=entry.size, modified_at=entry.last_modified)


def _files(storage: Storage, folder: str) -> Iterator[StoredFile]:
    folders, names = _listed(storage, folder)
    start = f"{folder}/" if folder else ""
    for name in sorted(names):
        with suppress(FileNotFoundError):  # gone since it was listed
            yield StoredFile(
                name=f"{start}{name}",
                size=storage.size(f"{start}{name}"),
                modified_at=storage.get_modified_time(f"{start}{name}"),
            )
    for name in sorted(folders) if folder else ():
        yield from _files(storage, f"{start}{name}")


def _listed(storage: Storage, folder: str) -> tuple[list[str], list[str]]:
    try:
        return storage.listdir(folder)
    except FileNotFoundError:
        return [], []
