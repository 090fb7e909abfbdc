"""What many writers get done in SQLite: `python -m bench.writers --json`.

Eight processes write to one database as workers do: a transaction that holds the write lock for
some ten milliseconds of queries, then a pause half as long. They do so in turns with Django's own
backend and with `config.sqlite`, on which they stand in line. Prints one JSON object: transactions
a second, how long the last hundredth of them waited for the lock at least, and the ratios.
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
from pathlib import Path
from typing import Any

ENGINES = ("django.db.backends.sqlite3", "config.sqlite")
PROCESSES = 8
_QUERIES = 600
_PAUSE = 0.03


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
        database.execute("CREATE TABLE done (pk INTEGER PRIMARY KEY, process INTEGER)")
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        begin = time.time() + 3  # when all of them have started
        some = [(engine, str(path), number, begin, seconds) for number in range(PROCESSES)]
        waits = sorted(wait for mine in pool.starmap(_write, some) for wait in mine)
    return {
        "a_second": len(waits) / seconds,
        "p99_ms": 1000 * waits[len(waits) * 99 // 100],
    }


def _write(engine: str, path: str, number: int, begin: float, seconds: float) -> list[float]:
    """How long each transaction waited for its turn, in seconds; in a process of its own."""
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
    time.sleep(max(0, begin - time.time()))
    while time.time() < begin + seconds:
        asked = time.monotonic()
        with transaction.atomic(), connection.cursor() as cursor:
            waits.append(time.monotonic() - asked)
            for _ in range(_QUERIES):
                cursor.execute("INSERT INTO done (process) VALUES (%s)", [number])
                cursor.execute("SELECT max(pk) FROM done WHERE process = %s", [number])
        time.sleep(_PAUSE)
    return waits


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
