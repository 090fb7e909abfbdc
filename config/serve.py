"""Runs Bromo on this machine: web, worker, beat and, where BROKER_URL names none, a broker.

    python -m config.serve [--bind 127.0.0.1:8000]

Ctrl-C or SIGTERM ends all of it. The exit status is 0 if it was asked to end and 1 if something
could not be started or kept running.
"""

import argparse
import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import IO

from config.broker import BrokerRunningError, PrivateBroker
from config.logs import as_json

CODE = Path(__file__).resolve().parent.parent
DEFAULT_BIND = "127.0.0.1:8000"
_PR_SET_PDEATHSIG = 1  # of linux/prctl.h


class ServeError(Exception):
    """The service cannot start; the message says why and what to do."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m config.serve",
        description="Runs web, worker, beat and, without BROKER_URL, a Valkey until Ctrl-C.",
    )
    parser.add_argument(
        "--bind",
        default=DEFAULT_BIND,
        type=address,
        metavar="HOST:PORT",
        help="where to listen (default: %(default)s)",
    )
    bind = parser.parse_args(arguments).bind
    try:
        return serve(*bind)
    except ServeError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def address(text: str) -> tuple[str, int]:
    """Reads HOST:PORT; argparse shows the message of the error it raises otherwise."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        msg = f"“{text}” is no address: give one like {DEFAULT_BIND}."
        raise argparse.ArgumentTypeError(msg)
    return host, int(port)


def serve(host: str, port: int) -> int:
    """Serves until a signal ends it; gives the exit status. Raises ServeError."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings

    check_port_is_free(host, port)
    environment = {
        "SERVE_USER": str(os.getuid()),
        "SERVE_DATA": str(settings.BROMO_DATA_DIR),
        "SERVE_CODE": str(CODE),
        "SERVE_PYTHON": shlex.quote(sys.executable),
        "SERVE_BIND": f"{host}:{port}",
        "SERVE_BROKER": "valkey-server",
        "SERVE_BROKER_AUTOSTART": "false",
        # Tasks end by their own time limit, which is shorter than the lease.
        "SERVE_WORKER_PATIENCE": str(settings.BROMO_LEASE_SECONDS),
    }
    if not settings.BROKER_URL:
        broker = _prepare_broker(settings.BROMO_DATA_DIR)
        environment["SERVE_BROKER"] = shlex.join(broker.command)
        environment["SERVE_BROKER_AUTOSTART"] = "true"
        environment["BROKER_URL"] = broker.url
    return _supervise(environment)


def check_port_is_free(host: str, port: int) -> None:
    """Raises ServeError where nothing can listen at an address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            msg = (
                f"Bromo cannot listen at {host}:{port} ({error.strerror}). End the program that "
                f"uses the port, or choose another one: make demo BIND={host}:{port + 1}, or "
                f"python -m config.serve --bind {host}:{port + 1}"
            )
            raise ServeError(msg) from error


def _prepare_broker(data: Path) -> PrivateBroker:
    broker = PrivateBroker(data / "broker")
    try:
        broker.prepare()
    except BrokerRunningError as error:
        pid_file = data / "serve.pid"
        pid = pid_file.read_text().strip() if pid_file.exists() else error.pid
        msg = (
            f"Bromo already runs on {data}. End it with Ctrl-C where it was started, or with: "
            f"kill {pid}"
        )
        raise ServeError(msg) from error
    return broker


def _supervise(environment: dict[str, str]) -> int:
    """Runs supervisord, and passes its output on, until it ends."""
    asked_to_end = False
    supervisord: subprocess.Popen[bytes] | None = None

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal asked_to_end
        asked_to_end = True
        if supervisord:
            supervisord.terminate()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    command = [sys.executable, "-m", "supervisor.supervisord"]
    command += ["-c", str(CODE / "config" / "supervisord.conf")]
    # The pipe lets the programs write where our own output goes, be it a file, a pipe or a socket.
    # Stderr is not part of it: supervisord has to have one when we are gone and the pipe with us.
    supervisord = subprocess.Popen(  # noqa: S603 - our own command
        command,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_end_with_parent,
    )
    if asked_to_end:
        supervisord.terminate()
    _pass_on(supervisord)
    status = supervisord.wait()
    return 0 if asked_to_end and status == 0 else 1


def _end_with_parent() -> None:
    """Has Linux end this process in good order when its parent is gone, however that ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _pass_on(supervisord: "subprocess.Popen[bytes]") -> None:
    """Copies output until there is no more; ends the service where nobody reads it any longer."""
    assert supervisord.stdout  # noqa: S101 - for mypy: it was asked for
    is_read = True
    for chunk in _output(supervisord.stdout):
        if not is_read:
            continue
        try:
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        except OSError:
            is_read = False
            supervisord.terminate()


def _output(pipe: IO[bytes]) -> Iterable[bytes]:
    """What comes out of a pipe: as it comes, or a line at a time where machines read the log."""
    from django.conf import settings

    if settings.BROMO_LOG_FORMAT == "json":
        return map(as_json, pipe)
    return iter(lambda: os.read(pipe.fileno(), 1 << 16), b"")


if __name__ == "__main__":
    sys.exit(main())
