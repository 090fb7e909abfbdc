"""Waking workers up, and doing without them: real programs, real brokers and broken ones."""

import json
import socket
import threading

import pytest
import redis
from django.test import TestCase

from recognition.models import RecognitionRun
from tests.factories import make_asset, picture
from tests.programs import environment, run

PHOTOS = 3


@pytest.fixture
def import_with(tmp_path):
    """Imports photos in a library of its own whose broker is at a URL; gives what was told."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(PHOTOS):
        (photos / f"{number}.png").write_bytes(picture())
    env = environment(tmp_path / "data")
    run(env, "manage.py", "migrate", "--verbosity", "0")

    def import_photos(broker_url):
        told = run(
            env | {"BROKER_URL": broker_url}, "manage.py", "import_assets", str(photos), "--json"
        )
        return [json.loads(line)["status"] for line in told.splitlines()]

    return import_photos


@pytest.mark.server
class TestABroker:
    def test_gets_one_message_a_run(self, import_with, valkey):
        client = redis.Redis.from_url(valkey)
        client.delete("celery")
        assert import_with(valkey) == ["queued"] * PHOTOS
        assert client.llen("celery") == PHOTOS

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
