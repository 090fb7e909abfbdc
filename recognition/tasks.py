"""Celery tasks: they take keys, may run twice, and tolerate that a row is gone.

What is to be done again goes first: behind a backlog of new images it would wait as long as that
lasts. Where the queue holds messages, those of runs not yet tried are taken to be among them.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from celery import current_app, shared_task

from recognition import pipeline
from recognition.models import RecognitionRun

FIRST, IN_TURN = 0, 9
"""Priorities as the Redis transport has them: smaller ones are taken first."""
_MOST_SLICES = 10
"""So many at a time, or a sweep would be ended by its time limit while it still publishes."""


@shared_task(priority=IN_TURN)
def recognise_run(run_pk: int) -> None:
    pipeline.recognise(run_pk)


@shared_task(priority=FIRST)
def sweep() -> None:
    """Publishes runs again whose messages were lost, were never sent, or went with their worker."""
    if _queue_is_empty():
        for keys in islice(pipeline.runs_to_publish(everything=True), _MOST_SLICES):
            _publish(keys, priority=IN_TURN)
        return
    for keys in pipeline.runs_to_publish(everything=False):
        tried = RecognitionRun.objects.filter(pk__in=keys, attempts__gt=0).order_by("pk")
        _publish(tried.values_list("pk", flat=True), priority=FIRST)


def _publish(keys: Iterable[int], *, priority: int) -> None:
    for key in keys:
        recognise_run.apply_async((key,), priority=priority, retry=False)


def _queue_is_empty() -> bool:
    """Whether no message waits; one that a worker holds already is not counted."""
    name = current_app.conf.task_default_queue
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel  # its stub knows no queues
        return not channel.queue_declare(name).message_count
