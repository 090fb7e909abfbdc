"""Celery tasks of search."""

import logging

from celery import shared_task

from search.index import IndexBusyError, fold

logger = logging.getLogger(__name__)

_HOURS = 6 * 3600
"""A first index of many millions of assets takes hours; the lease tells when it is given up."""


@shared_task(acks_late=False, soft_time_limit=_HOURS, time_limit=_HOURS + 60)
def fold_search_index() -> None:
    """Takes changes into the stored index, once they are many or some time old."""
    try:
        changed = fold()
    except IndexBusyError:
        logger.info("the search index is being written by another process")
        return
    if changed:
        logger.info("took %s changed assets into the search index", changed)
