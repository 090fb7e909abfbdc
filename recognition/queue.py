"""Waking workers up: publishing the keys of runs after the commit.

The run row is the truth, so a message that cannot be published is lost without harm: the sweep of
any worker finds the run and publishes it again.
"""

import logging
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
    """Sends one message a run; without a broker none, as the commands then do the work."""
    if not settings.BROKER_URL:
        return
    for key in keys:
        try:
            recognise_run.apply_async((key,), retry=False)
        except recognise_run.OperationalError as error:
            logger.warning("run %s waits for the next sweep, the broker is away: %s", key, error)
            return
