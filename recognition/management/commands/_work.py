"""Taking part in the work from the command line, through the same leases as a worker."""

import os
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from django.core.management.base import CommandError, OutputWrapper
from django.db import connection
from django.utils import timezone

from recognition import pipeline
from recognition.budgets import lift_pauses
from recognition.management.commands._waiting import Silence
from recognition.models import Pause, RecognitionRun

_POLL_SECONDS = 0.2
_ME = f"{socket.gethostname()}:{os.getpid()}"


def work_off(run_pks: Iterable[int], left: Counter[str], stderr: OutputWrapper) -> Iterator[int]:
    """Does these runs, or waits where a worker does them; gives each key that needs no more.

    That it does when the run is finished, or when its recogniser is paused: such a run stays as it
    is, and `left` counts it under the recogniser. While nothing moves it says what is waited for.
    """
    try:
        yield from _work_off(run_pks, left, Silence(stderr))
    except KeyboardInterrupt:
        msg = (
            "Interrupted. What is not done stays queued for the workers, or for manage.py "
            "sweep_runs where there are none."
        )
        raise CommandError(msg, returncode=130) from None


def _work_off(run_pks: Iterable[int], left: Counter[str], silence: Silence) -> Iterator[int]:
    lift_pauses()
    waiting = list(dict.fromkeys(run_pks))
    while waiting:
        to_do = []
        for pk in waiting:
            renew_connection()
            pipeline.recognise(pk, holder=_ME)
            run = RecognitionRun.objects.unfinished().filter(pk=pk).defer("raw").first()
            if run is not None and not _is_kept_from_starting(run):
                to_do.append(pk)
                silence.last(waiting)
                continue
            if run is not None:
                left[run.recogniser] += 1
            silence.end()
            yield pk
        if len(to_do) == len(waiting):
            time.sleep(_POLL_SECONDS)
        waiting = to_do


def renew_connection() -> None:
    """Has a connection that the database server has dropped made anew, as requests have."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def tell_of_pauses(left: Counter[str], stderr: OutputWrapper) -> None:
    """Says which recognisers were paused, and how many runs that left undone."""
    for alias, number in left.items():
        pause = Pause.objects.filter(recogniser=alias).first()
        reason = f" ({pause.reason})" if pause and pause.reason else ""
        stay = "run stays" if number == 1 else "runs stay"
        if pause and pause.cause == Pause.Cause.BUDGET:
            until = "until then"
        else:
            until = (
                "until it is resumed, on the Recognition page or with manage.py "
                f"resume_recogniser {alias}"
            )
        stderr.write(f"{alias} is paused{reason}: {number} {stay} queued {until}.")


def _is_kept_from_starting(run: RecognitionRun) -> bool:
    """Whether a pause holds an unfinished run up; one that is being worked on ends by itself."""
    if run.lease_until is not None and run.lease_until > timezone.now():
        return False
    return Pause.objects.filter(recogniser=run.recogniser).exists()
