"""Telling what runs wait for, so that nobody sits before a command that seems to do nothing."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from time import monotonic

from django.core.management.base import OutputWrapper
from django.template.defaultfilters import pluralize
from django.utils import timezone
from tqdm import tqdm

from recognition.models import LONGEST_POSTPONED, RecognitionRun

FIRST_SECONDS, LONGEST_SECONDS = 5.0, 300.0
"""How long nothing moves before the first word; then twice as long before each further one."""
_SLICE = 1000


class Silence:
    """Breaks the silence of a command in which nothing has moved for a while."""

    def __init__(self, stderr: OutputWrapper) -> None:
        self._stderr = stderr
        self.end()

    def end(self) -> None:
        """Takes down that something has moved."""
        self._seconds, self._since = FIRST_SECONDS, monotonic()

    def last(self, waiting: Sequence[int]) -> None:
        """Says what these runs wait for, if it is time."""
        if monotonic() - self._since < self._seconds:
            return
        with tqdm.external_write_mode():
            for line in waits(waiting):
                self._stderr.write(line)
        self._seconds = min(2 * self._seconds, LONGEST_SECONDS)
        self._since = monotonic()


def waits(run_pks: Sequence[int]) -> Iterator[str]:
    """What unfinished runs wait for, and until when; a line for all that wait for the same."""
    alike: dict[tuple[str, str, str], list[RecognitionRun]] = defaultdict(list)
    for start in range(0, len(run_pks), _SLICE):
        keys = run_pks[start : start + _SLICE]
        for run in RecognitionRun.objects.unfinished().filter(pk__in=keys).defer("raw"):
            alike[run.recogniser, run.state, run.error].append(run)
    for (alias, state, error), runs in sorted(alike.items()):
        number = f"{alias}: {len(runs):,} run{pluralize(len(runs))}"
        if state == RecognitionRun.State.RUNNING:
            yield f"{number} {pluralize(len(runs), 'is,are')} being worked on elsewhere."
        else:
            yield f"{number} {pluralize(len(runs), 'waits,wait')}{_until(runs, error)}"


def _until(runs: Sequence[RecognitionRun], error: str) -> str:
    reason = f": {error.rstrip('.')}" if error else ""
    told = f"{reason}. The next try is at {_moment(min(run.next_try_at for run in runs))}"
    if postponed := [run.postponed_since for run in runs if run.postponed_since]:
        told += f", the last by {_moment(max(postponed) + LONGEST_POSTPONED)}"
    return f"{told}. Ctrl-C ends the waiting and leaves what is not done queued."


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S %Z}"
