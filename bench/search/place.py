"""Where a library of the benchmark lives: its folder, its database, and programs on it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests import postgresql

REPOSITORY = Path(__file__).resolve().parents[2]
_MADE = "made.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A library, and the environment of programs that work on it."""

    folder: Path
    database: str
    env: Mapping[str, str]

    def run(self, part: str, **options: object) -> Any:
        """Runs one part in a process of its own; gives what it found."""
        _say(f"{part} {options or ''}")
        with Partner.of(self, part, **options) as partner:
            return partner.finish()

    def read(self) -> None:
        """Reads all files of the database once, so that the system has them in its memory.

        There they are on a server in use, as long as it has that much.
        """
        whole = self.folder / "postgresql"
        files = whole.rglob("*") if whole.exists() else self.folder.glob("*.sqlite3*")
        for path in files:
            if path.is_file():
                with path.open("rb") as file:
                    while file.read(1 << 20):
                        pass

    def made(self, *, assets: int, seed: int) -> dict[str, Any]:
        """Makes the library, unless it was made before; gives how long that took then."""
        marker = self.folder / _MADE
        if not marker.exists():
            told = self.run("make", assets=assets, seed=seed)
            marker.write_text(json.dumps(told))
        told = json.loads(marker.read_text())
        assert isinstance(told, dict)
        return told


class Partner:
    """A part at work in a process of its own; it reads and writes lines of JSON."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    @classmethod
    @contextmanager
    def of(cls, place: Place, part: str, **options: object) -> "Iterator[Partner]":
        """Starts a part; it has ended when the block has."""
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.search.part", part, json.dumps(options)],
            cwd=REPOSITORY, env=dict(place.env), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        try:
            yield cls(process)
        finally:
            process.kill()
            process.communicate()

    def tell(self, message: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        """The next thing it says. Raises RuntimeError where it says nothing any more."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise self._failed()
        return json.loads(line)

    def finish(self) -> Any:
        """Lets it end; gives the last thing it says. Raises RuntimeError where it failed."""
        out, _ = self.process.communicate()
        if self.process.returncode:
            raise self._failed()
        return json.loads(out.splitlines()[-1])

    def _failed(self) -> RuntimeError:
        status = self.process.wait()
        return RuntimeError(f"{self.process.args!r} ended with {status}; stderr says why")


@contextmanager
def place(database: str, *, assets: int, seed: int, keep: Path | None) -> Iterator[Place]:
    """A folder with a migrated database, for the length of the block or as long as it is kept."""
    with ExitStack() as stack:
        folder = _folder(stack, f"{database}-{assets}-{seed}", keep)
        url = {} if database == "sqlite" else _server(stack, folder, is_kept=keep is not None)
        found = Place(folder=folder, database=database, env=_environment(folder) | url)
        found.run("migrate")
        yield found


def _folder(stack: ExitStack, name: str, keep: Path | None) -> Path:
    if keep is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bromo-bench-")))
    folder = keep.absolute() / name
    if folder.exists() and not (folder / _MADE).exists():
        shutil.rmtree(folder)  # its making was interrupted
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _environment(folder: Path) -> dict[str, str]:
    """An environment for a program that takes nothing from the caller's."""
    names = ("BROMO_", "BROKER_", "DATABASE_", "AWS_")
    mine = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    return mine | {
        "BROMO_DATA_DIR": str(folder),
        "BROMO_LOG_LEVEL": "ERROR",
        "BROMO_RECOGNISERS": "dummy",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def _server(stack: ExitStack, folder: Path, *, is_kept: bool) -> dict[str, str]:
    """A server that waits for the disk as any other, with a database; a kept one has its data."""
    if is_kept:
        (folder / "postgresql").mkdir(exist_ok=True)
        server = stack.enter_context(postgresql.from_wheel(folder / "postgresql"))
    else:
        server = stack.enter_context(postgresql.running())
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")
        names = connection.execute("SELECT datname FROM pg_database").fetchall()
    if ("bromo",) not in names:
        return {"DATABASE_URL": postgresql.make_database(server, "bromo")}
    return {"DATABASE_URL": server.replace("/postgres?", "/bromo?")}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
