"""The web process that serves an upload is killed, at each stage of it."""

import os
import signal
import socket
import time
from functools import partial
from pathlib import Path

from tests.faults import traps
from tests.faults.client import Client
from tests.faults.people import People
from tests.faults.photos import Photo
from tests.faults.processes import children, holder_of, wait_until_read
from tests.faults.trial import Row, Scenario, Trial

BODY_BYTES = 3_000_000
"""More than sockets hold, so that what is sent is what the process has read."""


def kill_amid_body(trial: Trial, share: float) -> Row:
    """Others upload meanwhile; each whose upload was cut off tries again, as a person would."""
    others = trial.photos(trial.pick(small=10, full=100))
    victims = trial.photos(trial.pick(small=2, full=10), size=BODY_BYTES)
    with trial.installation() as here:
        with People(here.client, others, trial.ledger, number=2):
            for victim in victims:
                _kill_reader(here.client, victim, share, here.web.pid)
            killed = time.monotonic()
            with People(here.client, victims, trial.ledger):
                pass
        return trial.row(here, since=killed)


def _kill_reader(client: Client, photo: Photo, share: float, master: int) -> None:
    """Sends a share of an upload and kills the process that reads it."""
    request = client.upload_request(photo)
    with socket.create_connection(("127.0.0.1", client.port)) as connection:
        connection.sendall(request[: int(len(request) * share)])
        inode = wait_until_read(client.port, connection.getsockname()[1])
        reader = holder_of(inode, children(master))
        assert reader, "one of the web processes reads the upload"
        os.kill(reader, signal.SIGKILL)


def kill_before_commit(trial: Trial) -> Row:
    photos = trial.photos(trial.pick(small=20, full=100))
    with trial.installation() as here:
        with People(here.client, photos, trial.ledger):
            for _ in range(trial.pick(small=3, full=10)):
                trap = traps.set_trap(here.data, traps.BEFORE_COMMIT)
                here.wait_until(partial(_has_closed, trap), what="the trap has closed")
                time.sleep(trial.rng.uniform(0.5, 1.5))
            killed = time.monotonic()
        return trial.row(here, since=killed)


def _has_closed(trap: Path) -> bool:
    return not trap.exists()


SCENARIOS = (
    *(
        Scenario(
            name=f"web-killed-{percent}",
            title=f"the web process killed at {percent} % of an upload",
            play=partial(kill_amid_body, share=percent / 100),
        )
        for percent in (25, 50, 75, 99)
    ),
    Scenario(
        name="web-killed-before-commit",
        title="the web process killed between file write and commit",
        play=kill_before_commit,
    ),
)
