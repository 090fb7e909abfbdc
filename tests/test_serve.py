"""Serving: web, worker and a private broker start together, recover, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import pytest
import redis

from config.broker import BrokerRunningError, PrivateBroker
from tests.images import jpeg_bytes
from tests.programs import (
    PATIENCE,
    environment,
    migrate,
    query,
    run,
    same_everywhere,
    start,
    wait_until,
)

pytestmark = pytest.mark.server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class TestPrivateBroker:
    def test_keeps_its_messages_when_it_is_killed(self, tmp_path):
        broker = PrivateBroker(tmp_path / "broker")
        with broker.running() as url:
            client = redis.Redis.from_url(url)
            client.rpush("celery", "one", "two")
            os.kill(broker.server_pid(), signal.SIGKILL)
        with broker.running() as again:
            assert redis.Redis.from_url(again).lrange("celery", 0, -1) == [b"one", b"two"]
            assert again == url

    def test_answers_nobody_without_the_password(self, valkey):
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url("redis://" + valkey.rpartition("@")[2]).ping()

    def test_shows_its_password_to_its_owner_alone(self, tmp_path):
        broker = PrivateBroker(tmp_path / "broker")
        broker.prepare()
        password = broker.url.split(":")[2].split("@")[0]
        assert password not in " ".join(broker.command)
        holders = [path for path in broker.folder.iterdir() if password in path.read_text()]
        assert holders
        assert all(path.stat().st_mode & 0o077 == 0 for path in holders)

    def test_refuses_a_second_server_on_the_same_folder(self, tmp_path):
        broker = PrivateBroker(tmp_path / "broker")
        with broker.running():
            pid = broker.server_pid()
            with pytest.raises(BrokerRunningError, match=f"kill {pid}"):
                PrivateBroker(tmp_path / "broker").prepare()

    def test_moves_to_another_port_when_its_own_is_taken(self, tmp_path):
        broker = PrivateBroker(tmp_path / "broker")
        broker.prepare()
        before = broker.url
        with socket.socket() as other:
            other.bind(("127.0.0.1", int(before.split(":")[-1].split("/")[0])))
            other.listen()
            broker.prepare()
        assert broker.url != before

    def test_works_in_a_folder_with_an_odd_name(self, tmp_path):
        with PrivateBroker(tmp_path / 'a "b" c' / "broker").running() as url:
            assert redis.Redis.from_url(url).ping()


class Service:
    """`python -m config.serve` on a data folder and a port of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.data, self.log, self.port = folder / "data", folder / "log", free_port()
        self.env = environment(self.data)
        self.bind = f"127.0.0.1:{self.port}"
        migrate(self.env)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = start(self.env, "-m", "config.serve", "--bind", self.bind, log=self.log)
        self.wait_until(self.answers, what="/healthz answers")
        self.wait_until(lambda: self.times_ready() == 1, what="the worker is ready")

    def wait_until(self, happened, *, what):
        wait_until(happened, what=what, log=self.log)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.bind}/healthz", timeout=5) as response:
                return response.read() == b"ok"
        except (URLError, OSError):
            return False

    def times_ready(self) -> int:
        """How often a worker has come up."""
        return self.log.read_bytes().count(b" ready.")

    def programs(self) -> dict[int, str]:
        """Processes that work on the data folder, with their command lines."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                env = (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if f"BROMO_DATA_DIR={self.data}".encode() in env and command:
                found[int(entry.name)] = command
        return found

    def end(self, number: int) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def clean_up(self) -> None:
        """Kills what is left; what was killed may be started again until all are gone."""
        while programs := self.programs():
            for pid in programs:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait()


@pytest.fixture
def service(tmp_path):
    service = Service(tmp_path)
    yield service
    service.clean_up()


@pytest.fixture(scope="class")
def running(tmp_path_factory):
    """A service that runs already, in a folder with an odd name; to be looked at alone."""
    service = Service(tmp_path_factory.mktemp("running") / "my data#1 100%")
    before = os.umask(0o022)
    try:
        service.start()
        yield service
    finally:
        os.umask(before)
        service.clean_up()


@same_everywhere
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")
class TestARunningService:
    def test_writes_nothing_that_others_can_read(self, running):
        written = [running.data, *running.data.rglob("*")]
        assert running.data / "serve.pid" in written
        assert [path for path in written if path.stat().st_mode & 0o007] == []

    def test_says_so_when_it_already_runs(self, running):
        second = start(
            running.env, "-m", "config.serve", "--bind", f"127.0.0.1:{free_port()}", log=running.log
        )
        assert second.wait(PATIENCE) == 1
        assert f"Bromo already runs on {running.data}" in running.log.read_text()
        assert running.answers()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")
class TestServe:
    @same_everywhere
    def test_leaves_no_process_when_it_is_asked_to_end(self, service):
        service.start()
        assert len(service.programs()) > 5
        assert service.end(signal.SIGTERM) == 0
        assert service.programs() == {}

    @same_everywhere
    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells of a parent's end")
    def test_leaves_no_process_when_it_is_killed(self, service):
        service.start()
        service.end(signal.SIGKILL)
        service.wait_until(lambda: not service.programs(), what="everything has ended")

    @same_everywhere
    def test_brings_back_a_killed_worker_and_a_killed_broker_and_ends_at_ctrl_c(self, service):
        service.start()
        workers = {pid for pid, line in service.programs().items() if "config worker" in line}
        os.kill(min(workers), signal.SIGKILL)
        service.wait_until(lambda: service.times_ready() == 2, what="a new worker is ready")
        service.wait_until(
            lambda: not workers & set(service.programs()), what="the old pool is gone"
        )
        (old,) = {pid for pid, line in service.programs().items() if "valkey-server" in line}
        os.kill(old, signal.SIGKILL)
        service.wait_until(
            PrivateBroker(service.data / "broker").server_pid, what="a new broker answers"
        )
        assert service.end(signal.SIGINT) == 0
        assert service.programs() == {}

    def test_has_uploads_recognised_that_were_queued_before_it_started(self, service, tmp_path):
        (tmp_path / "photo.jpg").write_bytes(jpeg_bytes())
        # A broker that is away: the run is queued, and the wake-up is lost.
        away = service.env | {"BROKER_URL": f"redis://127.0.0.1:{free_port()}/0"}
        run(away, "manage.py", "import_assets", str(tmp_path / "photo.jpg"))

        def states() -> list[tuple[str]]:
            return query(service.env, "SELECT state FROM recognition_recognitionrun")

        assert states() == [("queued",)]
        service.start()
        service.wait_until(lambda: states() == [("done",)], what="the run is done")

    def test_says_so_when_the_port_is_taken(self, service):
        with socket.socket() as other:
            other.bind(("127.0.0.1", service.port))
            other.listen()
            process = start(
                service.env, "-m", "config.serve", "--bind", service.bind, log=service.log
            )
            assert process.wait(PATIENCE) == 1
        told = service.log.read_text()
        assert f"cannot listen at {service.bind}" in told
        assert "--bind" in told

    @same_everywhere
    def test_ends_with_an_error_when_a_program_cannot_be_kept_running(self, service):
        service.env["BROKER_URL"] = "nonsense://"  # no worker can start with it
        process = start(service.env, "-m", "config.serve", "--bind", service.bind, log=service.log)
        assert process.wait(PATIENCE) == 1
        assert service.programs() == {}
