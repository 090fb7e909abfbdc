"""Celery tasks of the library itself."""

import logging
import time

from celery import shared_task
from django.conf import settings

from dam import sweeping
from dam.file_checks import FOLDERS, remove_strays

logger = logging.getLogger(__name__)

FOLDER_SECONDS = 300
"""How often the beat has one folder looked through; so all have their turn within a day."""


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


@shared_task
def sweep_strays() -> None:
    """Removes files without a row from the folder whose turn it is."""
    folder = FOLDERS[int(time.time() // FOLDER_SECONDS) % len(FOLDERS)]
    for finding in remove_strays(folder):
        logger.warning("swept %s: %s", finding.about, finding.text)
