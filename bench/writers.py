"""What many writers get done in SQLite: `python -m bench.writers --json`.

Eight processes write to one database as workers do: transactions that hold the write lock for some
ten milliseconds of queries, three times as long apart. One more never pauses, as who imports or
retags. They do so by Django's own backend and by `config.sqlite`, alternately. Prints one JSON
object: transactions a second of the eight, how long the last hundredth of those waited at least,
and the ratios. Commits wait for no disk here, whose moods would be most of what is measured.
"""

import argparse
import json
import multiprocessing
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

ENGINES = ("django.db.backends.sqlite3", "config.sqlite")
PROCESSES = 8
_QUERIES = 600
_PAUSE = 0.03
"""Seconds between the transactions of a process."""


def measure(*, rounds: int, seconds: float) -> dict[str, Any]:
    told: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    for _ in range(rounds):
        for engine in ENGINES:
            with tempfile.TemporaryDirectory(prefix="bromo-writers-") as folder:
                told[engine].append(_together(engine, Path(folder) / "b.sqlite3", seconds))
    rows = {engine: _middle(some) for engine, some in told.items()}
    plain, ours = rows.values()
    return {
        "processes": PROCESSES,
        "rounds": rounds,
        "rows": rows,
        "ratio_transactions": round(ours["a_second"] / plain["a_second"], 2),
        "ratio_longest_waits": round(ours["p99_ms"] / plain["p99_ms"], 2),
    }


def _together(engine: str, path: Path, seconds: float) -> dict[str, float]:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE done (pk INTEGER PRIMARY KEY, what TEXT)")
    spawn = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue[list[float]] = spawn.Queue()
    ready = spawn.Barrier(PROCESSES + 1)
    processes = [
        spawn.Process(target=_write, args=(engine, str(path), seconds, pause, ready, told))
        for pause in [_PAUSE] * PROCESSES + [None]
    ]
    for process in processes:
        process.start()
    waits = sorted(wait for _ in range(PROCESSES) for wait in told.get())
    for process in processes:
        process.join()
    return {
        "a_second": len(waits) / seconds,
        "p99_ms": 1000 * waits[len(waits) * 99 // 100],
    }


def _write(
    engine: str,
    path: str,
    seconds: float,
    pause: float | None,
    ready: Barrier,
    told: "multiprocessing.Queue[list[float]]",
) -> None:
    """Tells how long each transaction waited, in seconds, unless it is without a pause."""
    import django
    from django.conf import settings

    options = {
        "init_command": "PRAGMA synchronous=NORMAL",
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
    }
    database = {"ENGINE": engine, "NAME": path, "OPTIONS": options}
    settings.configure(DATABASES={"default": database})
    django.setup()
    from django.db import connection, transaction

    connection.ensure_connection()
    waits: list[float] = []
    ready.wait()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        asked = time.monotonic()
        with transaction.atomic(), connection.cursor() as cursor:
            waits.append(time.monotonic() - asked)
            for _ in range(_QUERIES):
                cursor.execute("INSERT INTO done (what) VALUES (%s)", ["a run"])
                cursor.execute("SELECT max(pk) FROM done")
        if pause:
            time.sleep(pause)
    if pause:
        told.put(waits)


def _middle(some: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in some), 1) for name in some[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="(default: 5)")
    parser.add_argument("--seconds", type=float, default=5, help="of each (default: 5)")
    parser.add_argument("--json", action="store_true", help="on one line, for a program to read")
    options = parser.parse_args()
    result = measure(rounds=options.rounds, seconds=options.seconds) | {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    print(json.dumps(result, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
