"""Celery tasks: they take keys, may run twice, and tolerate that a row is gone."""

from celery import shared_task

from recognition import pipeline


@shared_task
def recognise_run(run_pk: int) -> None:
    pipeline.recognise(run_pk)


@shared_task
def sweep(*, everything: bool = False) -> None:
    """Publishes runs again that were queued without a broker or held by a worker that died."""
    for key in pipeline.runs_to_publish(everything=everything):
        recognise_run.apply_async((key,), retry=False)
