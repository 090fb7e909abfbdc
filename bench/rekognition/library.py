"""A library of the benchmark's own: its broker, its workers, and what they have done."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from config.metric_files import read_metrics
from tests.faults.installation import Installation, pool_of
from tests.faults.processes import end_all, of_folder
from tests.programs import dropping_databases, migrate

LONGEST = 900.0
"""Seconds after which work that has not ended counts as never ending."""
_AT_ONCE = 100
"""Files that one command imports: a program has two minutes."""
_TICKS = os.sysconf("SC_CLK_TCK")


class Library(Installation):
    """An installation without web, on which nothing is recognised before workers are started."""

    def __init__(self, folder: Path, more: Mapping[str, str]) -> None:
        super().__init__(
            folder, delay=0.0, more={"DJANGO_SETTINGS_MODULE": "config.settings", **more}
        )

    @contextmanager
    def running(self) -> Iterator["Library"]:
        """Runs its broker for the length of the block, on an empty database."""
        self.logs.mkdir(parents=True)
        migrate(self.env)
        try:
            self.broker.start()
            yield self
        finally:
            self.stop()

    def import_files(self, paths: Iterable[Path], *, recognisers: str) -> None:
        """Imports files; recognisers, comma-separated, are asked to look at them later."""
        left = iter(paths)
        self.env["BROMO_RECOGNISERS"] = recognisers
        while some := list(islice(left, _AT_ONCE)):
            self.manage("import_assets", *map(str, some))

    def ask_again(self, recogniser: str) -> None:
        """Asks a recogniser once more about everything."""
        self.manage("retag_assets", "--recognise", "--recogniser", recogniser)

    @contextmanager
    def worker(self, name: str, *, processes: int) -> Iterator["Worker"]:
        """Runs a worker for the length of the block, from when all its processes are there."""
        self.env["BROMO_WORKER_PROCESSES"] = str(processes)
        process = self.start_worker(name=name)
        try:
            self.wait_until(lambda: self.are_ready([name]), what=f"{name} is ready")
            yield Worker(process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()

    @contextmanager
    def beat(self) -> Iterator[None]:
        """Has runs swept for the length of the block."""
        process = self.start_beat()
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def unfinished(self) -> int:
        """How many runs have not ended."""
        states = self.states()
        return states.get("queued", 0) + states.get("running", 0)

    def wait_until_left(self, most: int = 0) -> int:
        """Waits until no more runs are unfinished; gives how many are.

        Raises TimeoutError where that takes too long.
        """
        deadline = time.monotonic() + LONGEST
        while (left := self.unfinished()) > most:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{left} runs have not ended after {LONGEST:.0f} seconds")
            time.sleep(0.2)
        return left

    def states(self) -> dict[str, int]:
        """How many runs are in which state."""
        statement = "SELECT state, count(*) FROM recognition_recognitionrun GROUP BY state"
        return dict(self.query(statement))

    def ends(self, recogniser: str, since: datetime) -> list[float]:
        """When each run of a recogniser was done, in seconds after a moment; in order."""
        statement = (
            "SELECT finished_at FROM recognition_recognitionrun "
            f"WHERE recogniser = '{recogniser}' AND state = 'done'"
        )
        moments = [_as_utc(value) for (value,) in self.query(statement)]
        return sorted((m - since).total_seconds() for m in moments if m > since)

    def endings(self, recogniser: str) -> dict[str, float]:
        """How often attempts at a recogniser's runs have ended in which way so far."""
        return {
            sample.labels["outcome"]: sample.value
            for metric in read_metrics(self.data / "metrics")
            for sample in metric.samples
            if sample.name == "bromo_recogniser_seconds_count"
            and sample.labels["recogniser"] == recogniser
        }


class Worker:
    """A worker and its processes."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.pid = process.pid
        self.pool = pool_of(process)

    def computing_seconds(self) -> float:
        """What it has taken of the machine so far."""
        return sum(map(computing_seconds, [self.pid, *self.pool]))


def computing_seconds(pid: int) -> float:
    """What a process has taken of the machine so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for everything; at the end it is gone with all that has to do with it."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    root = Path(tempfile.mkdtemp(prefix="bromo-bench-"))
    try:
        with dropping_databases():
            yield root
    finally:
        end_all(of_folder(root))
        shutil.rmtree(root, ignore_errors=True)


def _as_utc(value: Any) -> datetime:
    """A moment of the database: SQLite gives it as text without its zone, which is UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(moment, datetime)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
