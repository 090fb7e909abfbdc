"""Celery tasks of search."""

import logging

from celery import shared_task

from search.index import IndexBusyError, fold

logger = logging.getLogger(__name__)


@shared_task
def fold_search_index() -> None:
    """Takes changes into the stored index, once they are many or some time old."""
    try:
        changed = fold()
    except IndexBusyError:
        logger.info("the search index is being written by another process")
        return
    if changed:
        logger.info("took %s changed assets into the search index", changed)
