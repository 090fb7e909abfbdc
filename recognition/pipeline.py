"""From an original to its tags: the story in a few functions.

Whatever changes the runs of an original holds its row meanwhile, so that an asset that arrives
while a worker finishes is either seen by the worker or sees what the worker found.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import BinaryIO

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from dam.delivery import read_proxy
from dam.durability import atomic_unless_power_fails
from dam.models import Asset, Original
from dam.storages import BucketStorage, StorageError, reading
from recognition.budgets import budget_of, tell_spent
from recognition.calls import BudgetSpentError, DeferredError, NotNowError, SupersededError
from recognition.images import ImageFile, ImageSource, StoredObject
from recognition.insisting import insist
from recognition.metrics import timing_recogniser
from recognition.models import MAX_ATTEMPTS, Detection, Pause, RecognitionRun, current_request_id
from recognition.predictions import Outcome
from recognition.recognisers.base import (
    BusyError,
    HaltError,
    ImageRecogniser,
    PermanentError,
    ServiceRecogniser,
    TransientError,
)
from recognition.registry import recognisers
from recognition.retagging import retag_original
from recognition.run_calls import RunCalls

logger = logging.getLogger(__name__)

_SLICE = 1000
_MISCONFIGURED = "Its recogniser is not set up right: staff see why on the Recognition page."
"""What editors and viewers read; what is wrong may name accounts."""


def request_runs(
    asset: Asset, aliases: Iterable[str], *, again: bool = False
) -> list[RecognitionRun]:
    """Sees to it that recognisers have run, or will run, on an asset's original.

    What is known already is not asked again, but what failed is. With `again` every recogniser is
    asked once more, as a new generation. Runs come back whether new or not; publish the unfinished
    ones after the commit.
    """
    with transaction.atomic():
        Original.hold(asset.original_id)
        asked = list(aliases)
        runs = [_request_run(asset.original_id, alias, again=again) for alias in asked]
        retag_original(asset.original_id, only=asked)
    return runs


def retry_run(run: RecognitionRun) -> RecognitionRun:
    """Queues a failed run again; publish it after the commit."""
    with transaction.atomic():
        Original.hold(run.original_id)
        if run.retry():
            retag_original(run.original_id, only=[run.recogniser])
    return run


def recognise(run_pk: int, *, holder: str = "") -> bool:
    """Does one due run: asks its recogniser and tags the assets. Answers whether it did.

    Nothing happens where the run is gone, finished or held by another worker. Errors end up on
    the run; only those of the database reach the caller.
    """
    run = claim(run_pk, holder)
    return run is not None and do(run)


def claim(run_pk: int, holder: str) -> RecognitionRun | None:
    """Takes a due run, to be done by `do`; None where that is not to be had.

    One that was tried too often is ended.
    """
    run = RecognitionRun.claim(run_pk, holder)
    if run is None:
        _quarantine(run_pk)
        RecognitionRun.miss(run_pk)
    return run


def do(run: RecognitionRun) -> bool:
    """Does a claimed run as `recognise` does, and answers as it does."""
    with bound_contextvars(run_id=run.pk, request_id=run.request_id):
        return _do(run)


def _do(run: RecognitionRun) -> bool:
    """Does a claimed run; False where another one has answered its question."""
    try:
        recogniser = recognisers[run.recogniser]
        if not run.refile(recogniser.fingerprint):
            _settle(run, partial(run.drop, recogniser.fingerprint))
            return False
        with timing_recogniser(run.recogniser):
            outcome = _ask(recogniser, run)
    except NotNowError as error:
        _keep_waiting(run, error)
    except HaltError as error:
        _halt(run, str(error))
    except (StorageError, BusyError) as error:
        logger.warning("run %s postponed: %s", run.pk, error)
        is_service = isinstance(error, BusyError)
        reason = str(error) if is_service else "The storage is away: the worker's log says more."
        _settle(run, partial(run.postpone, reason))
    except TransientError as error:
        logger.warning("run %s put back: %s", run.pk, error)
        _settle(run, partial(run.put_back, str(error)))
    except (PermanentError, ImproperlyConfigured) as error:
        logger.warning("run %s failed: %s", run.pk, error)
        is_answer = isinstance(error, PermanentError)
        _settle(run, partial(run.fail, str(error) if is_answer else _MISCONFIGURED))
    except OperationalError:
        raise
    except Exception as error:
        # A fault in one recogniser must not stop the worker, nor the runs of the others. Editors
        # read the reason, so what an unknown error says stays in the log.
        logger.exception("run %s put back", run.pk)
        reason = f"Unexpected {type(error).__name__}: the worker's log says more."
        _settle(run, partial(run.put_back, reason))
    else:
        _finish(run, outcome)
    return True


def _ask(recogniser: ImageRecogniser, run: RecognitionRun) -> Outcome:
    image = image_source(run.original)
    if isinstance(recogniser, ServiceRecogniser):
        outcome = recogniser.ask(image, RunCalls(run, recogniser.budget))
        # What was paid for stays, though nobody asks for it as things are set up now.
        return replace(outcome, raw={**(run.raw or {}), **(outcome.raw or {})})
    return recogniser.recognise(image)


def _keep_waiting(run: RecognitionRun, error: NotNowError) -> None:
    """Queues a run again whose turn has not come, which changes nothing that people see."""
    if isinstance(error, SupersededError):
        logger.info("run %s was taken over", run.pk)
        return
    if isinstance(error, BudgetSpentError) and (budget := budget_of(run.recogniser)):
        reason = tell_spent(budget)
        if Pause.begin(run.recogniser, Pause.Cause.BUDGET, reason):
            logger.warning("%s stands still: %s", run.recogniser, reason)
    run.defer(error.wait if isinstance(error, DeferredError) else timedelta(0))


def _halt(run: RecognitionRun, reason: str) -> None:
    """Has a recogniser stand still that can do nothing as it is set up; its runs wait."""
    if Pause.begin(run.recogniser, Pause.Cause.HALT, reason):
        logger.error("%s stands still: %s", run.recogniser, reason)
    run.defer(error=_MISCONFIGURED)


def image_source(original: Original) -> ImageSource:
    """How recognisers look at an original: through its proxy, or where it lies."""

    def opened() -> BinaryIO:
        try:
            return BytesIO(read_proxy(original))
        except FileNotFoundError as error:
            msg = "Its proxy is missing: manage.py check_library --repair makes it again."
            raise PermanentError(msg) from error

    def locate() -> StoredObject | None:
        storage = original.file.storage
        if not isinstance(storage, BucketStorage):
            return None
        with reading(original.file.name):
            return StoredObject(**asdict(storage.locate(original.file.name)))

    return ImageSource(
        open=opened,
        width=original.width,
        height=original.height,
        file=ImageFile(
            media_type=original.media_type,
            bytes=original.bytes,
            orientation=original.orientation,
        ),
        locate=locate,
    )


def runs_to_schedule(until: datetime) -> list[tuple[int, datetime]]:
    """Runs that are to be tried at a moment before `until`, with that moment; the earliest first.

    Each is given once, so that whoever asks has to publish it.
    """
    with transaction.atomic():
        runs = RecognitionRun.objects.scheduled(until).order_by("next_try_at", "pk")
        found = list(runs.values_list("pk", "next_try_at")[:_SLICE])
        told = RecognitionRun.objects.filter(pk__in=[pk for pk, _ in found])
        told.update(published_at=Greatest(F("next_try_at"), Value(timezone.now())))
    return found


def runs_to_publish(*, everything: bool) -> Iterator[list[int]]:
    """Keys of the due runs that workers should be told of again, oldest first, in slices.

    Those whose message must have been lost or whose worker died; with `everything` all due ones.
    """
    last = 0
    while True:
        with transaction.atomic():
            due = RecognitionRun.objects.due() if everything else RecognitionRun.objects.forgotten()
            after = due.filter(pk__gt=last).order_by("pk")
            keys = list(after.values_list("pk", flat=True)[:_SLICE])
            RecognitionRun.objects.filter(pk__in=keys).update(published_at=timezone.now())
        if not keys:
            return
        last = keys[-1]
        yield keys


def _request_run(original_pk: int, alias: str, *, again: bool) -> RecognitionRun:
    fingerprint = recognisers[alias].fingerprint
    asked = RecognitionRun.objects.filter(
        original=original_pk, recogniser=alias, fingerprint=fingerprint
    )
    newest = asked.order_by("-generation").defer("raw").first()
    if newest is not None and newest.is_retriable and not again:
        newest.retry()
    elif newest is not None and again and not newest.is_finished:
        # Whoever waits for its turn is to ask everything anew, too.
        queued = asked.filter(pk=newest.pk, state=RecognitionRun.State.QUEUED)
        queued.update(is_forced=True)
    elif newest is None or (newest.is_finished and (again or newest.is_outdated())):
        generation = newest.generation + 1 if newest else 1
        return RecognitionRun.objects.create(
            original_id=original_pk,
            recogniser=alias,
            fingerprint=fingerprint,
            generation=generation,
            is_forced=again,
            request_id=current_request_id(),
        )
    return newest


def _finish(run: RecognitionRun, outcome: Outcome) -> None:
    """Writes what was found; its rows are made before anybody waits for them to be written."""

    def settle() -> None:
        detections = run.detections_of(outcome)  # anew: what failed may have given them keys
        _write(run, partial(run.finish, outcome, detections), detections)

    _insist(run, settle)


def _settle(run: RecognitionRun, write: Callable[[], bool]) -> None:
    """Writes a run's outcome and what follows from it, unless another attempt took over.

    After a power cut it may have to be done again, from the answers that are kept, once the lease
    is over.
    """
    _insist(run, partial(_write, run, write))


def _write(
    run: RecognitionRun, write: Callable[[], bool], detections: Sequence[Detection] = ()
) -> None:
    with atomic_unless_power_fails():
        if connection.features.has_select_for_update:  # elsewhere nobody else writes anyway
            Original.hold(run.original_id)
        if write():
            retag_original(run.original_id, only=[run.recogniser], at_hand=detections)


def _insist(run: RecognitionRun, settle: Callable[[], None]) -> None:
    try:
        insist(run, settle)
    except Original.DoesNotExist:
        logger.info("run %s went with its original", run.pk)


def _quarantine(run_pk: int) -> None:
    """Ends a run that is due and was tried too often, and shows it on its assets."""
    due = RecognitionRun.objects.due().filter(pk=run_pk, attempts__gte=MAX_ATTEMPTS)
    if run := due.defer("raw").first():
        _settle(run, run.abandon)
