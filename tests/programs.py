"""Runs Bromo's own programs as processes of their own, each on a data folder of the test's.

With each folder goes a database: SQLite's in the folder or, where DATABASE_URL has the tests run on
PostgreSQL, one of its own on that server.
"""

import atexit
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgresql import database_name, drop_database, is_postgresql, make_database

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE = 120
"""Seconds until something that should happen at once counts as never happening."""

_server = os.environ.get("DATABASE_URL", "")
_databases: dict[str, str] = {}
"""The URLs of the databases on PostgreSQL that exist now, by name."""

about_sqlite = pytest.mark.skipif(is_postgresql(_server), reason="about the files of SQLite")
same_everywhere = pytest.mark.skipif(
    is_postgresql(_server), reason="the same on every database, and slow"
)
about_postgresql = pytest.mark.skipif(
    not is_postgresql(_server), reason="about transactions of PostgreSQL"
)


def environment(data: Path, **more: str) -> dict[str, str]:
    """An environment for a program that works in `data` and takes nothing from the caller's."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BROMO_", "BROKER_", "DATABASE_", "AWS_"))
    }
    return (
        mine
        | _database_of(data)
        | {
            "BROMO_DATA_DIR": str(data),
            "BROMO_RECOGNISERS": "dummy",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        | more
    )


def migrate(env: Mapping[str, str]) -> None:
    """Leaves what `manage.py migrate` would on an empty database: a copy takes no seconds."""
    migrated = _migrated()
    if url := env.get("DATABASE_URL"):
        template = database_name(migrated["DATABASE_URL"])
        make_database(_server, database_name(url), template=template)
    else:
        data = Path(env["BROMO_DATA_DIR"])
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(_sqlite_file(migrated), _sqlite_file(env))


def query(env: Mapping[str, str], statement: str) -> list[tuple[Any, ...]]:
    """Reads or changes the database of a program, as it is there for all to see.

    The statement has to be one that SQLite and PostgreSQL both understand.
    """
    with _connection(env) as connection:
        cursor = connection.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
        connection.commit()
    return rows


@contextmanager
def dropping_databases() -> Iterator[None]:
    """Drops at its end the databases that programs were given meanwhile on PostgreSQL."""
    before = set(_databases)
    try:
        yield
    finally:
        for name in set(_databases) - before:
            drop_database(_server, name)
            del _databases[name]


def run(env: Mapping[str, str], *arguments: str, status: int = 0) -> str:
    """Runs `python ARGUMENTS` to its end and gives its stdout; fails on any other exit status."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def start(env: Mapping[str, str], *arguments: str, log: Path) -> "subprocess.Popen[bytes]":
    """Starts `python ARGUMENTS` in a process group of its own, writing to a log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=REPOSITORY, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip


def wait_until(happened: Callable[[], object], *, what: str, log: Path | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            told = log.read_text(errors="replace")[-3000:] if log else ""
            raise AssertionError(f"Waited {PATIENCE} seconds in vain until {what}.\n{told}")
        time.sleep(0.1)


def _database_of(data: Path) -> dict[str, str]:
    """What tells a program of the database that goes with a data folder, made if need be."""
    if not is_postgresql(_server):
        return {}
    name = "bromo_" + hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    if name not in _databases:
        _databases[name] = make_database(_server, name)
    return {"DATABASE_URL": _databases[name]}


@cache
def _migrated() -> dict[str, str]:
    """The environment of a program whose database is migrated and otherwise empty."""
    data = Path(tempfile.mkdtemp(prefix="bromo-migrated-"))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    env = environment(data)
    run(env, "manage.py", "migrate", "--verbosity=0")
    if url := env.get("DATABASE_URL"):
        # Not one of those that end with a test.
        del _databases[database_name(url)]
        atexit.register(drop_database, _server, database_name(url))
    return env


def _sqlite_file(env: Mapping[str, str]) -> Path:
    return Path(env["BROMO_DATA_DIR"]) / "bromo.sqlite3"


def _connection(env: Mapping[str, str]) -> "closing[Any]":
    """A connection to a program's database; both engines' have the methods used here."""
    if url := env.get("DATABASE_URL"):
        return closing(psycopg.connect(url))
    return closing(sqlite3.connect(_sqlite_file(env)))
