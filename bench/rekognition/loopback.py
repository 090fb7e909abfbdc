"""What stands for Amazon on this machine: Rekognition as a process, and S3 whose bytes are counted.

The S3 server counts for itself what it sends. A proxy that only the workers go through tells
besides by which requests.
"""

import os
import random
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.faults.s3_proxy import FaultProxy, Upstream
from tests.programs import start, wait_until
from tests.rekognition.control import Control
from tests.s3 import S3Server

_SENT = "SeaweedFS_s3_bucket_traffic_sent_bytes_total"


@contextmanager
def rekognition(folder: Path) -> Iterator["Rekognition"]:
    """Runs the service for the length of the block. It opens no image and no S3 object.

    Raises RuntimeError at its end if the service gave an answer that breaks botocore's model.
    """
    log = folder / "rekognition.log"
    process = start(os.environ, "-m", "tests.rekognition", "--no-look", log=log)
    try:
        wait_until(lambda: b"\n" in log.read_bytes(), what="the service answers", log=log)
        yield Rekognition(log.read_text().splitlines()[0], process.pid)
    finally:
        process.terminate()
        status = process.wait()
    if status:
        raise RuntimeError(log.read_text())


class Rekognition(Control):
    """The service, as seen from outside."""

    def __init__(self, url: str, pid: int) -> None:
        super().__init__(url)
        self.pid = pid

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which boto3 finds the service, and may use it."""
        return {
            "AWS_ENDPOINT_URL_REKOGNITION": self.url,
            "AWS_ACCESS_KEY_ID": "test-key",
            "AWS_SECRET_ACCESS_KEY": "test-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Request:
    """A request that was answered."""

    method: str
    path: str
    sent: int
    """Bytes of the answer's body."""


class CountingProxy(FaultProxy):
    """A way to S3 on which nothing goes wrong and every request is kept in `requests`."""

    def __init__(self, upstream: str) -> None:
        super().__init__(upstream, random.Random(0))  # which decides about faults alone
        self.requests: list[S3Request] = []

    def forward(
        self, method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Upstream:
        answer = super().forward(method, path, headers, body)
        self.requests.append(S3Request(method=method, path=path, sent=len(answer.body)))
        return answer


def sent_by(server: S3Server) -> int:
    """Bytes of objects that an S3 server has sent so far, as it has counted itself."""
    with urllib.request.urlopen(server.metrics_url, timeout=30) as answer:
        told = answer.read().decode()
    samples = (s for family in text_string_to_metric_families(told) for s in family.samples)
    return int(sum(sample.value for sample in samples if sample.name == _SENT))
