"""Plays scenarios, some at a time, each in a process and a folder of its own."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from tests.faults.pattern import make_pattern
from tests.faults.processes import end_all, of_folder
from tests.faults.report import Outcome
from tests.faults.trial import CannotRunError, Scenario, Trial
from tests.programs import REPOSITORY, dropping_databases

KEPT = REPOSITORY / "test-results" / "faults"
"""Where the logs of what failed stay."""
_MOST_TOLD = 400
"""Characters of either end of an error; all of it, with its traceback, is kept with the logs."""
_NOT_KEPT = ("originals", "renditions", "disk", "elsewhere", "s3")

_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """`seed` decides everything that is left to chance, for each scenario on its own."""

    root: Path
    seed: int
    is_full: bool
    is_on_postgresql: bool

    def play_all(self, scenarios: Iterable[Scenario], *, jobs: int) -> Iterator[Outcome]:
        """Plays so many at a time; gives each outcome as soon as it is known."""
        left, running = deque(scenarios), list[_Playing]()
        try:
            while left or running:
                while left and len(running) < jobs:
                    running.append(_Playing(self, left.popleft()))
                ended = wait([playing.connection for playing in running])
                for playing in [p for p in running if p.connection in ended]:
                    running.remove(playing)
                    yield playing.outcome()
        finally:
            for playing in running:
                playing.process.terminate()
            for playing in running:
                playing.process.join()

    def play(self, scenario: Scenario) -> Outcome:
        """Plays a scenario; whatever it runs into becomes its outcome."""
        began = time.monotonic()
        trial = self._trial(scenario.name)
        result, skipped, broken = None, "", ""
        try:
            with dropping_databases():
                result = scenario.play(trial)
        except CannotRunError as error:
            skipped = str(error)
        except Exception as error:  # noqa: BLE001 - one broken scenario must not hide the others
            broken = f"{type(error).__name__}: {_shortened(str(error))}"
            trial.folder.mkdir(parents=True, exist_ok=True)
            (trial.folder / "traceback.txt").write_text(traceback.format_exc())
        took = time.monotonic() - began
        outcome = Outcome(
            scenario=scenario, result=result, skipped=skipped, broken=broken, took=took
        )
        if outcome.is_failure:
            self._keep(trial.folder, outcome)
        shutil.rmtree(trial.folder, ignore_errors=True)
        return outcome

    def _keep(self, folder: Path, outcome: Outcome) -> None:
        """Puts a scenario's logs, and its database where that is a file, where they stay."""
        (folder / "outcome.json").write_text(json.dumps(outcome.as_dict(), indent=2))
        keep = shutil.ignore_patterns(*_NOT_KEPT)
        shutil.copytree(folder, KEPT / folder.name, ignore=keep, symlinks=True)

    def _trial(self, name: str) -> Trial:
        return Trial(
            folder=self.root / name,
            rng=random.Random(f"{self.seed} {name}"),
            is_full=self.is_full,
            is_on_postgresql=self.is_on_postgresql,
        )


def _shortened(text: str) -> str:
    """The begin, which says what, and the end of an error, where it says why."""
    if len(text) <= 2 * _MOST_TOLD:
        return text
    return f"{text[:_MOST_TOLD]} [...] {text[-_MOST_TOLD:]}"


class _Playing:
    """A scenario that is played in a process of its own."""

    def __init__(self, suite: Suite, scenario: Scenario) -> None:
        self._scenario = scenario
        self.connection, theirs = _fork.Pipe(duplex=False)
        self.process = _fork.Process(target=_play_apart, args=(suite, scenario, theirs))
        self.process.start()
        theirs.close()

    def outcome(self) -> Outcome:
        """Waits for its end."""
        try:
            outcome: Outcome = self.connection.recv()
        except EOFError:
            outcome = Outcome(scenario=self._scenario, broken="Its process was killed.")
        self.process.join()
        return outcome


def _play_apart(suite: Suite, scenario: Scenario, told: Connection) -> None:
    # In a group of its own Ctrl-C does not reach it: who started it ends it in good order.
    os.setpgid(0, 0)
    told.send(suite.play(scenario))


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for all scenarios; at the end it is gone with everything that has to do with it."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    root = Path(tempfile.mkdtemp(prefix="bromo-faults-"))
    try:
        with dropping_databases():
            make_pattern(root)
            yield root
    finally:
        end_all(of_folder(root))
        for disk in root.glob("*/disk"):
            if disk.is_mount():
                subprocess.run(["umount", "--lazy", str(disk)], check=False)
        shutil.rmtree(root, ignore_errors=True)
