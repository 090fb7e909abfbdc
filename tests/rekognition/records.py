"""What the service was asked, and what it answered."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, from whomever."""

    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """As parsed, but with the number of an image's bytes in their place."""
    content: bytes = field(default=b"", repr=False)
    """The bytes that were sent; none where the service does not look, so as to have room."""
    sent_as: str = ""
    """"reference" or "bytes"; empty where the request did not get so far."""
    size: int = 0
    """Bytes of the image that were sent, or read from S3."""
    sha256: str = ""
    """Of the image; empty where the service does not look."""
    media_type: str = ""
    width: int = 0
    height: int = 0
    """As the file has them; all three are empty where the service does not look."""
    moment: float
    """When it had arrived, by time.monotonic()."""
    status: int = 0
    """That of the answer; 0 where there was none."""
    error: str = ""
    """The name of the error that was answered, or "reset" or "close"."""
    is_billed: bool = False
    """Whether the work was done, even if the answer was lost."""


class Requests:
    """The record of all requests, in the order of their answers; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[Request] = []

    def add(self, request: Request) -> None:
        with self._lock:
            self._kept.append(request)

    def of(self, *operations: str) -> list[Request]:
        """The requests for some operations, or all of them."""
        with self._lock:
            return [r for r in self._kept if not operations or r.operation in operations]

    @property
    def counts(self) -> Counter[str]:
        """How many requests came, by operation."""
        return Counter(request.operation for request in self.of())

    @property
    def billed(self) -> Counter[str]:
        """How many requests were worked on, by operation."""
        return Counter(request.operation for request in self.of() if request.is_billed)
