"""Where files go: originals as they came, and everything that can be made from them again."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages


def originals_storage() -> Storage:
    return storages["originals"]


def renditions_storage() -> Storage:
    return storages["renditions"]


class AtomicFileSystemStorage(FileSystemStorage):
    """Local files that are complete under their name or not there at all, after a crash too.

    A name that exists is replaced: callers give every content a name of its own.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        if max_length and len(name) > max_length:
            msg = f"The storage key {name!r} is longer than {max_length} characters."
            raise ValueError(msg)
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=".draft-", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if self.file_permissions_mode is not None:
                Path(draft).chmod(self.file_permissions_mode)
            Path(draft).replace(target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        _fsync_folder(target.parent)
        return name


def _fsync_folder(folder: Path) -> None:
    """Makes a rename last: the folder's own entry is data too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
