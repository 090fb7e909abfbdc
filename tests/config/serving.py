"""A web server, a worker and a broker of one test's, and a browser to ask them with."""

import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.programs import PATIENCE, environment, migrate, run, start, wait_until

PASSWORD = "correct horse battery"
NAME = "ada-lovelace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Browser:
    """Keeps cookies; every request has a connection of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, headers, b"")

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, kind, urlencode(fields).encode())

    def sign_in(self, password: str = PASSWORD) -> Answer:
        self.get("/login/")
        return self.post("/login/", {"username": NAME, "password": password})

    def upload(self, name: str, content: bytes, **headers: str) -> Answer:
        boundary = "b0undary"
        part = f'Content-Disposition: form-data; name="files"; filename="{name}"'
        body = f"--{boundary}\r\n{part}\r\n\r\n".encode() + content + f"\r\n--{boundary}--".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._ask("POST", "/upload/", headers | kind, body)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        kept = {
            "Accept": "application/json",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
        }
        try:
            connection.request(method, path, body, kept | headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        for header in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: crumb.value for name, crumb in SimpleCookie(header).items()}
        return Answer(status=response.status, headers=dict(response.headers), text=text)


class Server:
    """Programs on one data folder: gunicorn, and workers where a test wants some."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.data, self.logs = folder / "data", folder
        defaults = {
            "BROMO_WORKER_PROCESSES": "2",
            "DJANGO_SETTINGS_MODULE": "tests.config.plain_settings",
            # Celery warns those who are root, past every log.
            "PYTHONWARNINGS": "ignore",
        }
        self.env = environment(self.data, **defaults | more)
        self.browser = Browser(free_port())
        self._programs: list[subprocess.Popen[bytes]] = []

    def add_administrator(self) -> None:
        """Makes the user as whom the browser signs in."""
        env = self.env | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        who = ("--username", NAME, "--email", "ada@example.org")
        run(env, "manage.py", "createsuperuser", "--noinput", *who)

    def start_web(self) -> None:
        """Starts the gunicorn that the browser asks."""
        bind = f"127.0.0.1:{self.browser.port}"
        self._start("web", "-m", "gunicorn", "--config", "python:config.gunicorn", "--bind", bind)
        self.wait_until(self.answers, what="the web server answers")

    def start_another_web(self) -> Browser:
        """Starts one more gunicorn; gives the browser that asks it, signed in as the other one."""
        first, self.browser = self.browser, Browser(free_port())
        self.start_web()
        self.browser.cookies = first.cookies
        another, self.browser = self.browser, first
        return another

    def start_worker(self) -> None:
        self._start("worker", "-m", "celery", "--quiet", "--app", "config", "worker")
        self.wait_until(lambda: " ready." in self.told("worker"), what="the worker is ready")

    def answers(self) -> bool:
        try:
            return self.browser.get("/healthz").text == "ok"
        except OSError:
            return False

    def wait_until(self, happened: Any, *, what: str) -> None:
        wait_until(happened, what=what, log=self.log("worker" if "worker" in what else "web"))

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def told(self, name: str) -> str:
        return self.log(name).read_text() if self.log(name).exists() else ""

    def records(self, name: str) -> list[dict[str, Any]]:
        """What a program logged as JSON; fails where it wrote anything else."""
        return [json.loads(line) for line in self.told(name).splitlines()]

    def stop(self) -> None:
        for program in self._programs:
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGCONT)
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()

    def _start(self, log: str, *arguments: str) -> "subprocess.Popen[bytes]":
        program = start(self.env, *arguments, log=self.log(log))
        self._programs.append(program)
        return program


@contextmanager
def serving(folder: Path, *, is_migrated: bool = True, **more: str) -> Iterator[Server]:
    """A running web server, ended at the end of the block with all that it was given."""
    server = Server(folder, **more)
    try:
        if is_migrated:
            migrate(server.env)
        server.start_web()
        yield server
    finally:
        server.stop()


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Has a process accept what it is sent and never answer, for the length of the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def mute_server() -> Iterator[int]:
    """The port of something that accepts connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
