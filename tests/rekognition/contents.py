"""Gets the content of the image that a request is about: from the request, or from S3."""

import hashlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.rekognition.errors import ServiceError

MOST_BYTES = 5_242_880
MOST_CUSTOM_BYTES = 4 * 1024 * 1024
MOST_S3_BYTES = 15 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """An image as it was sent."""

    sent_as: str
    size: int = 0
    data: bytes = b""
    """Empty where the service does not look at an S3 object."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def check_size(operation: str, data: bytes) -> None:
    """Raises ServiceError for more bytes than may be sent."""
    if len(data) > (MOST_CUSTOM_BYTES if operation == "DetectCustomLabels" else MOST_BYTES):
        raise ServiceError("ImageTooLargeException")


def check_source(image: Mapping[str, Any]) -> None:
    """Raises ServiceError unless there is either an image or a whole reference to one."""
    reference = image.get("S3Object")
    if (reference is None) == (image.get("Bytes") is None):
        raise ServiceError("InvalidParameterException")
    # The model requires neither part of it.
    if reference is not None and not {"Bucket", "Name"} <= reference.keys():
        raise ServiceError("InvalidParameterException")


def read_content(s3: Any, reference: Mapping[str, str]) -> Content:
    """Reads an S3 object by a boto3 client, which may be None where there is no S3.

    Raises ServiceError where it cannot be read or is too large, then without reading it.
    """
    if s3 is None:
        raise ServiceError("InvalidS3ObjectException")
    asked = {"Bucket": reference["Bucket"], "Key": reference["Name"]}
    if "Version" in reference:
        asked["VersionId"] = reference["Version"]
    try:
        answer = s3.get_object(**asked)
        with closing(answer["Body"]) as body:
            if answer["ContentLength"] > MOST_S3_BYTES:
                raise ServiceError("ImageTooLargeException")
            data: bytes = body.read()
    except (BotoCoreError, ClientError):
        raise ServiceError("InvalidS3ObjectException") from None
    return Content(sent_as="reference", size=len(data), data=data)
