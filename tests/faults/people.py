"""People who upload photos, several at a time, and try again where there was no good answer."""

import queue
import threading
import time
from collections.abc import Iterable
from types import TracebackType

from tests.faults.client import Answer, Client, NoAnswerError
from tests.faults.ledger import Ledger, Promise
from tests.faults.photos import Photo

PAUSE_SECONDS = 0.3
"""How long a person takes to pick the next photo; with it a burst lasts as long as faults do."""
RETRY_SECONDS = 0.5
GIVE_UP_SECONDS = 120.0


class People:
    """Uploads photos in threads of its own; leaving the block waits until the last is taken.

    A photo without a 2xx is sent again, unless it is `GIVE_UP_SECONDS` old.
    """

    def __init__(
        self, client: Client, photos: Iterable[Photo], ledger: Ledger, *, number: int = 4,
        pause: float = PAUSE_SECONDS,
    ) -> None:  # fmt: skip
        self._client, self._ledger, self._pause = client, ledger, pause
        self._left: queue.SimpleQueue[Photo] = queue.SimpleQueue()
        for photo in photos:
            self._left.put(photo)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(number)]

    def __enter__(self) -> "People":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        where: TracebackType | None,
    ) -> None:  # fmt: skip
        if kind is not None:
            self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                photo = self._left.get_nowait()
            except queue.Empty:
                return
            self._upload(photo)
            self._stop.wait(self._pause)

    def _upload(self, photo: Photo) -> None:
        first = time.monotonic()
        while not self._stop.is_set():
            reason = upload(self._client, photo, self._ledger)
            if not reason:
                return
            if time.monotonic() - first > GIVE_UP_SECONDS:
                self._ledger.give_up(photo, reason)
                return
            self._stop.wait(RETRY_SECONDS)


def upload(client: Client, photo: Photo, ledger: Ledger) -> str:
    """Uploads once and keeps account of it; gives the reason why it was not taken, or nothing."""
    began = time.monotonic()
    try:
        answer = client.upload(photo)
    except NoAnswerError as error:
        ledger.refuse("no answer")
        return str(error)
    return account_for(answer, photo, ledger, seconds=time.monotonic() - began)


def account_for(answer: Answer, photo: Photo, ledger: Ledger, *, seconds: float) -> str:
    """Enters an answer to an upload; gives the reason why it was not taken, or nothing."""
    if not 200 <= answer.status < 300:
        ledger.refuse(f"HTTP {answer.status}")
        return str(answer)
    (result,) = answer.json()["results"]
    ledger.promise(Promise(photo=photo, asset=result["id"], seconds=seconds))
    return ""
