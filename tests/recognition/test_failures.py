"""Failures: the same errors together, and trying many runs again."""

import os
import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from config.broker import PrivateBroker
from recognition import failures, pipeline, retrying, tasks
from recognition.failures import find_failure, list_failures
from recognition.models import RecognitionRun
from tests.factories import make_asset, picture
from tests.programs import environment, migrate, query, run, start, wait_until

State = RecognitionRun.State
BUSY = "The service is busy."


def fail(asset, error=BUSY, *, state=State.FAILED, ago=timedelta(minutes=1)):
    """Has the run of an asset have failed."""
    RecognitionRun.objects.filter(original=asset.original).update(
        state=state, error=error, attempts=3, finished_at=timezone.now() - ago
    )
    pipeline.retag_original(asset.original_id)
    return RecognitionRun.objects.get(original=asset.original)


def failed_assets(number, error=BUSY):
    assets = [make_asset() for _ in range(number)]
    for asset in assets:
        fail(asset, error)
    return assets


def statuses(assets):
    return {asset.facts.get(kind="status").value for asset in assets}


def states():
    return sorted(RecognitionRun.objects.values_list("state", flat=True))


def told(found):
    return [(failure.error, failure.state, failure.number) for failure in found]


@pytest.mark.django_db
class TestFailures:
    def test_are_runs_of_one_recogniser_that_ended_with_the_same_error(self):
        failed_assets(3)
        fail(make_asset(), "It has no pixels.", ago=timedelta(hours=1))
        fail(make_asset(), BUSY, state=State.QUARANTINED, ago=timedelta(hours=2))
        make_asset()
        assert told(list_failures(["dummy", "local"])) == [
            (BUSY, "failed", "3"),
            ("It has no pixels.", "failed", "1"),
            (BUSY, "quarantined", "1"),
        ]

    def test_leave_out_what_a_later_run_has_superseded(self):
        run = fail(make_asset())
        RecognitionRun.objects.create(
            original=run.original, recogniser="dummy", fingerprint="newer", state=State.DONE
        )
        assert list_failures(["dummy"]) == []

    def test_are_found_again_by_their_key_as_long_as_there_is_a_run(self):
        (asset,) = failed_assets(1)
        (failure,) = list_failures(["dummy"])
        assert find_failure(["dummy"], failure.key) == failure
        assert failure.runs == (RecognitionRun.objects.get(original=asset.original).pk,)
        retrying.retry_all(failure)
        assert find_failure(["dummy"], failure.key) is None

    def test_beyond_counting_say_that_there_may_be_more(self, monkeypatch):
        monkeypatch.setattr(failures, "MOST", 2)
        failed_assets(3)
        (failure,) = list_failures(["dummy"])
        assert failure.number == "2+"


@pytest.mark.django_db
class TestRetryingAFailure:
    def test_queues_all_its_runs_as_if_never_tried_and_no_other(self):
        alike, otherwise = failed_assets(3), failed_assets(1, "It has no pixels.")
        failure = next(f for f in list_failures(["dummy"]) if f.error == BUSY)
        retried = retrying.retry_all(failure)
        assert (retried.count, retried.is_all) == (3, True)
        assert states() == ["failed", "queued", "queued", "queued"]
        assert (statuses(alike), statuses(otherwise)) == ({"queued"}, {"failed"})
        assert set(RecognitionRun.objects.due().values_list("attempts", "error")) == {(0, "")}

    def test_goes_through_any_number_slice_by_slice(self, monkeypatch):
        monkeypatch.setattr(failures, "_SLICE", 2)
        failed_assets(5)
        (failure,) = list_failures(["dummy"])
        assert retrying.retry_all(failure).count == 5
        assert states() == ["queued"] * 5

    def test_takes_those_that_were_not_counted_as_well(self, monkeypatch):
        monkeypatch.setattr(failures, "MOST", 2)
        failed_assets(3)
        (failure,) = list_failures(["dummy"])
        assert retrying.retry_all(failure).count == 3

    def test_stops_when_its_time_is_up_and_says_that_nobody_goes_on(self, monkeypatch):
        monkeypatch.setattr(failures, "_SLICE", 2)
        monkeypatch.setattr(retrying, "SECONDS", 0)
        failed_assets(3)
        (failure,) = list_failures(["dummy"])
        retried = retrying.retry_all(failure)
        assert (retried.count, retried.is_all, retried.goes_on) == (2, False, False)
        assert states() == ["failed", "queued", "queued"]

    def test_is_gone_on_with_by_a_worker(self):
        failed_assets(3)
        tasks.retry_failed("dummy", "failed", BUSY, timezone.now().isoformat())
        assert states() == ["queued"] * 3

    def test_leaves_alone_what_fails_anew_meanwhile(self):
        failed_assets(1)
        earlier = timezone.now() - timedelta(minutes=5)
        tasks.retry_failed("dummy", "failed", BUSY, earlier.isoformat())
        assert states() == ["failed"]

    def test_tells_workers_after_the_commit(self, django_capture_on_commit_callbacks):
        failed_assets(2)
        (failure,) = list_failures(["dummy"])
        with django_capture_on_commit_callbacks() as callbacks:
            retrying.retry_all(failure)
        assert len(callbacks) == 1


RETRY_A_PART = """
from recognition import failures, retrying
failures._SLICE, retrying.SECONDS = 2, 0
(failure,) = failures.list_failures(["dummy"])
print(retrying.retry_all(failure))
"""


@pytest.mark.server
class TestAWorker:
    def test_retries_the_rest_of_what_a_request_had_no_time_for(self, tmp_path):
        photos = tmp_path / "photos"
        photos.mkdir()
        for number in range(6):
            (photos / f"{number}.png").write_bytes(picture())
        with PrivateBroker(tmp_path / "broker").running() as url:
            env = environment(tmp_path / "data", BROKER_URL=url, BROMO_SWEEP_SECONDS="1")
            migrate(env)
            run(env, "manage.py", "import_assets", str(photos))
            query(
                env,
                "UPDATE recognition_recognitionrun SET state = 'failed', error = 'Busy.', "
                "finished_at = created_at",
            )
            told = run(env, "manage.py", "shell", "--verbosity=0", "--command", RETRY_A_PART)
            assert "count=2, goes_on=True, is_all=False" in told
            log = tmp_path / "worker.log"
            worker = start(env, "-m", "celery", "--app", "config", "worker", "--beat", log=log)
            try:
                states = "SELECT DISTINCT state FROM recognition_recognitionrun"
                wait_until(
                    lambda: query(env, states) == [("done",)], what="all runs are done", log=log
                )
            finally:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
