"""Waking workers up, and doing without them: real programs, real brokers and broken ones."""

import json
import socket
import threading

import pytest
import redis
from django.test import TestCase

from recognition.models import RecognitionRun
from recognition.tasks import IN_TURN
from tests.factories import make_asset, picture
from tests.programs import environment, migrate, query, run

PHOTOS = 3
CONSUMING_DURING_A_PAUSE = """
from recognition import pipeline
from recognition.models import Pause, RecognitionRun
Pause.begin("dummy", Pause.Cause.HALT, "It may do nothing.")
assert not any(pipeline.recognise(run.pk) for run in RecognitionRun.objects.all())
"""
"""What workers do with the messages of runs whose recogniser stands still."""
RESUMING_AND_TELLING_OF_ONE = """
from recognition import pausing
pausing.AT_ONCE = 1
assert pausing.resume("dummy", user=None)
"""


@pytest.fixture
def env(tmp_path):
    """A library of the test's own, without a broker."""
    env = environment(tmp_path / "data")
    migrate(env)
    return env


@pytest.fixture
def import_with(env, tmp_path):
    """Imports photos in the library, with its broker at a URL; gives what was told."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(PHOTOS):
        (photos / f"{number}.png").write_bytes(picture())

    def import_photos(broker_url):
        told = run(
            env | {"BROKER_URL": broker_url}, "manage.py", "import_assets", str(photos), "--json"
        )
        return [json.loads(line)["status"] for line in told.splitlines()]

    return import_photos


@pytest.fixture
def broker(valkey):
    """A broker that holds no message."""
    client = redis.Redis.from_url(valkey)
    client.flushdb()
    return client


def waiting(broker):
    """How many messages wait in a broker: those that go first, and those in their turn."""
    return broker.llen("celery"), broker.llen("celery\x06\x16" + str(IN_TURN))


@pytest.mark.server
class TestABroker:
    def test_gets_one_message_a_run(self, import_with, broker, valkey):
        assert import_with(valkey) == ["queued"] * PHOTOS
        assert waiting(broker) == (0, PHOTOS)

    def test_that_refuses_costs_no_upload(self, import_with):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        assert import_with(f"redis://127.0.0.1:{port}/0") == ["queued"] * PHOTOS

    def test_that_accepts_and_never_answers_is_tried_once_and_costs_no_upload(self, import_with):
        accepted = []

        def swallow(server):
            while True:
                try:
                    accepted.append(server.accept()[0])
                except OSError:
                    return

        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=swallow, args=(server,), daemon=True).start()
            url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
            assert import_with(url) == ["queued"] * PHOTOS
        assert len(accepted) == 1


@pytest.fixture
def change_runs(env):
    """Changes runs behind the back of every program."""

    def change(statement):
        query(env, f"UPDATE recognition_recognitionrun SET {statement}")

    return change


@pytest.fixture
def sweep(env, valkey):
    def sweep():
        code = "from recognition.tasks import sweep; sweep()"
        run(env | {"BROKER_URL": valkey}, "manage.py", "shell", "--command", code)

    return sweep


@pytest.mark.server
class TestASweep:
    def test_publishes_what_is_due_when_its_messages_are_lost(
        self, import_with, broker, valkey, sweep
    ):
        import_with(valkey)
        broker.flushdb()
        sweep()
        assert waiting(broker) == (0, PHOTOS)

    def test_does_not_publish_again_what_still_waits_in_a_long_queue(
        self, import_with, broker, valkey, change_runs, sweep
    ):
        import_with(valkey)
        change_runs("published_at = '2020-01-01', next_try_at = '2020-01-01'")
        for _ in range(2):
            sweep()
        assert waiting(broker) == (0, PHOTOS)

    def test_has_what_is_tried_again_go_before_what_still_waits(
        self, import_with, broker, valkey, change_runs, sweep
    ):
        import_with(valkey)
        change_runs(
            "published_at = '2020-01-01', next_try_at = '2020-01-01', started_at = '2020-01-01' "
            "WHERE id = 1"
        )
        for _ in range(2):
            sweep()
        assert waiting(broker) == (1, PHOTOS)

    def test_tells_of_what_messages_came_for_during_a_pause_though_others_wait(
        self, import_with, broker, valkey, env, sweep
    ):
        import_with(valkey)
        broker.flushdb()
        broker.lpush("celery\x06\x16" + str(IN_TURN), "the message of another run")
        with_broker = env | {"BROKER_URL": valkey}
        run(with_broker, "manage.py", "shell", "--command", CONSUMING_DURING_A_PAUSE)
        sweep()
        assert waiting(broker) == (0, 1)
        run(with_broker, "manage.py", "shell", "--command", RESUMING_AND_TELLING_OF_ONE)
        assert waiting(broker) == (0, 2)
        for _ in range(2):
            sweep()
        assert waiting(broker) == (PHOTOS - 1, 2)

    def test_goes_through_a_large_backlog_in_portions(self, import_with, broker, valkey, env):
        import_with(valkey)
        broker.flushdb()
        code = (
            "from recognition import pipeline, tasks;"
            "pipeline._SLICE = 1; tasks._MOST_SLICES = 2; tasks.sweep()"
        )
        run(env | {"BROKER_URL": valkey}, "manage.py", "shell", "--command", code)
        assert waiting(broker) == (0, 2)


@pytest.mark.server
class TestTheCommand:
    def test_says_what_to_do_while_the_broker_is_away(self, env):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        nowhere = {"BROKER_URL": f"redis://:s3same-word@127.0.0.1:{port}/0"}
        code = (
            "import sys; sys.stderr = sys.stdout; from django.core import management; "
            "management.execute_from_command_line(['manage.py', 'sweep_runs'])"
        )
        told = run(env | nowhere, "-c", code, status=1)
        assert told.startswith("CommandError: The broker takes no message (Error 111")
        assert "See that the server at BROKER_URL runs" in told
        assert "s3same-word" not in told


@pytest.mark.django_db
class TestPublishing:
    def test_waits_for_the_commit(self):
        with TestCase.captureOnCommitCallbacks() as callbacks:
            make_asset()
        assert len(callbacks) == 1

    def test_without_a_broker_leaves_the_run_to_whoever_comes(
        self, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            make_asset()
        assert RecognitionRun.objects.get().state == "queued"
