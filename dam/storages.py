"""Where files go: originals as they came, and everything that can be made from them again.

What keeps them in a bucket is in `dam.s3_storages`, which is loaded where the settings name it:
boto3 takes memory that an installation with files on disk can do without.
"""

import errno
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages


class StorageError(Exception):
    """A storage did not do what it was asked for, which says nothing about the file."""


def originals_storage() -> Storage:
    return storages["originals"]


def renditions_storage() -> Storage:
    return storages["renditions"]


def warm_up_storages() -> None:
    """Makes what the first file would have made, such as clients of buckets; asks nobody."""
    for storage in (originals_storage(), renditions_storage()):
        if isinstance(storage, BucketStorage):
            _ = storage.bucket


@contextmanager
def reading(key: str) -> Iterator[None]:
    """Makes StorageError of whatever happens while a file is read that is not just missing."""
    try:
        yield
    except (FileNotFoundError, StorageError):
        raise
    except Exception as error:
        # Each storage, and each layer of its client, has errors of its own.
        msg = f"{key} cannot be read just now: {type(error).__name__}: {error}"
        raise StorageError(msg) from error


@contextmanager
def storing(key: str) -> Iterator[None]:
    """Makes StorageError of whatever happens while a file is stored."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        msg = f"{key} cannot be stored just now: {type(error).__name__}: {error}"
        raise StorageError(msg) from error


class AtomicFileSystemStorage(FileSystemStorage):
    """Local files that are complete under their name or not there at all, after a crash too.

    A name that exists is replaced: callers give every content a name of its own. A file that has a
    temporary path of its own on this file system is moved, any other one is copied.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return short_enough(name, max_length)

    def _save(self, name: str, content: File[Any]) -> str:
        target = Path(self.path(name))
        _make_folder(target.parent)
        if not (hasattr(content, "temporary_file_path") and self._take(content, target)):
            self._copy(content, target)
        _fsync(target.parent)
        return name

    def _take(self, content: Any, target: Path) -> bool:
        """Moves a temporary file here; False where that lies on another file system."""
        source = Path(content.temporary_file_path())
        _fsync(source)
        self._set_mode(source)
        try:
            source.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return False
        return True

    def _copy(self, content: File[Any], target: Path) -> None:
        descriptor, name = tempfile.mkstemp(prefix=".draft-", dir=target.parent)
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
            _fsync(draft)
            self._set_mode(draft)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def _set_mode(self, path: Path) -> None:
        if self.file_permissions_mode is not None:
            path.chmod(self.file_permissions_mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Location:
    """Where an object lies, for others that may fetch it."""

    bucket: str
    key: str
    version: str
    """Empty where the bucket keeps no versions."""
    region: str
    endpoint: str
    """The address of the store, which need not be Amazon's."""


class BucketStorage(ABC, Storage):
    """A storage whose files are objects in a bucket, for those who should not need its client."""

    location: str
    """What comes before the names of its files; empty where nothing does."""

    @property
    @abstractmethod
    def bucket(self) -> Any:
        """The bucket as boto3 has it. To make it asks nobody."""

    @abstractmethod
    def locate(self, name: str) -> S3Location:
        """Says where a file lies; asks the bucket for it and reads nothing.

        Raises FileNotFoundError where the bucket does not have it.
        """

    @abstractmethod
    def check(self) -> None:
        """Asks for the bucket, once and in a hurry. Raises what is wrong where it is not there."""


def short_enough(name: str, max_length: int | None) -> str:
    """The name, as long as it may be. Raises ValueError for a longer one."""
    if max_length and len(name) > max_length:
        msg = f"The storage key {name!r} is longer than {max_length} characters."
        raise ValueError(msg)
    return name


def _make_folder(folder: Path) -> None:
    """Makes a folder that lasts, with those above it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _fsync(folder.parent)


def _fsync(path: Path) -> None:
    """Makes a file's content, or the names in a folder, last."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
