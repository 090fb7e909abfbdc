"""Messages that come more often than they were sent, in another order, to several workers."""

import json
import time

import redis

from tests.faults.people import People
from tests.faults.trial import Row, Scenario, Trial

TIMES = 3
WORKERS = 4


def deliver_thrice(trial: Trial) -> Row:
    """Half of the copies are redeliveries of one message, the others messages of their own."""
    photos = trial.photos(trial.pick(small=40, full=200))
    one_process_each = {"BROMO_WORKER_PROCESSES": "1"}
    with trial.installation(delay=0.1, has_worker=False, more=one_process_each) as here:
        with People(here.client, photos, trial.ledger):
            pass
        with redis.Redis.from_url(here.broker.url) as client:
            client.flushall()
        workers = [f"worker{number}" for number in range(WORKERS)]
        for name in workers:
            here.start_worker(name=name)
        here.wait_until(lambda: here.are_ready(workers), what="the workers are ready")
        here.run("-m", "tests.faults.inside.deliver", json.dumps(_messages(trial, here.run_keys())))
        delivered = time.monotonic()
        return trial.row(here, since=delivered, is_undisturbed=True)


def _messages(trial: Trial, keys: list[int]) -> list[tuple[int, str]]:
    """Pairs of a run's key and a message's id, in no order."""
    messages = [
        (key, f"message-{key}-{0 if key % 2 else copy}") for key in keys for copy in range(TIMES)
    ]
    trial.rng.shuffle(messages)
    return messages


SCENARIOS = (
    Scenario(
        name="delivered-thrice",
        title=f"every message delivered {TIMES} times, shuffled, to {WORKERS} workers",
        play=deliver_thrice,
    ),
)
