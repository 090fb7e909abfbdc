"""One scenario being played: its randomness, its installation, and its row of the table."""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.faults.installation import Installation, running
from tests.faults.judge import Expectation, Findings, judge
from tests.faults.ledger import Ledger
from tests.faults.library import ReadOriginal, read_from_folder, read_library
from tests.faults.pattern import copy_pattern
from tests.faults.photos import Photo, make_photos

GOAL_SECONDS = 60.0
"""After the end of a fault, everything has to be finished by then."""
_PATIENCE = 1.5 * GOAL_SECONDS


class CannotRunError(Exception):
    """A scenario needs something that this machine does not have; the message says what."""


class Result(Protocol):
    """What a scenario showed."""

    @property
    def is_good(self) -> bool: ...

    def as_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How many promises were kept."""

    n: int
    of: str
    """What N counts."""
    findings: Findings
    recovered: float | None
    """Seconds from the end of the fault until everything was finished, if it ever was."""
    notes: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        found = self.findings
        is_in_time = self.recovered is not None and self.recovered <= GOAL_SECONDS
        return is_in_time and not (found.lost or found.duplicated or found.stuck)

    def as_dict(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "of": self.of,
            "lost": list(self.findings.lost),
            "duplicated": list(self.findings.duplicated),
            "stuck": list(self.findings.stuck),
            "recovered_seconds": self.recovered,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    name: str
    title: str
    play: Callable[["Trial"], Result]
    is_figure: bool = False
    """Whether it shows a figure of its own in place of a row of the table."""


@dataclass(slots=True)
class Trial:
    """What a scenario has to work with."""

    folder: Path
    rng: random.Random
    is_full: bool
    is_on_postgresql: bool
    ledger: Ledger = field(default_factory=Ledger)

    def pick(self, *, small: int, full: int) -> int:
        return full if self.is_full else small

    def photos(self, number: int, *, size: int = 100_000) -> list[Photo]:
        return make_photos(self.rng, number, size=size)

    @contextmanager
    def installation(
        self, *, delay: float = 0.3, more: Mapping[str, str] | None = None,
        data: Path | None = None, has_worker: bool = True, has_services: bool = True,
    ) -> Iterator[Installation]:  # fmt: skip
        """Broker, web, beat and a worker of two processes, with somebody signed in.

        Worker and beat, or all of it, may be left to the scenario.
        """
        here = Installation(self.folder, delay=delay, more=more or {}, data=data)
        copy_pattern(here, self.folder.parent)
        with running(here, has_services=has_services):
            if has_services and has_worker:
                here.start_worker()
                here.start_beat()
            yield here

    def wait_until_amid(self, here: Installation, photos: Sequence[Photo]) -> None:
        """Waits until half of the photos are uploaded, while some are being recognised."""
        here.wait_until(
            lambda: 2 * len(self.ledger.promises) >= len(photos) and here.is_working(),
            what="half of the photos are uploaded and the worker is at work",
        )

    def row(
        self,
        here: Installation,
        *,
        since: float,
        of: str = "uploads",
        n: int | None = None,
        read_original: ReadOriginal | None = None,
        extra: Findings | None = None,
        notes: Iterable[str] = (),
        **expected: Any,
    ) -> Row:
        """Waits until all is finished and judges; `expected` are fields of Expectation."""
        recovered = self._wait_until_settled(here, since)
        promises = tuple(self.ledger.promises)
        found = judge(
            Expectation(promises=promises, **expected),
            read_library(here.query),
            read_original or read_from_folder(here.data / "originals"),
        )
        extra = extra or Findings()
        stuck = *found.stuck, *extra.stuck, *self.ledger.given_up, *check_library(here)
        return Row(
            n=len(promises) if n is None else n,
            of=of,
            findings=Findings(
                lost=found.lost + extra.lost,
                duplicated=found.duplicated + extra.duplicated,
                stuck=stuck,
            ),
            recovered=recovered,
            notes=(*notes, *self.ledger.refused()),
        )

    def _wait_until_settled(self, here: Installation, since: float) -> float | None:
        while (waited := time.monotonic() - since) < _PATIENCE:
            if here.is_settled():
                return waited
            time.sleep(0.2)
        return None


def check_library(here: Installation) -> list[str]:
    """What `manage.py check_library` finds fault with."""
    done = here.try_manage("check_library", "--json")
    if done.returncode == 0:
        return []
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    findings = [json.loads(line) for line in lines]
    return [f"check_library: {finding}" for finding in findings] or [
        f"check_library ended with {done.returncode}: {done.stderr[-500:]}"
    ]
