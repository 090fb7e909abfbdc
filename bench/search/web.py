"""What a real web process has in memory once it has shown pages of all sorts."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.search.place import REPOSITORY, Place

GOAL_MEGABYTES = 250
_PATIENCE = 120.0


def measure(place: Place, *, each: int, seed: int) -> dict[str, Any]:
    """Memory of one process of gunicorn, after a page without the index, the first, and all."""
    told = place.run("sign_in", each=each, seed=seed)
    with _server(place) as (port, worker):
        _get(port, "/login/", "")
        before = _megabytes(worker, "VmRSS")
        _get(port, told["paths"][0], told["cookies"][0])
        loaded = _megabytes(worker, "VmRSS")
        for number, path in enumerate(told["paths"]):
            _get(port, path, told["cookies"][number % len(told["cookies"])])
        return {
            "megabytes": _megabytes(worker, "VmRSS"),
            "goal_megabytes": GOAL_MEGABYTES,
            "most_megabytes": _megabytes(worker, "VmHWM"),
            "before_index_megabytes": before,
            "after_first_page_megabytes": loaded,
            "pages": len(told["paths"]),
        }


@contextmanager
def _server(place: Place) -> Iterator[tuple[int, int]]:
    """Serves with one process for the length of the block; gives the port and the process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--config", "python:config.gunicorn", "--workers", "1", "--bind"]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options, f"127.0.0.1:{port}"],
        cwd=REPOSITORY, env=dict(place.env),
    )  # fmt: skip
    try:
        yield port, _worker(server, port)
    finally:
        server.terminate()
        server.wait()


def _worker(server: "subprocess.Popen[bytes]", port: int) -> int:
    """The process that answers, once it does."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            _get(port, "/login/", "")
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
            return int(children.split()[0])


def _get(port: int, path: str, cookie: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} was answered with {response.status}")
    finally:
        connection.close()


def _megabytes(pid: int, name: str) -> float:
    """By the name that Linux has for them: VmRSS in memory now, VmHWM at the most."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    told = dict(line.split(":", 1) for line in lines)
    return round(int(told[name].split()[0]) * 1024 / 1e6, 1)
