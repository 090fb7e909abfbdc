"""What Amazon Rekognition is paid for, and that nothing is paid for twice."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from recognition import pipeline
from recognition.models import RecognitionRun, Spending
from recognition.recognisers.rekognition import service
from recognition.registry import choosing
from tests.factories import make_asset
from tests.images import image_bytes
from tests.programs import PATIENCE, wait_until
from tests.recognition.rekognition import recognise, tags, try_again
from tests.rekognition.boxes import Box
from tests.rekognition.palette import Thing, painted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("configure")]


class TestCost:
    def test_is_recorded_on_the_run_with_its_calls(self, configure):
        configure(features=["labels", "properties", "faces"], prices={"faces": "0.0005"})
        run = recognise(make_asset())
        assert (run.calls, run.cost) == (2, Decimal("0.00225"))
        spent = Spending.objects.get()
        assert (spent.recogniser, spent.calls, spent.cost) == ("rekognition", 2, run.cost)

    def test_of_a_feature_switched_on_later_is_that_feature_alone(
        self, configure, rekognition_service
    ):
        face = (Thing.FACE, Box(0.1, 0.1, 0.3, 0.5))
        asset = make_asset(content=image_bytes(painted(face)))
        recognise(asset)
        configure(features=["labels", "faces"])
        run = recognise(asset)
        assert (run.state, run.calls) == ("done", 1)
        assert rekognition_service.requests.counts == {"DetectLabels": 1, "DetectFaces": 1}
        assert {detection.kind for detection in run.detections.all()} == {"label", "face"}

    def test_of_a_feature_switched_off_and_on_again_is_nothing(self, configure):
        asset = make_asset()
        for features in (["labels", "text"], ["text"], ["labels", "text"]):
            configure(features=features)
            run = recognise(asset)
        assert run.state == "done"
        assert Spending.objects.get().calls == 2

    def test_is_not_paid_twice_for_the_same_content(self, rekognition_service):
        content = image_bytes(painted())
        recognise(make_asset(content=content))
        recognise(make_asset(content=content))
        assert len(rekognition_service.requests.of()) == 1

    def test_is_not_paid_twice_by_two_aliases_that_ask_the_same(
        self, configure, rekognition_service
    ):
        options = {"features": ["labels"], "unsafe_threshold": 50}
        configure("strict", **options)
        asset = make_asset()
        recognise(asset)
        (run,) = pipeline.request_runs(asset, ["strict"])
        pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert (run.state, run.calls) == ("done", 0)
        assert len(rekognition_service.requests.of()) == 1

    def test_is_paid_again_for_what_is_forced(self, configure, rekognition_service):
        configure(features=["labels", "faces"])
        asset = make_asset()
        recognise(asset)
        run = recognise(asset, again=True)
        assert (run.generation, run.is_forced, run.calls) == (2, True, 2)
        assert rekognition_service.requests.counts == {"DetectLabels": 2, "DetectFaces": 2}

    def test_is_paid_again_for_what_waits_once_it_is_forced(self, configure, rekognition_service):
        asset = make_asset()
        recognise(asset)
        configure(features=["labels", "text"])
        (waiting,) = pipeline.request_runs(asset, ["rekognition"])
        run = recognise(asset, again=True)
        assert (run.pk, run.is_forced, run.calls) == (waiting.pk, True, 2)
        assert rekognition_service.requests.counts == {"DetectLabels": 2, "DetectText": 1}

    def test_of_an_attempt_that_ended_half_way_is_not_paid_again(
        self, configure, rekognition_service
    ):
        configure(features=["labels", "faces"])
        rekognition_service.faults.fail(1, "DetectFaces")
        asset = make_asset()
        run = recognise(asset)
        assert (run.state, run.calls, run.attempts) == ("queued", 1, 1)
        run = try_again(run)
        assert (run.state, run.calls) == ("done", 2)
        assert rekognition_service.requests.billed == {"DetectLabels": 1, "DetectFaces": 1}

    def test_of_a_forced_run_that_ended_half_way_is_not_paid_again(
        self, configure, rekognition_service
    ):
        configure(features=["labels", "faces"])
        asset = make_asset()
        recognise(asset)
        rekognition_service.faults.fail(1, "DetectFaces")
        run = recognise(asset, again=True)
        run = try_again(run)
        assert (run.state, run.calls) == ("done", 2)
        assert rekognition_service.requests.billed == {"DetectLabels": 2, "DetectFaces": 2}

    def test_counts_towards_the_budget_where_no_answer_came(self, rekognition_service):
        rekognition_service.faults.close(1)
        run = recognise(make_asset())
        assert (run.calls, Spending.objects.get().calls) == (1, 1)

    def test_is_none_where_the_service_refused(self, rekognition_service):
        rekognition_service.faults.throttle(1)
        recognise(make_asset())
        assert Spending.of("rekognition").calls == 0


class TestAnAnswer:
    @pytest.fixture
    def half_answered(self, configure, rekognition_service):
        """An asset whose run asks for labels and faces and has been told the labels."""
        configure(features=["labels", "faces"])
        rekognition_service.faults.throttle(1, "DetectFaces")
        asset = make_asset()
        assert recognise(asset).calls == 1
        return asset

    def test_stays_where_its_run_goes_on_to_ask_something_else(
        self, half_answered, configure, rekognition_service
    ):
        configure(features=["text"])
        run = try_again(RecognitionRun.objects.get())
        assert (run.state, run.calls) == ("done", 2)
        assert [detection.kind for detection in run.detections.all()] == []
        configure(features=["labels"])
        assert recognise(half_answered).state == "done"
        assert rekognition_service.requests.billed == {"DetectLabels": 1, "DetectText": 1}

    def test_goes_with_its_cost_to_the_run_that_stays_where_its_own_is_dropped(
        self, half_answered, configure, rekognition_service
    ):
        waiting = RecognitionRun.objects.get()
        configure(features=["text"])
        stays = recognise(half_answered)
        RecognitionRun.objects.update(next_try_at=timezone.now())
        assert not pipeline.recognise(waiting.pk)
        stays.refresh_from_db()
        assert RecognitionRun.objects.get() == stays
        assert (stays.calls, stays.cost) == (2, Decimal("0.002"))
        assert {answer["feature"] for answer in stays.raw.values()} == {"labels", "text"}
        configure(features=["labels"])
        assert recognise(half_answered).calls == 0
        assert rekognition_service.requests.billed == {"DetectLabels": 1, "DetectText": 1}

    def test_goes_with_its_cost_to_the_run_that_stands_in_for_a_failed_one(
        self, configure, rekognition_service
    ):
        configure(features=["labels", "faces"])
        asset = make_asset()
        waiting = RecognitionRun.objects.get()
        configure(features=["labels", "text"])
        rekognition_service.faults.refuse("InvalidParameterException", "DetectText", times=1)
        assert recognise(asset).state == "failed"
        waiting = try_again(waiting)
        assert RecognitionRun.objects.get() == waiting
        assert (waiting.state, waiting.calls, waiting.cost) == ("done", 2, Decimal("0.002"))
        assert rekognition_service.requests.billed == {"DetectLabels": 1, "DetectText": 1}

    @pytest.mark.parametrize(
        "body",
        ["<html>Please sign in.</html>", "", '{"Labels": [', "[]", "null"],
        ids=["a page", "nothing", "a half", "a list", "null"],
    )
    def test_is_nothing_that_something_else_says_in_the_services_name(
        self, rekognition_service, body
    ):
        rekognition_service.faults.garble(body)
        run = recognise(make_asset())
        assert (run.state, run.attempts, run.raw) == ("queued", 1, None)
        assert run.error.endswith("is no answer of Amazon Rekognition.")
        # It may have been billed all the same.
        assert (run.calls, Spending.objects.get().calls) == (1, 1)
        run = try_again(run)
        (answer,) = run.raw.values()
        assert (run.state, run.calls) == ("done", 2)
        assert answer["response"]["Labels"]

    def test_may_be_that_there_is_nothing(self, rekognition_service):
        rekognition_service.faults.garble("{}")
        asset = make_asset()
        run = recognise(asset)
        (answer,) = run.raw.values()
        assert (run.state, run.calls, answer["response"]) == ("done", 1, {})
        assert tags(asset) == {}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestWhatHappensMeanwhile:
    """While the service has a call and has not answered it yet."""

    @pytest.fixture
    def asking(self, rekognition_service, monkeypatch):
        """Does a run in a thread; the service answers its first call at the end of the block."""
        monkeypatch.setattr(service, "READ_SECONDS", PATIENCE)

        def recognise(pk):
            try:
                pipeline.recognise(pk)
            finally:
                connection.close()

        @contextmanager
        def asking(run):
            rekognition_service.faults.stall(PATIENCE)
            thread = threading.Thread(target=recognise, args=(run.pk,))
            thread.start()
            try:
                wait_until(lambda: rekognition_service.faults.injected["stall"], what="it asked")
                yield
            finally:
                rekognition_service.release()
                thread.join(PATIENCE)

        return asking

    def test_is_never_that_another_alias_pays_for_the_same_answer(
        self, asking, configure, rekognition_service
    ):
        configure("strict", features=["labels"], unsafe_threshold=50)
        with choosing(["rekognition", "strict"]):
            make_asset()
        first, second = RecognitionRun.objects.order_by("pk")
        with asking(first):
            pipeline.recognise(second.pk)
            second.refresh_from_db()
            assert (second.state, second.attempts, second.error) == ("queued", 0, "")
        first.refresh_from_db()
        second = try_again(second)
        assert [(run.state, run.calls) for run in (first, second)] == [("done", 1), ("done", 0)]
        assert rekognition_service.requests.counts == {"DetectLabels": 1}

    def test_may_be_that_another_attempt_takes_over_which_loses_nothing(
        self, asking, rekognition_service
    ):
        make_asset()
        run = RecognitionRun.objects.get()
        with asking(run):
            RecognitionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            rekognition_service.faults.fail(1)
            pipeline.recognise(run.pk)
            run.refresh_from_db()
            assert (run.state, run.attempts, run.raw) == ("queued", 2, None)
        run.refresh_from_db()
        assert (run.state, run.calls, run.cost) == ("queued", 1, Decimal("0.001"))
        assert [answer["feature"] for answer in run.raw.values()] == ["labels"]
        run = try_again(run)
        assert (run.state, run.calls) == ("done", 1)
        assert rekognition_service.requests.billed == {"DetectLabels": 1}

    def test_may_be_that_another_attempt_takes_over_from_one_that_is_never_answered(self):
        make_asset()
        run = RecognitionRun.objects.get()
        first = pipeline.claim(run.pk, "first")
        RecognitionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert pipeline.claim(run.pk, "second")
        first.count_unanswered(Decimal("0.001"))
        run.refresh_from_db()
        assert (run.calls, run.cost, run.holder) == (1, Decimal("0.001"), "second")
