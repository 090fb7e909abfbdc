"""Runs the tests on each database that Bromo runs on, one after the other.

    python -m tests.databases [--on SQLite|PostgreSQL] [what pytest is to be told]

PostgreSQL is the server that DATABASE_URL names or, without it, one that is started for the run.
Where none can be, that run is left out, and the reason told; with BROMO_REQUIRE_POSTGRESQL=1 it has
failed. The last lines say how each run ended, failed ones last; the exit status is 1 if any failed.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import postgresql

_SIDE_BY_SIDE = ("--numprocesses=2", "--dist=load", "--maxschedchunk=24")
"""Half of their time tests wait for the programs that they start, so two run at a time. In order:
those that start programs come first, those that empty the database after all others that use it. No
process is given many at a time, so that both end together; but all journeys, which share a server.
With `-n 0` among the arguments they run one by one."""
_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the tests on one database ended."""

    database: str
    told: str
    is_failure: bool
    is_interrupted: bool = False


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.databases", allow_abbrev=False)
    parser.add_argument("--on", choices=RUNS, help="the only database to run on")
    options, for_pytest = parser.parse_known_args(arguments)
    endings = []
    for database in [options.on] if options.on else RUNS:
        endings.append(RUNS[database](for_pytest))
        if endings[-1].is_interrupted:
            break
    for line in summary(endings):
        _say(line)
    return int(any(ending.is_failure for ending in endings))


def summary(endings: Iterable[Ending]) -> list[str]:
    """A line for each run, those that failed last, where they are read."""
    ordered = sorted(endings, key=lambda ending: ending.is_failure)
    return [f"{ending.database}: {ending.told}" for ending in ordered]


def on_sqlite(arguments: list[str]) -> Ending:
    return _run_pytest("SQLite", arguments, url="")


def on_postgresql(arguments: list[str]) -> Ending:
    is_required = os.environ.get("BROMO_REQUIRE_POSTGRESQL") == "1"
    try:
        with _postgresql() as url:
            return _run_pytest("PostgreSQL", arguments, url=url)
    except postgresql.NoPostgreSQLError as error:
        return Ending(database="PostgreSQL", told=f"not run: {error}", is_failure=is_required)


RUNS: dict[str, Callable[[list[str]], Ending]] = {
    "SQLite": on_sqlite,
    "PostgreSQL": on_postgresql,
}


def _postgresql() -> AbstractContextManager[str]:
    """The server that the caller names, or one for the length of the block."""
    url = os.environ.get("DATABASE_URL", "")
    return nullcontext(url) if postgresql.is_postgresql(url) else postgresql.running()


def _run_pytest(database: str, arguments: list[str], *, url: str) -> Ending:
    print()  # noqa: T201
    _say(f"Tests on {database}")
    with tempfile.TemporaryDirectory(prefix="bromo-report-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *_SIDE_BY_SIDE]
        command += arguments
        status = _run_to_its_end(command, _environment(url))
        told = _counts(report) if report.exists() else f"pytest gave up with {status}"
    is_interrupted = status == pytest.ExitCode.INTERRUPTED
    return Ending(
        database=database,
        told=f"{told}, interrupted" if is_interrupted else told,
        is_failure=status != pytest.ExitCode.OK,
        is_interrupted=is_interrupted,
    )


def _environment(url: str) -> dict[str, str]:
    """The caller's, except that Python keeps what it has compiled: hundreds of programs start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"DATABASE_URL": url}


def _run_to_its_end(command: list[str], env: dict[str, str]) -> int:
    """Runs pytest and gives its exit status; if interrupted, it ends what it has started first."""
    interruptions = []

    def interrupt(number: int, frame: object) -> None:
        interruptions.append(number)
        if number != signal.SIGINT:  # which Ctrl-C sends to both
            process.send_signal(signal.SIGINT)

    # Before pytest starts, which is else deaf to SIGINT where a shell runs this in the background.
    before = {number: signal.signal(number, interrupt) for number in _INTERRUPTIONS}
    process = subprocess.Popen(command, env=env)
    try:
        status = process.wait()
    finally:
        for number, action in before.items():
            signal.signal(number, action)
    return pytest.ExitCode.INTERRUPTED if interruptions else status


def _counts(report: Path) -> str:
    """What pytest's own last line says, from its report."""
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    total, failed, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    counts = {
        "failed": failed,
        "passed": total - failed - errors - skipped,
        "skipped": skipped,
        "error" if errors == 1 else "errors": errors,
    }
    seconds = sum(float(suite.get("time", 0)) for suite in suites)
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{told or 'no tests ran'} in {seconds:.2f}s"


def _say(line: str) -> None:
    print(f" {line} ".center(shutil.get_terminal_size().columns, "="), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
