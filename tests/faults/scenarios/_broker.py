"""A broker that goes away, or forgets everything, in the middle of a burst of uploads."""

import os
import signal
import time
from collections.abc import Callable
from functools import partial

import redis

from tests.faults.installation import Installation
from tests.faults.people import People
from tests.faults.trial import Row, Scenario, Trial

AWAY_SECONDS = 10.0


def play_in_burst(trial: Trial, fault: Callable[[Installation], None]) -> Row:
    photos = trial.photos(trial.pick(small=40, full=200))
    with trial.installation() as here:
        with People(here.client, photos, trial.ledger):
            trial.wait_until_amid(here, photos)
            fault(here)
            over = time.monotonic()
        return trial.row(here, since=over)


def stop(here: Installation) -> None:
    here.broker.stop()
    time.sleep(AWAY_SECONDS)
    here.broker.start()


def freeze(here: Installation) -> None:
    os.kill(here.broker.pid, signal.SIGSTOP)
    time.sleep(AWAY_SECONDS)
    os.kill(here.broker.pid, signal.SIGCONT)


def wipe(here: Installation) -> None:
    with redis.Redis.from_url(here.broker.url) as client:
        client.flushall()


SCENARIOS = (
    Scenario(
        name="broker-stopped",
        title=f"the broker stopped for {AWAY_SECONDS:.0f} s amid a burst",
        play=partial(play_in_burst, fault=stop),
    ),
    Scenario(
        name="broker-frozen",
        title=f"the broker frozen for {AWAY_SECONDS:.0f} s amid a burst",
        play=partial(play_in_burst, fault=freeze),
    ),
    Scenario(
        name="broker-wiped",
        title="the broker wiped amid a burst",
        play=partial(play_in_burst, fault=wipe),
    ),
)
