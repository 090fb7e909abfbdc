"""What becomes of recognition when the worker is killed in the middle of it."""

import os
import signal
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
import redis

from config.broker import PrivateBroker
from tests.images import jpeg_bytes
from tests.programs import environment, migrate, query, run, start, wait_until

pytestmark = pytest.mark.server

PHOTOS = 40


@pytest.fixture
def env(tmp_path):
    """A library and a broker that only this test uses."""
    with PrivateBroker(tmp_path / "broker").running() as url:
        env = environment(
            tmp_path / "data",
            BROKER_URL=url,
            DJANGO_SETTINGS_MODULE="tests.recognition.slow_settings",
            BROMO_LEASE_SECONDS="5",
            BROMO_SWEEP_SECONDS="1",
            BROMO_WORKER_PROCESSES="4",
        )
        migrate(env)
        yield env


@pytest.fixture
def library(env):
    """Reads or changes the library's database past all of its programs."""
    return partial(query, env)


@pytest.fixture
def start_worker(env, tmp_path):
    workers = []

    def make(*options):
        worker = start(
            env, "-m", "celery", "--app", "config", "worker", "--loglevel", "INFO", *options,
            log=tmp_path / "worker.log",
        )  # fmt: skip
        workers.append(worker)
        return worker

    yield make
    for worker in workers:
        kill(worker)


def kill(worker):
    """Ends a worker and its pool as a power cut would."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


class TestAKilledWorker:
    def test_loses_nothing_and_tags_nothing_twice(self, env, library, start_worker, tmp_path):
        import_photos(env, tmp_path / "photos", range(PHOTOS))
        assert states(library) == {"queued": PHOTOS}

        worker = start_worker("--beat")
        wait_until(
            lambda: states(library)["done"] >= PHOTOS // 4,
            what="some runs are done",
            log=tmp_path / "worker.log",
        )
        kill(worker)
        left = states(library)
        assert left["running"] > 0, "it was killed in the middle of its work"
        assert left["queued"] > 0
        begun = "SELECT id FROM recognition_recognitionrun WHERE state = 'running'"
        interrupted = {pk for (pk,) in library(begun)}

        start_worker("--beat")
        wait_until(
            lambda: states(library)["done"] == PHOTOS,
            what="every run is done",
            log=tmp_path / "worker.log",
        )

        # On a busy machine others may have outlasted a lease, too.
        attempts = dict(library("SELECT id, attempts FROM recognition_recognitionrun"))
        assert all(attempts[pk] > 1 for pk in interrupted)
        tags = library(
            "SELECT content_object_id, name FROM dam_taggedasset"
            " JOIN dam_tag ON dam_tag.id = tag_id"
        )
        assert len(tags) == len(set(tags)) == PHOTOS
        assert {name for _, name in tags} == {"Sample"}
        detections = library("SELECT run_id, name FROM recognition_detection")
        assert len(detections) == len(set(detections)) == 2 * PHOTOS


class TestAKilledProcessOfThePool:
    def test_has_its_run_done_long_before_the_lease_ends(
        self, env, library, start_worker, tmp_path
    ):
        env |= {"BROMO_LEASE_SECONDS": "3000", "BROMO_WORKER_PROCESSES": "1"}
        import_photos(env, tmp_path / "photos", range(3))
        worker = start_worker()
        log = tmp_path / "worker.log"
        wait_until(lambda: states(library)["running"] == 1, what="a run is under way", log=log)
        (process,) = pool_of(worker)
        os.kill(process, signal.SIGKILL)
        wait_until(lambda: states(library)["done"] == 3, what="every run is done", log=log)
        attempts = library("SELECT attempts FROM recognition_recognitionrun ORDER BY attempts")
        assert attempts == [(1,), (1,), (2,)]


def pool_of(worker):
    """The processes that recognise, of a worker without a beat: that would be a child like them."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    return [int(pid) for pid in children]


class TestARunToBeTriedAgain:
    def test_does_not_wait_for_the_end_of_a_backlog(self, env, library, start_worker, tmp_path):
        import_photos(env, tmp_path / "first", range(1))
        redis.Redis.from_url(env["BROKER_URL"]).flushdb()
        library("UPDATE recognition_recognitionrun SET attempts = 1, published_at = '2020-01-01'")
        import_photos(env, tmp_path / "backlog", range(1, PHOTOS // 2))
        assert states(library) == {"queued": PHOTOS // 2}
        env["BROMO_WORKER_PROCESSES"] = "1"

        start_worker("--beat")
        wait_until(
            lambda: states(library)["done"] == PHOTOS // 2,
            what="every run is done",
            log=tmp_path / "worker.log",
        )

        ((first,),) = library("SELECT min(id) FROM recognition_recognitionrun")
        order = library("SELECT id FROM recognition_recognitionrun ORDER BY finished_at")
        assert order.index((first,)) < PHOTOS // 4


def import_photos(env, folder, numbers):
    """Imports photos of one colour each, which follows from their numbers."""
    folder.mkdir()
    for number in numbers:
        (folder / f"{number}.jpg").write_bytes(jpeg_bytes((64, 48), (6 * number, 80, 80)))
    run(env, "manage.py", "import_assets", str(folder))


def states(library):
    return Counter(state for (state,) in library("SELECT state FROM recognition_recognitionrun"))
