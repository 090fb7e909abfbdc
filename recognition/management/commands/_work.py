"""Taking part in the work from the command line, through the same leases as a worker."""

import time
from collections.abc import Iterable, Iterator

from recognition import pipeline
from recognition.models import RecognitionRun

_POLL_SECONDS = 0.2


def work_off(run_pks: Iterable[int]) -> Iterator[int]:
    """Does these runs, or waits where a worker does them; gives each key when it is finished."""
    waiting = list(dict.fromkeys(run_pks))
    while waiting:
        left = []
        for pk in waiting:
            pipeline.recognise(pk)
            if RecognitionRun.objects.unfinished().filter(pk=pk).exists():
                left.append(pk)
            else:
                yield pk
        if len(left) == len(waiting):
            time.sleep(_POLL_SECONDS)
        waiting = left
