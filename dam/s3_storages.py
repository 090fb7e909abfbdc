"""Keeps files in a bucket of an S3 store, by boto3.

Nothing but the settings names this module: what others need to know of such a storage is
`dam.storages.BucketStorage`.
"""

import base64
import hashlib
import mimetypes
from functools import cached_property
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from dam.storages import BucketStorage, S3Location, StorageError, short_enough

_CHUNK = 1024 * 1024
_EXISTS = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
"""How a store refuses a name that an attempt before has taken, or is just taking."""
_HURRY = Config(connect_timeout=0.8, read_timeout=0.8, retries={"total_max_attempts": 1})


class PatientS3Storage(S3Storage, BucketStorage):  # type: ignore[misc] # django-storages ships no types
    """Objects in a bucket that is asked again when it is busy, and not waited for without end."""

    seconds = 5
    """How long an answer may take: people wait for these files."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._options = options

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

    def check(self) -> None:
        self._hurried_client.head_bucket(Bucket=self.bucket_name)

    @cached_property
    def _hurried_client(self) -> Any:
        """Asks as the storage does, but in a hurry; making it takes longer than asking."""
        options = self._options | {"client_config": self.client_config.merge(_HURRY)}
        return type(self)(**options).bucket.meta.client

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
        return short_enough(name, max_length)

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
