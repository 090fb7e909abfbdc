"""Waking workers up: publishing the keys of runs after the commit.

The run row is the truth, so a message that cannot be published is lost without harm: the sweep
finds the run and publishes it again.
"""

import logging
import time
from collections.abc import Iterable
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.pools import producers

from recognition.metrics import publish_failures
from recognition.models import RecognitionRun
from recognition.tasks import recognise_run, retry_failed

logger = logging.getLogger(__name__)

_IMPATIENT = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}
"""Seconds that a request waits for one answer of the broker; workers may wait longer."""
_BOUND = 0.5
"""Seconds after which a request sends no more messages, however many are left."""


def publish_after_commit(runs: Iterable[RecognitionRun]) -> None:
    """Publishes the unfinished ones of these runs once the transaction has committed."""
    keys = [run.pk for run in runs if not run.is_finished]
    if keys:
        transaction.on_commit(partial(publish, keys), robust=True)


def publish(keys: Iterable[int]) -> bool:
    """Sends one message a run, and answers whether the broker took them all.

    Without a broker it sends none, as the commands then do the work. A broker that does not take
    one is left alone for a while, so that an editor who uploads a hundred photos waits a moment for
    it once and not a hundred times.
    """
    return _send(recognise_run, ((key,) for key in keys))


def hand_on_retrying(recogniser: str, state: str, error: str, until: str) -> bool:
    """Has a worker go on with `retry_failed`; False where there is none or it cannot be told."""
    return _send(retry_failed, [(recogniser, state, error, until)])


def _send(task: Any, messages: Iterable[tuple[Any, ...]]) -> bool:
    if not settings.BROKER_URL or breaker.is_open:
        return False
    connection = current_app.connection_for_write(transport_options=_IMPATIENT)
    deadline = time.monotonic() + _BOUND
    try:
        with producers[connection].acquire(block=True, timeout=_IMPATIENT["socket_timeout"]) as to:
            for arguments in messages:
                task.apply_async(arguments, producer=to, retry=False)
                if time.monotonic() > deadline:
                    raise TimeoutError(f"it took more than {_BOUND} s")
    except Exception as error:  # noqa: BLE001 - each transport has errors of its own
        logger.warning("runs wait for the next sweep, the broker is away: %s", error)
        publish_failures.inc()
        breaker.open()
        return False
    return True


class Breaker:
    """Remembers that the broker was away a moment ago. One a process.

    It may remember for long: once the broker is back, the sweep tells workers of everything.
    """

    SECONDS = 30

    def __init__(self) -> None:
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._open_until

    def open(self) -> None:
        self._open_until = time.monotonic() + self.SECONDS

    def close(self) -> None:
        self._open_until = 0.0


breaker = Breaker()
