"""Celery tasks: they take keys, may run twice, and tolerate that a row is gone.

What is to be done again goes first: behind a backlog of new images it would wait as long as that
lasts. Where the queue holds messages, those of runs not yet tried are taken to be among them.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from celery import current_app, shared_task
from celery.signals import task_failure, task_prerun
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone
from structlog.contextvars import bind_contextvars

from recognition import budgets, failures, pipeline
from recognition.metrics import sweeps
from recognition.models import RecognitionRun

logger = logging.getLogger(__name__)

FIRST, IN_TURN = 0, 9
"""Priorities as the Redis transport has them: smaller ones are taken first.

Where nothing else is said, the settings give each task its own.
"""
_MOST_SLICES = 10
"""So many at a time, or a sweep would be ended by its time limit while it still publishes."""
_RETRY_SECONDS = 5
"""How long many failed runs are queued again in one go; between two others have their turn."""


@shared_task(bind=True)
def recognise_run(self: Any, run_pk: int) -> None:
    run = pipeline.claim(run_pk, self.request.id)
    if run is not None:
        # What is logged of the task, by Celery too, is to name the request behind it.
        bind_contextvars(request_id=run.request_id)
        pipeline.do(run)


@task_prerun.connect(sender=recognise_run, dispatch_uid="recognition.name_run")
def name_run(args: tuple[int], **kwargs: Any) -> None:
    """Has what is logged of the task, by Celery too, name its run."""
    bind_contextvars(run_id=args[0])


@task_failure.connect(sender=recognise_run, dispatch_uid="recognition.publish_release")
def publish_release(
    task_id: str, args: tuple[int], exception: BaseException | None = None, **kwargs: Any
) -> None:
    """Brings a run back at once whose process was killed, instead of when its lease ends.

    Called in the main process of the worker too, which must not touch the database.
    """
    # What the database did not take says nothing about the run.
    counts = not isinstance(exception, OperationalError)
    try:
        release_run.apply_async((*args, task_id, counts), retry=False)
    except Exception as error:  # noqa: BLE001 - each transport has errors of its own
        logger.warning("run %s waits for the end of its lease: %s", *args, error)


@shared_task
def release_run(run_pk: int, holder: str, counts: bool = True) -> None:
    """Ends the lease of a run whose holder is dead, and wakes another worker up for it."""
    if RecognitionRun.release(run_pk, holder, counts=counts):
        _publish([run_pk], priority=FIRST)


@shared_task
def sweep() -> int:
    """Publishes runs again whose messages were lost, were never sent, or went with their worker.

    And those that were put off, so that they are tried when their time comes. Answers how many.
    """
    sweeps.inc()
    budgets.lift_pauses()
    number = _schedule()
    if _queue_is_empty():
        slices = islice(pipeline.runs_to_publish(everything=True), _MOST_SLICES)
        return number + sum(_publish(keys, priority=IN_TURN) for keys in slices)
    tried = pipeline.runs_to_publish(everything=False)
    return number + sum(_publish(keys, priority=FIRST) for keys in tried)


@shared_task
def retry_failed(recogniser: str, state: str, error: str, until: str) -> None:
    """Queues runs again that failed alike up to a moment; a sweep publishes them."""
    alike = {"recogniser": recogniser, "state": state, "error": error}
    moment = datetime.fromisoformat(until)
    retried = failures.retry(**alike, until=moment, seconds=_RETRY_SECONDS)
    if retried.until is not None:
        retry_failed.apply_async(kwargs=alike | {"until": retried.until.isoformat()}, retry=False)


def _schedule() -> int:
    """Publishes what falls due before the next sweep, each for its moment."""
    until = timezone.now() + timedelta(seconds=settings.BROMO_SWEEP_SECONDS)
    due = pipeline.runs_to_schedule(until)
    for key, moment in due:
        recognise_run.apply_async((key,), eta=moment, priority=FIRST, retry=False)
    return len(due)


def _publish(keys: Iterable[int], *, priority: int) -> int:
    number = 0
    for key in keys:
        recognise_run.apply_async((key,), priority=priority, retry=False)
        number += 1
    return number


def _queue_is_empty() -> bool:
    """Whether no message waits; one that a worker holds already is not counted."""
    name = current_app.conf.task_default_queue
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel  # its stub knows no queues
        return not channel.queue_declare(name).message_count
