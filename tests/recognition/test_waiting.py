"""What a command says that waits for runs."""

import signal
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management.base import OutputWrapper
from django.utils import timezone

from recognition.management.commands import _waiting
from recognition.management.commands._waiting import Silence, waits
from recognition.models import RecognitionRun
from tests.factories import finish_run, make_asset, picture
from tests.programs import environment, migrate, query, same_everywhere, start, wait_until

AWAY = "Amazon Rekognition cannot be reached (EndpointConnectionError)."
NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)
State = RecognitionRun.State


def make_run(**values):
    return RecognitionRun.objects.create(
        original=make_asset().original,
        fingerprint="test",
        **{"recogniser": "rekognition", "next_try_at": NOON} | values,
    ).pk


@pytest.mark.django_db
class TestWhatRunsWaitFor:
    def test_is_told_with_the_reason_and_until_when(self):
        since = NOON - timedelta(minutes=5)
        later = NOON + timedelta(seconds=20)
        runs = [
            make_run(error=AWAY, postponed_since=since),
            make_run(error=AWAY, postponed_since=since, next_try_at=later),
        ]
        (line,) = waits(runs)
        assert line.startswith(
            f"rekognition: 2 runs wait: {AWAY} The next try is at 2031-05-04 12:00:00 UTC, "
            "the last by 2031-05-05 11:55:00 UTC."
        )

    def test_is_told_once_for_all_that_wait_for_the_same(self):
        runs = [make_run(), make_run(error=AWAY), make_run(recogniser="local"), make_run()]
        told = [line.split(" The next try")[0] for line in waits(runs)]
        assert told == [
            "local: 1 run waits.", "rekognition: 2 runs wait.", f"rekognition: 1 run waits: {AWAY}",
        ]  # fmt: skip

    def test_may_be_somebody_who_works_on_them(self):
        run = make_run(state=State.RUNNING, lease_until=timezone.now() + timedelta(minutes=1))
        assert list(waits([run])) == ["rekognition: 1 run is being worked on elsewhere."]

    def test_is_nothing_where_they_are_done(self):
        assert list(waits([finish_run(make_asset()).pk])) == []


@pytest.mark.django_db
class TestASilence:
    @pytest.fixture
    def told(self):
        return StringIO()

    @pytest.fixture
    def clock(self, monkeypatch):
        """What the clock says, as the one element of a list."""
        now = [1000.0]
        monkeypatch.setattr(_waiting, "monotonic", lambda: now[0])
        return now

    def test_is_broken_once_nothing_has_moved_for_a_while(self, told, clock):
        silence, run = Silence(OutputWrapper(told)), make_run(error=AWAY)
        silence.last([run])
        assert told.getvalue() == ""
        clock[0] += _waiting.FIRST_SECONDS
        silence.last([run])
        assert told.getvalue().startswith("rekognition: 1 run waits: Amazon Rekognition")

    def test_is_broken_ever_more_rarely(self, told, clock):
        silence, run = Silence(OutputWrapper(told)), make_run()
        for _ in range(3600):
            clock[0] += 1
            silence.last([run])
        assert 10 < len(told.getvalue().splitlines()) < 20

    def test_begins_anew_with_whatever_moves(self, told, clock):
        silence, run = Silence(OutputWrapper(told)), make_run()
        for _ in range(100):
            clock[0] += _waiting.FIRST_SECONDS - 1
            silence.last([run])
            silence.end()
        assert told.getvalue() == ""


@same_everywhere
class TestAnImportFromAServiceThatIsAway:
    def test_tells_what_it_waits_for_and_may_be_interrupted(self, tmp_path, unused_port):
        env = environment(
            tmp_path / "data",
            BROMO_RECOGNISERS="rekognition",
            AWS_ENDPOINT_URL_REKOGNITION=f"http://127.0.0.1:{unused_port}",
            AWS_ACCESS_KEY_ID="test-key",
            AWS_SECRET_ACCESS_KEY="test-secret",
            AWS_DEFAULT_REGION="us-east-1",
            BROMO_LOG_LEVEL="CRITICAL",
        )
        migrate(env)
        photo, log = tmp_path / "a.png", tmp_path / "log"
        photo.write_bytes(picture())
        process = start(env, "manage.py", "import_assets", str(photo), "--wait", log=log)
        try:
            wait_until(lambda: "1 run waits: " in log.read_text(), what="it tells", log=log)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 130
        finally:
            process.kill()
            process.wait()
        waits, end = log.read_text().splitlines()
        assert waits.startswith(f"rekognition: 1 run waits: {AWAY} The next try is at ")
        assert end.startswith("CommandError: Interrupted. What is not done stays queued")
        assert query(env, "SELECT state FROM recognition_recognitionrun") == [("queued",)]
