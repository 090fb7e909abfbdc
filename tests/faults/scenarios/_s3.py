"""A bucket on its bad days: errors, refusals, broken and short answers, and for a while nobody."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.faults.installation import Installation
from tests.faults.library import read_from_bucket
from tests.faults.people import People
from tests.faults.s3_proxy import Fault, FaultProxy
from tests.faults.trial import Row, Scenario, Trial
from tests.s3 import S3Server

BAD_SECONDS = 8.0
RATE = 0.3


def play_bad_bucket(trial: Trial, faults: tuple[Fault, ...], rate: float) -> Row:
    """All goes well at first, then badly for a while with writes and reads, then well again."""
    photos = trial.photos(trial.pick(small=40, full=200))
    with _bucket(trial) as (server, proxy, here):
        with People(here.client, photos, trial.ledger):
            trial.wait_until_amid(here, photos)
            proxy.plan(*faults, rate=rate)
            time.sleep(BAD_SECONDS)
            proxy.plan()
            over = time.monotonic()
        assert proxy.injected, "there were requests to spoil"
        bucket = read_from_bucket(server.client(), server.bucket)
        injected = [f"{fault}: {count} requests" for fault, count in proxy.injected.items()]
        return trial.row(here, since=over, read_original=bucket, notes=injected)


@contextmanager
def _bucket(trial: Trial) -> Iterator[tuple[S3Server, FaultProxy, Installation]]:
    """An installation that keeps its files in a bucket, by way of the proxy."""
    folder = trial.folder / "s3"
    folder.mkdir(parents=True)
    with S3Server(folder).running() as server:
        proxy = FaultProxy(server.url, trial.rng)
        with proxy.running() as url:
            more = server.environment | {"AWS_ENDPOINT_URL_S3": url}
            with trial.installation(more=more) as here:
                yield server, proxy, here


SCENARIOS = (
    *(
        Scenario(
            name=f"s3-{name}",
            title=f"S3: {title} for {BAD_SECONDS:.0f} s",
            play=partial(play_bad_bucket, faults=faults, rate=rate),
        )
        for name, title, faults, rate in (
            ("500", f"500 to {RATE:.0%} of the requests", (Fault.ERROR,), RATE),
            ("slow-down", f"503 SlowDown to {RATE:.0%} of them", (Fault.SLOW_DOWN,), RATE),
            ("resets", f"{RATE:.0%} of the connections reset", (Fault.RESET,), RATE),
            ("truncated", f"{RATE:.0%} of the reads truncated", (Fault.TRUNCATED,), RATE),
            ("gone", "nobody there", (Fault.GONE,), 1.0),
        )
    ),
)
