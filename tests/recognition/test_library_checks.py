"""Runs that nobody brings to an end are found, and workers told of them again."""

from datetime import timedelta

import pytest

from config.celery import app
from dam.checking import Inspection
from recognition import queue
from recognition.library_checks import check_runs
from recognition.models import Pause, RecognitionRun
from tests.factories import make_asset

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    make_asset()
    return RecognitionRun.objects.get()


def findings(*, repair=False):
    return {finding.about: finding for finding in check_runs(Inspection(repair=repair))}


def let_an_hour_pass():
    hour = timedelta(hours=1)
    for run in RecognitionRun.objects.all():
        run.next_try_at -= hour
        run.started_at = run.started_at and run.started_at - hour
        run.lease_until = run.lease_until and run.lease_until - hour
        run.save()


class TestARunThatIsNotStuck:
    def test_is_new(self, run):
        assert findings() == {}

    def test_is_held_by_a_worker(self, run):
        RecognitionRun.claim(run.pk)
        assert findings() == {}

    def test_has_come_to_an_end_though_it_failed(self, run):
        RecognitionRun.claim(run.pk).fail("no")
        let_an_hour_pass()
        assert findings() == {}

    def test_waits_for_its_turn_while_its_recogniser_is_busy(self, run):
        let_an_hour_pass()
        make_asset()
        RecognitionRun.claim(RecognitionRun.objects.exclude(pk=run.pk).get().pk)
        assert findings() == {}

    def test_is_paused(self, run):
        let_an_hour_pass()
        Pause.objects.create(recogniser=run.recogniser)
        assert findings() == {}


class TestAStuckRun:
    def test_is_begun_by_no_worker(self, run):
        let_an_hour_pass()
        finding = findings()[f"run {run.pk}"]
        assert finding.code == "run_stuck"
        assert "no worker begins any" in finding.text

    def test_has_lost_its_worker(self, run):
        RecognitionRun.claim(run.pk)
        let_an_hour_pass()
        assert "gone since" in findings()[f"run {run.pk}"].text

    def test_may_be_one_of_many(self, run, monkeypatch):
        monkeypatch.setattr("recognition.library_checks._BATCH", 2)
        for _ in range(4):
            make_asset()
        let_an_hour_pass()
        assert len(findings()) == 5

    def test_that_nobody_holds_is_found_by_sweeps_again(self, run):
        RecognitionRun.claim(run.pk)
        RecognitionRun.objects.update(lease_until=None)
        assert not RecognitionRun.objects.due().exists()
        finding = findings(repair=True)[f"run {run.pk}"]
        assert "nobody holds it" in finding.text
        assert RecognitionRun.objects.due().get() == run

    def test_is_not_repaired_without_a_broker(self, run):
        let_an_hour_pass()
        finding = findings(repair=True)[f"run {run.pk}"]
        assert not finding.repaired
        assert "sweep_runs" in finding.action

    @pytest.mark.server
    def test_is_repaired_by_telling_the_workers_again(self, run, settings, valkey, monkeypatch):
        settings.BROKER_URL = valkey
        monkeypatch.setattr(app.conf, "broker_url", valkey)
        queue.breaker.close()
        let_an_hour_pass()
        assert findings(repair=True)[f"run {run.pk}"].repaired
        with app.connection_for_read(valkey) as connection:
            name = app.conf.task_default_queue
            # recognise_run goes to the queue of its priority.
            channel = connection.default_channel
            assert channel.queue_declare(name).message_count == 1
            channel.queue_purge(name)
