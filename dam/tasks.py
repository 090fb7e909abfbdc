"""Celery tasks of the library itself."""

import logging

from celery import shared_task
from django.conf import settings

from dam import sweeping

logger = logging.getLogger(__name__)


@shared_task
def sweep_storage() -> None:
    """Removes unreferenced bytes, and comes again where one task's time was too short for all."""
    swept = sweeping.sweep(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 2)
    logger.info(
        "swept %s originals with %s bytes, %s staged files; the files of %s stay behind",
        swept.originals, swept.bytes, swept.staged, swept.left,
    )  # fmt: skip
    if not swept.is_complete:
        sweep_storage.apply_async(retry=False)
