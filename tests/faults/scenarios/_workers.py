"""Workers that are killed, and the processes in which they recognise."""

import os
import signal
import time
from collections.abc import Iterator

from tests.faults.installation import Installation, pool_of
from tests.faults.people import People
from tests.faults.photos import make_poison
from tests.faults.processes import end_all, end_group
from tests.faults.trial import Row, Scenario, Trial

WORKER_DELAY, POOL_DELAY = 0.3, 0.8
"""Seconds that an image takes: long enough that a kill hits one."""
PROCESSES = 2


def kill_worker(trial: Trial) -> Row:
    """Now with all its processes, as by a power cut, now alone, as by somebody's `kill -9`."""
    photos, kills = trial.photos(trial.pick(small=40, full=200)), trial.pick(small=3, full=10)
    with trial.installation(delay=WORKER_DELAY, has_worker=False) as here:
        here.start_beat()
        worker = here.start_worker()
        with People(here.client, photos, trial.ledger):
            for _ in _moments(trial, here, kills, len(photos) * WORKER_DELAY / PROCESSES):
                if trial.rng.random() < 0.5:
                    end_group(worker)
                else:
                    os.kill(worker.pid, signal.SIGKILL)
                    worker.wait()
                killed = time.monotonic()
                worker = here.start_worker()
        return trial.row(here, since=killed, notes=[f"kill -9: {kills} times"])


def kill_pool_process(trial: Trial) -> Row:
    photos, kills = trial.photos(trial.pick(small=20, full=100)), trial.pick(small=3, full=10)
    with trial.installation(delay=POOL_DELAY, has_worker=False) as here:
        here.start_beat()
        worker = here.start_worker()
        with People(here.client, photos, trial.ledger):
            for _ in _moments(trial, here, kills, len(photos) * POOL_DELAY / PROCESSES):
                end_all([trial.rng.choice(pool_of(worker))])
                killed = time.monotonic()
        return trial.row(here, since=killed, notes=[f"kill -9: {kills} times"])


def poison(trial: Trial) -> Row:
    bad = make_poison(trial.rng)
    photos = [bad, *trial.photos(50)]
    with trial.installation() as here:
        with People(here.client, photos, trial.ledger, number=1, pause=0.0):
            pass
        uploaded = time.monotonic()
        return trial.row(here, since=uploaded, quarantined=frozenset({bad.sha256}))


def _moments(trial: Trial, here: Installation, times: int, seconds: float) -> Iterator[None]:
    """Comes back when it is time to kill: at work, and at random over so many seconds of work.

    An image that was hit before is spared, as one that is hit three times ends in quarantine.
    """
    for _ in range(times):
        here.wait_for_claim()
        time.sleep(trial.rng.uniform(0.0, seconds / times))
        here.wait_until(lambda: not here.is_retrying(), what="what was hit before is done")
        yield


SCENARIOS = (
    Scenario(
        name="worker-killed", title="kill -9 of the worker, at random times", play=kill_worker
    ),
    Scenario(name="pool-killed", title="kill -9 of a process of its pool", play=kill_pool_process),
    Scenario(name="poison", title="an image that kills its process, and 50 more", play=poison),
)
