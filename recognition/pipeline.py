"""From an original to its tags: the story in a few functions."""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import BinaryIO

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from dam.delivery import open_proxy
from dam.models import Asset, Original
from recognition.images import ImageSource
from recognition.models import RecognitionRun
from recognition.recognisers.base import PermanentError, TransientError
from recognition.registry import recognisers
from recognition.retagging import retag_original

logger = logging.getLogger(__name__)


def request_runs(
    asset: Asset, aliases: Iterable[str], *, again: bool = False
) -> list[RecognitionRun]:
    """Sees to it that recognisers have run, or will run, on an asset's original.

    What is known already is not asked again, so an asset whose content was recognised before gets
    its tags at once. With `again` every recogniser is asked once more, as a new generation. Runs
    come back whether new or not; publish the unfinished ones after the commit.
    """
    with transaction.atomic():
        Original.objects.select_for_update().get(pk=asset.original_id)
        runs = [_request_run(asset.original_id, alias, again=again) for alias in aliases]
        retag_original(asset.original_id)
    return runs


def _request_run(original_pk: int, alias: str, *, again: bool) -> RecognitionRun:
    fingerprint = recognisers[alias].fingerprint
    asked = RecognitionRun.objects.filter(
        original=original_pk, recogniser=alias, fingerprint=fingerprint
    )
    newest = asked.order_by("-generation").defer("raw").first()
    if newest is None or (again and newest.is_finished):
        generation = newest.generation + 1 if newest else 1
        return RecognitionRun.objects.create(
            original_id=original_pk,
            recogniser=alias,
            fingerprint=fingerprint,
            generation=generation,
        )
    return newest


def retry_run(run: RecognitionRun) -> RecognitionRun:
    """Queues a failed run again; publish it after the commit."""
    with transaction.atomic():
        run.retry()
        retag_original(run.original_id)
    return run


def recognise(run_pk: int) -> bool:
    """Does one due run: asks its recogniser and tags the assets. Answers whether it did.

    Nothing happens where the run is gone, finished or held by another worker. Errors end up on
    the run; only those of the database reach the caller.
    """
    run = RecognitionRun.claim(run_pk)
    if run is None:
        _show_quarantine(run_pk)
        return False
    try:
        source = image_source(run.original)
        outcome = recognisers[run.recogniser].recognise(source)
    except TransientError as error:
        logger.warning("run %s put back: %s", run.pk, error)
        _settle(run, partial(run.put_back, str(error)))
    except (PermanentError, ImproperlyConfigured) as error:
        logger.warning("run %s failed: %s", run.pk, error)
        _settle(run, partial(run.fail, str(error)))
    except Exception as error:
        # A fault in one recogniser must not stop the worker, nor the runs of the others.
        logger.exception("run %s put back", run.pk)
        _settle(run, partial(run.put_back, f"Unexpected {type(error).__name__}: {error}"))
    else:
        _settle(run, partial(run.finish, outcome))
    return True


def _settle(run: RecognitionRun, write: Callable[[], bool]) -> None:
    """Writes a run's outcome and what follows from it, unless another attempt took over."""
    with transaction.atomic():
        if write():
            retag_original(run.original_id)


def image_source(original: Original) -> ImageSource:
    """How recognisers look at an original: through its proxy."""

    def opened() -> BinaryIO:
        return open_proxy(original)

    return ImageSource(open=opened, width=original.width, height=original.height)


def _show_quarantine(run_pk: int) -> None:
    run = RecognitionRun.objects.filter(pk=run_pk, state=RecognitionRun.State.QUARANTINED).first()
    if run is not None:
        retag_original(run.original_id)


def runs_to_publish(*, everything: bool) -> list[int]:
    """Keys of the due runs that workers should be told of again, oldest first.

    Those whose message must have been lost or whose worker died; with `everything` all due ones.
    """
    with transaction.atomic():
        due = RecognitionRun.objects.due() if everything else RecognitionRun.objects.forgotten()
        keys = list(due.order_by("pk").values_list("pk", flat=True))
        RecognitionRun.objects.filter(pk__in=keys).update(published_at=timezone.now())
    return keys
