"""Writing what may have cost money, to a database that is busy, full or just starting again."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import TypeVar

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from recognition.models import RecognitionRun

logger = logging.getLogger(__name__)
T = TypeVar("T")

_TRIES = 3
_SHARE = 0.6
"""The part of a lease in which something may wait for the database; later, time limits end it."""


def insist(run: RecognitionRun, write: Callable[[], T]) -> T:
    """Offers what concerns a claimed run to the database until it takes it.

    Raises OperationalError where it did not for a good part of the lease.
    """
    patience = timedelta(seconds=_SHARE * settings.BROMO_LEASE_SECONDS)
    given_up_at = (run.started_at or timezone.now()) + patience
    for attempt in count(1):
        try:
            return write()
        except OperationalError:
            if attempt >= _TRIES and timezone.now() > given_up_at:
                raise
            logger.warning("run %s: the database did not take it, trying again", run.pk)
            time.sleep(min(0.2 * attempt, 2))
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()  # it may be what broke
    raise AssertionError
