"""How well workers keep to a set rate together, and what one call takes of the machine."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.rekognition.library import Library, computing_seconds
from bench.rekognition.loopback import Rekognition, rekognition
from bench.rekognition.pictures import make_small
from bench.rekognition.rates import rate_of
from tests.rekognition.records import Request

GOAL = 0.05
"""The part of the set rate by which the one that is held may differ."""
LOW_RATE, LOW_PROCESSES, LOW_CALLS = 5.0, 4, 100
_OPERATION = "DetectLabels"
_LEAD_IN = 0.1
"""The part of the calls that is not looked at, as processes start one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is measured together."""

    name: str
    rate: float
    """Calls a second, as set."""
    processes: int
    is_enforced: bool = False
    """Whether the service refuses what goes beyond the rate in any second."""


def measure(
    root: Path, *, rate: float, seconds: float, processes: int, seed: int
) -> dict[str, Any]:
    """The figures at a rate, at one that the service enforces, and at a low one beside others."""
    calls = round(rate * seconds)
    paths = make_small(root / "photos", calls + LOW_CALLS, seed)
    with _library(root) as (library, service):
        library.import_files(paths[:calls], recognisers="rekognition")
        row = Row(name="at_rate", rate=rate, processes=processes)
        rows = [_measured(library, service, row)]
        library.ask_again("rekognition")
        row = Row(name="at_rate_enforced", rate=rate, processes=processes, is_enforced=True)
        rows.append(_measured(library, service, row))
        library.import_files(paths[calls:], recognisers="rekognition,dummy")
        row = Row(name="at_low_rate_beside_dummy", rate=LOW_RATE, processes=LOW_PROCESSES)
        rows.append(_measured(library, service, row))
    return {
        "seed": seed,
        "goal_ratio": [1 - GOAL, 1 + GOAL],
        "goal_is_met": abs(rows[0]["ratio"] - 1) <= GOAL,
        "cores_that_the_rate_takes": round(
            rate * sum(rows[0]["computing_ms_a_run"].values()) / 1000, 2
        ),
        "rows": rows,
    }


@contextmanager
def _library(root: Path) -> Iterator[tuple[Library, Rekognition]]:
    with rekognition(root) as service:
        library = Library(root / "library", service.environment)
        with library.running():
            yield library, service


def _measured(library: Library, service: Rekognition, row: Row) -> dict[str, Any]:
    """Has workers do what is queued, and tells how that went."""
    limits = {_OPERATION: round(row.rate)} if row.is_enforced else {}
    service.change(reset=True, limits=limits)
    library.env["BROMO_REKOGNITION_RATES"] = f"default={row.rate:g}"
    before, load, began = library.endings("rekognition"), os.getloadavg()[0], datetime.now(UTC)
    computing = _work_off(library, service, row)
    assert library.states().keys() == {"done"}, library.states()
    after = library.endings("rekognition")
    return {
        "name": row.name,
        "processes": row.processes,
        **_rates(service.requests(), row.rate),
        "went_back_to_queue": int(after.get("deferred", 0) - before.get("deferred", 0)),
        "seconds_until_done": {
            alias: round(ends[-1], 2)
            for alias in ("rekognition", "dummy")
            if (ends := library.ends(alias, since=began))
        },
        "computing_ms_a_run": computing,
        "load_average_before": round(load, 2),
    }


def _work_off(library: Library, service: Rekognition, row: Row) -> dict[str, float]:
    """Runs a worker until nothing is left; gives the milliseconds of computing that a run took."""
    steady = round(library.unfinished() * (1 - _LEAD_IN))
    with library.worker(row.name, processes=row.processes) as worker, library.beat():
        runs = library.wait_until_left(steady)
        begun = worker.computing_seconds(), computing_seconds(service.pid)
        library.wait_until_left()
        ended = worker.computing_seconds(), computing_seconds(service.pid)
    by_worker, by_service = (1000 * (b - a) / runs for a, b in zip(begun, ended, strict=True))
    return {"worker": round(by_worker, 1), "service": round(by_service, 1)}


def _rates(requests: Sequence[Request], rate: float) -> dict[str, Any]:
    """The rate that was held, by when the requests came that were answered."""
    answered = sorted(request.moment for request in requests if request.status == 200)
    return {
        "calls": len(answered),
        "throttled": len(requests) - len(answered),
        "rate_set": rate,
        **rate_of(answered[round(_LEAD_IN * len(answered)) :], rate),
    }
