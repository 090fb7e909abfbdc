"""What a worker does before its first image."""

import os
import re
import signal

import pytest

from config.broker import PrivateBroker
from tests.images import jpeg_bytes
from tests.programs import environment, migrate, query, run, same_everywhere, start, wait_until

pytestmark = [pytest.mark.server, same_everywhere]


@pytest.fixture
def env(tmp_path):
    with PrivateBroker(tmp_path / "broker").running() as url:
        env = environment(
            tmp_path / "data",
            BROKER_URL=url,
            DJANGO_SETTINGS_MODULE="tests.config.warming_settings",
            BROMO_WORKER_PROCESSES="2",
        )
        migrate(env)
        yield env


@pytest.fixture
def worker(env, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(jpeg_bytes())
    run(env, "manage.py", "import_assets", str(tmp_path / "photo.jpg"))
    worker = start(
        env, "-m", "celery", "--app", "config", "worker", "--loglevel", "INFO",
        log=tmp_path / "worker.log",
    )  # fmt: skip
    yield worker
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


class TestAWorker:
    def test_loads_every_recogniser_in_each_of_its_processes(self, env, worker, tmp_path):
        log = tmp_path / "worker.log"

        def states():
            return dict(query(env, "SELECT recogniser, state FROM recognition_recognitionrun"))

        def warmed():
            return re.findall(r"warm: (\w+) in (\d+)\n", log.read_text())

        wait_until(
            lambda: states() == {"dummy": "done", "broken": "failed"}, what="both ran", log=log
        )
        wait_until(lambda: len(warmed()) == 4, what="all are warm", log=log)
        processes = {pid for _, pid in warmed()}
        assert len(processes) == 2
        assert str(worker.pid) not in processes
        assert "recogniser broken is not ready" in log.read_text()
