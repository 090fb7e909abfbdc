"""Amazon Rekognition as far as Bromo uses it, for tests and benchmarks, on loopback.

A test runs it by `with RekognitionService().running() as service`, says by `service.answers` what
is answered and by `service.faults` what goes wrong, runs Bromo or boto3 with `service.environment`,
and reads in `service.requests` what was asked.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config

from tests.rekognition.boxes import Answer
from tests.rekognition.exchanges import Exchange, Reply
from tests.rekognition.faults import Faults
from tests.rekognition.records import Request, Requests
from tests.rekognition.serving import listening
from tests.rekognition.signing import RawRequest, Signer


class BrokenAnswerError(AssertionError):
    """The service itself gave an answer that breaks botocore's model."""


class RekognitionService:
    """What tests set and read; any thread may do so while it runs.

    By default it looks: it reads and decodes every image. With `look=False` it does not, opens no
    S3 object either, so that every request that the S3 server counts is Bromo's own, and answers
    what is recorded or set.
    """

    def __init__(
        self,
        *,
        s3: Any = None,
        look: bool = True,
        key: str = "test-key",
        secret: str = "test-secret",
        token: str = "",
        region: str = "us-east-1",
        port: int = 0,
    ) -> None:
        self.signer = Signer(key=key, secret=secret, region=region, token=token)
        self.port = port
        self._initially = (s3, look)
        self._released = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Forgets all that was set, asked and answered, and lets go of what it stalls."""
        self.s3, self.look = self._initially
        """`s3` is a boto3 client by which references are read; without it none can be."""
        self.answers: dict[str | tuple[str, str], Answer] = {}
        """Answers to give, by operation or by (operation, SHA-256 of the image)."""
        self.broken_answers: list[str] = []
        """Which of the service's own answers broke botocore's model, and how."""
        self.faults: Faults = Faults()
        self.requests = Requests()
        self.release()

    def release(self) -> None:
        """Lets go of the requests that it stalls."""
        self._released.set()
        self._released = threading.Event()

    def stall(self, seconds: float) -> None:
        """Returns after so many seconds, or when released."""
        self._released.wait(seconds)

    @contextmanager
    def running(self) -> Iterator["RekognitionService"]:
        """Serves for the length of the block. Raises BrokenAnswerError at its end, if need be."""
        with listening(self, self.port) as self.port:
            yield self
        self.check_answers()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which boto3 finds the service, and may use it."""
        signer = self.signer
        token = {"AWS_SESSION_TOKEN": signer.token} if signer.token else {}
        return token | {
            "AWS_ENDPOINT_URL_REKOGNITION": self.url,
            "AWS_ACCESS_KEY_ID": signer.key,
            "AWS_SECRET_ACCESS_KEY": signer.secret,
            "AWS_DEFAULT_REGION": signer.region,
        }

    def client(self, **changes: Any) -> Any:
        """A boto3 client of the service, which does not retry."""
        signer = self.signer
        told: dict[str, Any] = {
            "endpoint_url": self.url,
            "aws_access_key_id": signer.key,
            "aws_secret_access_key": signer.secret,
            "aws_session_token": signer.token or None,
            "region_name": signer.region,
            "config": Config(read_timeout=60, retries={"total_max_attempts": 1}),
        }
        return boto3.client("rekognition", **told | changes)

    def check_answers(self) -> None:
        """Raises BrokenAnswerError if an answer of the service's own was broken."""
        if self.broken_answers:
            raise BrokenAnswerError("\n".join(self.broken_answers))

    def answer(self, raw: RawRequest) -> Reply:
        """Answers a request, and keeps a record of it."""
        moment = time.monotonic()
        requests = self.requests  # a request that outlives a reset belongs to the old record
        exchange = Exchange(self, raw, moment)
        reply = exchange.reply()
        requests.add(Request(moment=moment, **exchange.known))
        return reply
