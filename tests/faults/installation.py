"""A whole Bromo of a scenario's own: data folder, broker, web, workers and beat, on loopback."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.broker import Broker
from tests.faults.client import Client, NoAnswerError
from tests.faults.processes import children, end_all, end_group, of_folder
from tests.programs import PATIENCE, REPOSITORY, environment, query, run, start, wait_until

NAME, PASSWORD = "ada", "correct horse battery"
_WEB = ("-m", "gunicorn", "--config", "python:config.gunicorn", "--bind")
_CELERY = ("-m", "celery", "--quiet", "--app", "config")
_WORKER = (*_CELERY, "worker", "--without-gossip", "--without-mingle")
_BEAT = (*_CELERY, "beat", "--pidfile=")


class Installation:
    """`more` goes into the environment of its programs; `data` is another place for its data."""

    def __init__(
        self, folder: Path, *, delay: float, more: Mapping[str, str], data: Path | None = None
    ) -> None:
        """`delay` is how many seconds the recogniser takes for a photo."""
        self.data, self.logs = data or folder / "data", folder / "logs"
        self.port = free_port()
        self.broker = Broker(folder / "broker")
        self.env = environment(self.data) | {
            "BROKER_URL": self.broker.url,
            "BROMO_STATIC_DIR": str(folder.parent / "static"),
            "BROMO_WORKER_PROCESSES": "2",
            "DJANGO_SETTINGS_MODULE": "tests.faults.inside.settings",
            "FAULTS_DELAY": str(delay),
            **more,
        }
        self.client = Client(self.port)
        self._programs: list[subprocess.Popen[bytes]] = []
        self._web: subprocess.Popen[bytes] | None = None

    @property
    def web(self) -> "subprocess.Popen[bytes]":
        """The master of gunicorn; its children serve."""
        assert self._web, "the web server was started"
        return self._web

    def start_web(self) -> None:
        """Starts gunicorn and waits until it answers."""
        self._web = self._start("web", *_WEB, f"127.0.0.1:{self.port}")
        wait_until(self.answers, what="the web server answers", log=self.logs / "web.log")

    def start_worker(self, *, name: str = "worker") -> "subprocess.Popen[bytes]":
        """Starts a worker, which needs some seconds more until it works."""
        return self._start(name, *_WORKER, "--hostname", f"{name}@%h")

    def start_beat(self) -> "subprocess.Popen[bytes]":
        return self._start("beat", *_BEAT)

    def start_everything(self, log: str = "serve") -> "subprocess.Popen[bytes]":
        """Starts all of it the way people do, with a broker that is none of the harness's."""
        self.env.pop("BROKER_URL", None)
        bind = f"127.0.0.1:{self.port}"
        served = self._start(log, "-m", "config.serve", "--bind", bind)
        wait_until(self.answers, what="the web server answers", log=self.logs / f"{log}.log")
        return served

    def sign_in(self) -> None:
        self.client.sign_in(NAME, PASSWORD)

    def manage(self, *arguments: str) -> str:
        return run(self.env, "manage.py", *arguments)

    def run(self, *arguments: str) -> str:
        """Runs `python ARGUMENTS` to its end."""
        return run(self.env, *arguments)

    def try_manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """As `manage`, whatever comes of it."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY, env=self.env, capture_output=True, text=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        return query(self.env, statement)

    def answers(self) -> bool:
        try:
            return self.client.get("/healthz").status == 200
        except NoAnswerError:
            return False

    def is_working(self) -> bool:
        """Whether recognition is under way just now."""
        running = "SELECT count(*) FROM recognition_recognitionrun WHERE state = 'running'"
        return self.query(running) != [(0,)]

    def is_retrying(self) -> bool:
        """Whether a run is under way that an earlier attempt did not finish."""
        again = "SELECT id FROM recognition_recognitionrun WHERE state = 'running' AND attempts > 1"
        return bool(self.query(again))

    def claims(self) -> int:
        """How often a worker has taken up a run so far."""
        ((number,),) = self.query("SELECT sum(attempts) FROM recognition_recognitionrun")
        return int(number or 0)

    def wait_for_claim(self) -> None:
        """Waits until a worker takes up one more run."""
        before = self.claims()
        self.wait_until(lambda: self.claims() > before, what="a worker takes up another run")

    def is_settled(self) -> bool:
        """Whether every run has ended, one way or another."""
        unfinished = (
            "SELECT count(*) FROM recognition_recognitionrun WHERE state IN ('queued', 'running')"
        )
        return self.query(unfinished) == [(0,)]

    def are_ready(self, workers: Iterable[str]) -> bool:
        """Whether these workers have told that they take work."""
        logs = [self.logs / f"{name}.log" for name in workers]
        return all(b" ready." in log.read_bytes() for log in logs)

    def run_keys(self) -> list[int]:
        return [pk for (pk,) in self.query("SELECT id FROM recognition_recognitionrun ORDER BY id")]

    def wait_until(self, happened: Callable[[], object], *, what: str) -> None:
        wait_until(happened, what=what, log=self.logs / "worker.log")

    def processes(self) -> dict[int, str]:
        """Everything that runs for it, with its command line."""
        return of_folder(self.logs.parent)

    def stop(self) -> None:
        """Ends everything at once, whoever started it."""
        for program in self._programs:
            end_group(program)
        self.broker.stop()
        end_all(self.processes())

    def _start(self, log: str, *arguments: str) -> "subprocess.Popen[bytes]":
        program = start(self.env, *arguments, log=self.logs / f"{log}.log")
        self._programs.append(program)
        return program


def pool_of(worker: "subprocess.Popen[bytes]") -> list[int]:
    """The processes in which a worker recognises."""
    return children(worker.pid)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(installation: Installation, *, has_services: bool = True) -> Iterator[None]:
    """Ends all that was started in the block; `has_services` starts broker and web, signed in."""
    installation.logs.mkdir(parents=True, exist_ok=True)
    try:
        if has_services:
            installation.broker.start()
            installation.start_web()
            installation.sign_in()
        yield
    finally:
        installation.stop()
