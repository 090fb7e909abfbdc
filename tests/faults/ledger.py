"""What the server has promised: every upload that it acknowledged."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.photos import Photo


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """An upload that was answered with 2xx."""

    photo: Photo
    asset: int
    seconds: float
    """How long the answer took that was a 2xx."""


@dataclass(slots=True)
class Ledger:
    """Kept by many threads at once."""

    promises: list[Promise] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    """Uploads that never got a 2xx, each with its last answer."""
    refusals: Counter[str] = field(default_factory=Counter)
    """What was answered in place of a 2xx, and how often."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def promise(self, promise: Promise) -> None:
        with self._lock:
            self.promises.append(promise)

    def refuse(self, reason: str) -> None:
        with self._lock:
            self.refusals[reason] += 1

    def give_up(self, photo: Photo, reason: str) -> None:
        with self._lock:
            self.given_up.append(f"{photo.name} was never taken: {reason}")

    def refused(self) -> list[str]:
        """What uploads got in place of a 2xx, with how often."""
        with self._lock:
            return [f"{why}: {count} uploads" for why, count in sorted(self.refusals.items())]

    def latencies(self, photos: Iterable[Photo]) -> list[float]:
        """Seconds that the uploads of these photos took."""
        wanted = {photo.sha256 for photo in photos}
        with self._lock:
            return [p.seconds for p in self.promises if p.photo.sha256 in wanted]
