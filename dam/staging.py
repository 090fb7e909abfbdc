"""Files on their way into the library: written once, hashed as they come.

A *staged file* lies on the file system of the originals, so that it becomes one by a new name and
not by being copied. What a killed process leaves behind goes with `manage.py sweep_storage`.
"""

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files import File

from dam.storages import StorageError

PREFIX = "staged-"
CHUNK = 1024 * 1024


def staging_folder() -> Path:
    """Where staged files lie; made where it is missing."""
    folder = Path(settings.BROMO_STAGING_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


class StagedFile(File[bytes]):
    """A file that is gone again once it is closed, unless a storage took it meanwhile.

    Raises StorageError where the disk does not take it.
    """

    def __init__(self) -> None:
        with _writing():
            # In a folder of its own there is room beside it for what is made from it.
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=staging_folder()))
            self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self.path = folder / "content"
            self._content = self.path.open("w+b")
        super().__init__(self._content, name=str(self.path))
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """In hexadecimal, of what was written so far."""
        return self._digest.hexdigest()

    def append(self, chunk: bytes) -> "StagedFile":
        with _writing():
            self._content.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)
        return self

    def complete(self) -> "StagedFile":
        """Makes all of it readable under its path; further reading begins at its start."""
        with _writing():
            self._content.flush()
        self._content.seek(0)
        return self

    def temporary_file_path(self) -> str:
        """Tells storages that they may take the file instead of copying it."""
        return str(self.path)

    def close(self) -> None:
        with suppress(OSError):  # what a full disk did not take is not missed
            super().close()
        self._remove()


class LostUpload(File[bytes]):
    """What stands for an upload that the disk did not take, until somebody can be told."""

    def __init__(self, problem: StorageError) -> None:
        super().__init__(None, name="lost")
        self.problem = problem


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"the server's disk does not take it ({error.strerror})."
        raise StorageError(msg) from error


def stage(content: BinaryIO, *, max_bytes: int) -> StagedFile:
    """Copies a file from its start, up to the first chunk beyond `max_bytes` bytes."""
    staged = StagedFile()
    try:
        content.seek(0)
        while staged.size <= max_bytes and (chunk := content.read(CHUNK)):
            staged.append(chunk)
        return staged.complete()
    except BaseException:
        staged.close()
        raise
