"""Waking workers up: publishing the keys of runs after the commit.

The run row is the truth, so a message that cannot be published is lost without harm: the sweep of
any worker finds the run and publishes it again.
"""

import logging
import time
from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.db import transaction

from recognition.models import RecognitionRun
from recognition.tasks import recognise_run

logger = logging.getLogger(__name__)


def publish_after_commit(runs: Iterable[RecognitionRun]) -> None:
    """Publishes the unfinished ones of these runs once the transaction has committed."""
    keys = [run.pk for run in runs if not run.is_finished]
    if keys:
        transaction.on_commit(partial(publish, keys), robust=True)


def publish(keys: Iterable[int]) -> None:
    """Sends one message a run; without a broker none, as the commands then do the work.

    A broker that does not take one is left alone for a while, so that an editor who uploads a
    hundred photos waits for it once and not a hundred times.
    """
    if not settings.BROKER_URL or breaker.is_open:
        return
    for key in keys:
        try:
            recognise_run.apply_async((key,), retry=False)
        except Exception as error:  # noqa: BLE001 - each transport has errors of its own
            logger.warning("run %s waits for the next sweep, the broker is away: %s", key, error)
            breaker.open()
            return


class Breaker:
    """Remembers that the broker was away a moment ago. One a process."""

    SECONDS = 10

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
