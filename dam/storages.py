"""Where files go: originals as they came, and everything that can be made from them again."""

import base64
import errno
import hashlib
import mimetypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from storages.backends.s3 import S3Storage

_CHUNK = 1024 * 1024
_EXISTS = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
"""How a store refuses a name that an attempt before has taken, or is just taking."""


class StorageError(Exception):
    """A storage did not do what it was asked for, which says nothing about the file."""


def originals_storage() -> Storage:
    return storages["originals"]


def renditions_storage() -> Storage:
    return storages["renditions"]


def warm_up_storages() -> None:
    """Makes what the first file would have made, such as clients of buckets; asks nobody."""
    for storage in (originals_storage(), renditions_storage()):
        if isinstance(storage, PatientS3Storage):
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
        return _short_enough(name, max_length)

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


class PatientS3Storage(S3Storage):  # type: ignore[misc] # django-storages ships no types
    """Objects in a bucket that is asked again when it is busy, and not waited for without end."""

    seconds = 5
    """How long an answer may take: people wait for these files."""

    def get_default_settings(self) -> dict[str, Any]:
        patience = Config(
            signature_version="s3v4",
            connect_timeout=2,
            read_timeout=self.seconds,
            retries={"mode": "standard", "total_max_attempts": 3},
        )
        defaults: dict[str, Any] = super().get_default_settings()
        return defaults | {"client_config": patience}

    def locate(self, name: str) -> S3Location:
        """Says where a file lies; asks the bucket for it and reads nothing.

        Raises FileNotFoundError where the bucket does not have it.
        """
        key = self._normalize_name(name)
        client = self.bucket.meta.client
        try:
            held = client.head_object(Bucket=self.bucket_name, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                msg = f"The bucket {self.bucket_name} has no {key}."
                raise FileNotFoundError(msg) from error
            raise
        return S3Location(
            bucket=self.bucket_name,
            key=key,
            # What lies there from before versions were kept is called so, too.
            version="" if (version := held.get("VersionId", "")) == "null" else version,
            region=self._region,
            endpoint=client.meta.endpoint_url,
        )

    @cached_property
    def _region(self) -> str:
        """Where the bucket is; where it does not tell, where this client looks for it."""
        client = self.bucket.meta.client
        try:
            told = client.head_bucket(Bucket=self.bucket_name)
        except ClientError as error:
            # It takes a right of its own, which reading objects does not.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                raise
            told = {}
        region: str = told.get("BucketRegion") or client.meta.region_name
        return region


class VerifiedS3Storage(PatientS3Storage):
    """Objects that are written once, and only as they were sent.

    The bucket refuses a name that it has already, and the checksum it counted is compared with
    ours; of a store that tells no checksum, the size.
    """

    seconds = 15
    """A store takes its time over the checksum of a large file."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        # Whether the bucket has it already is asked when it is written, and not before.
        return _short_enough(name, max_length)

    def _save(self, name: str, content: File[Any]) -> str:
        checksum = _checksum(content)
        content.seek(0)
        key = self._normalize_name(name)
        client = self.bucket.meta.client
        try:
            client.put_object(
                Bucket=self.bucket_name,
                Key=key,
                Body=content,
                ContentLength=content.size,
                ContentType=mimetypes.guess_type(name)[0] or "application/octet-stream",
                IfNoneMatch="*",
                ChecksumSHA256=checksum,
            )
        except ClientError as error:
            # An earlier attempt of boto3's may have written it although its answer was lost.
            if error.response["Error"]["Code"] not in _EXISTS:
                raise
        self._verify(key, checksum, content.size)
        return name

    def _verify(self, key: str, checksum: str, size: int) -> None:
        """Raises StorageError unless the bucket holds what was sent."""
        held = self.bucket.meta.client.head_object(
            Bucket=self.bucket_name, Key=key, ChecksumMode="ENABLED"
        )
        found = held.get("ChecksumSHA256", checksum), held["ContentLength"]
        if found != (checksum, size):
            msg = f"The bucket holds {key} as {found}, but was sent {(checksum, size)}."
            raise StorageError(msg)


def _checksum(content: File[Any]) -> str:
    """SHA-256 as S3 writes it; counted only where nobody has done so."""
    if known := getattr(content, "sha256", ""):
        return base64.b64encode(bytes.fromhex(known)).decode()
    digest = hashlib.sha256()
    for chunk in content.chunks(_CHUNK):
        digest.update(chunk)
    return base64.b64encode(digest.digest()).decode()


def _short_enough(name: str, max_length: int | None) -> str:
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
