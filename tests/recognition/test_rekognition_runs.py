"""Runs that ask Amazon Rekognition: what follows from its answers, and what they wait for."""

import time
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from dam.storages import renditions_storage
from recognition import pipeline
from recognition.models import Pause, RecognitionRun, Spending
from recognition.pausing import resume
from recognition.registry import choosing
from recognition.retagging import retag
from tests.factories import make_asset, make_user
from tests.images import image_bytes
from tests.recognition.rekognition import recognise, tags, try_again
from tests.rekognition.boxes import Box
from tests.rekognition.examples import ARN
from tests.rekognition.palette import Thing, painted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("configure")]
ACCOUNT = "123456789012"
"""Whose service it is, as the service tells it."""


def findings(asset):
    """Facts, texts and evidence as they are stored."""
    return (
        set(asset.facts.values_list("kind", "value", "confidence", "face")),
        set(asset.texts.values_list("kind", "text")),
        set(asset.tagged.values_list("tag__key", "evidence__detection", "evidence__confidence")),
    )


class TestTags:
    def test_are_labels_and_celebrities_with_just_the_confidence_given(
        self, configure, rekognition_service
    ):
        configure(features=["labels", "celebrities"])
        labels = {"Volcano": 70.46, "Lake": 69.99, "Sky": 70.0}
        rekognition_service.answers["DetectLabels"] = {
            "Labels": [{"Name": name, "Confidence": number} for name, number in labels.items()]
        }
        rekognition_service.answers["RecognizeCelebrities"] = {
            "CelebrityFaces": [
                {"Name": "Ada Lovelace", "MatchConfidence": 99.5},
                {"Name": "Somebody", "MatchConfidence": 12.25},
            ]
        }
        asset = make_asset()
        recognise(asset)
        assert tags(asset) == {"Ada Lovelace": 99.5, "Volcano": 70.46, "Sky": 70.0}

    def test_remember_which_recognisers_said_so(self, configure, rekognition_service):
        configure("dummy", backend="dummy.DummyRecogniser", labels=[("Sky", 91), ("Cat", 90)])
        rekognition_service.answers["DetectLabels"] = {
            "Labels": [{"Name": "Sky", "Confidence": 80}]
        }
        with choosing(["rekognition", "dummy"]):
            asset = make_asset()
        for run in RecognitionRun.objects.order_by("pk"):
            pipeline.recognise(run.pk)
        said = asset.tagged.get(tag__name="Sky").evidence.values_list(
            "detection__run__recogniser", "confidence"
        )
        assert sorted(said) == [("dummy", 91), ("rekognition", 80)]
        assert tags(asset) == {"Sky": 91, "Cat": 90}

    def test_follow_the_rules_later_without_another_call(self, rekognition_service, settings):
        rekognition_service.answers["DetectLabels"] = {
            "Labels": [{"Name": "Fog", "Confidence": 12}]
        }
        asset = make_asset()
        recognise(asset)
        assert tags(asset) == {}
        asset.rules.create(threshold=10)
        retag([asset.pk])
        assert tags(asset) == {"Fog": 12}
        assert len(rekognition_service.requests.of()) == 1


class TestFindings:
    def test_are_the_same_when_they_are_read_again(self, configure, rekognition_service):
        configure("dummy", backend="dummy.DummyRecogniser", labels=[("Sky", 91), ("Cat", 90)])
        configure(features=["moderation", "labels", "properties", "faces", "celebrities", "text"])
        boxes = [Box(x, y, 0.25, 0.4) for y in (0.05, 0.55) for x in (0.05, 0.35, 0.65)]
        things = image_bytes(painted(*zip(Thing, boxes, strict=True)))
        with choosing(["dummy", "rekognition"]):
            asset = make_asset(content=things)
        for run in RecognitionRun.objects.order_by("pk"):
            pipeline.recognise(run.pk)
        found = findings(asset)
        assert {kind for kind, *_ in found[0]} >= {"faces", "colour", "unsafe", "person"}
        assert not any(retag([asset.pk]).values())
        assert findings(asset) == found


class TestWhatWasAskedAnew:
    """It is the newest answer to its question, whatever is asked along with it."""

    @pytest.fixture
    def answer(self, rekognition_service):
        def answer(name):
            labels = [{"Name": name, "Confidence": 90.0}]
            rekognition_service.answers["DetectLabels"] = {"Labels": labels}

        answer("Hill")
        return answer

    @pytest.fixture
    def asset(self, answer, configure):
        """Asked about labels, and then about labels and text, all of it anew."""
        asset = make_asset()
        recognise(asset)
        configure(features=["labels", "text"])
        answer("Volcano")
        recognise(asset, again=True)
        assert tags(asset) == {"Volcano": 90.0}
        return asset

    def test_stays_it_when_the_other_features_go(self, asset, configure, rekognition_service):
        configure()
        before = len(rekognition_service.requests.of())
        call_command("retag_assets", "--recognise", "--missing", stdout=StringIO())
        assert tags(asset) == {"Volcano": 90.0}
        run = asset.original.runs.order_by("pk").last()
        assert (run.generation, run.state, run.calls) == (2, "done", 0)
        assert len(rekognition_service.requests.of()) == before

    def test_is_missing_nowhere_afterwards(self, asset, configure):
        configure()
        recognise(asset)
        configure(features=["text", "labels"])
        runs = set(asset.original.runs.all())
        call_command("retag_assets", "--recognise", "--missing", stdout=StringIO())
        call_command("retag_assets", stdout=StringIO())
        assert set(asset.original.runs.all()) == runs
        assert tags(asset) == {"Volcano": 90.0}

    def test_gives_way_to_what_is_asked_anew_later(self, asset, configure, answer):
        configure()
        answer("Crater")
        recognise(asset, again=True)
        configure(features=["labels", "text"])
        run = recognise(asset)
        assert (run.calls, tags(asset)) == (0, {"Crater": 90.0})

    def test_leaves_other_questions_as_they_were_answered(self, asset, configure):
        configure(features=["faces"])
        runs = [recognise(asset), recognise(asset, again=True)]
        configure(features=["labels", "text"])
        assert recognise(asset).pk < runs[0].pk


class TestFacts:
    def test_follow_from_faces_text_moderation_and_colours(self, configure, rekognition_service):
        configure(features=["faces", "text", "moderation", "properties"])
        things = [(Thing.FACE, Box(0.1, 0.1, 0.3, 0.5)), (Thing.TEXT, Box(0.5, 0.5, 0.4, 0.1))]
        asset = make_asset(content=image_bytes(painted(*things)))
        assert recognise(asset).state == "done"
        kinds = set(asset.facts.values_list("kind", flat=True))
        assert kinds >= {"faces", "gender", "smile", "text", "colour"}
        assert asset.facts.get(kind="faces").value == "1"
        assert asset.texts.filter(kind="text").exists()

    def test_say_that_there_is_no_face_where_somebody_looked(self, configure, rekognition_service):
        configure(features=["faces"])
        asset = make_asset(content=image_bytes(painted()))
        recognise(asset)
        assert list(asset.facts.filter(kind="faces").values_list("value", flat=True)) == ["0"]


class TestTheRawAnswer:
    def test_is_kept_without_what_no_database_takes(self, configure, rekognition_service):
        configure(features=["text"])
        rekognition_service.answers["DetectText"] = {
            "TextDetections": [
                {"DetectedText": "No\x00 entry\ud800", "Type": "LINE", "Id": 0, "Confidence": 99}
            ]
        }
        asset = make_asset()
        run = recognise(asset)
        (answer,) = run.raw.values()
        assert answer["operation"] == "DetectText"
        assert answer["response"]["TextDetections"][0]["DetectedText"] == "No entry"
        assert asset.texts.get(kind="text").text == "No entry"

    def test_is_kept_without_numbers_that_are_none(self, rekognition_service):
        rekognition_service.faults.garble(
            '{"Labels": [{"Name": "Sky", "Confidence": 90, "Instances": [{"Confidence": NaN}]},'
            ' {"Name": "Fog", "Confidence": 1e999}, {"Name": "Sun", "Confidence": -Infinity}]}'
        )
        asset = make_asset()
        run = recognise(asset)
        (answer,) = run.raw.values()
        sky, fog, sun = answer["response"]["Labels"]
        assert (sky["Confidence"], sky["Instances"][0]["Confidence"]) == (90, None)
        assert (fog["Confidence"], sun["Confidence"]) == (None, None)
        assert tags(asset) == {"Sky": 90}


class TestABudget:
    @pytest.mark.parametrize(
        "budget", [{"budget_calls": 2}, {"budget_cost": Decimal("0.0025")}], ids=["calls", "cost"]
    )
    def test_stops_sending_when_it_is_spent_and_keeps_the_runs(
        self, configure, rekognition_service, budget
    ):
        configure(**budget)
        runs = [recognise(make_asset()) for _ in range(4)]
        assert [run.state for run in runs] == ["done", "done", "queued", "queued"]
        assert len(rekognition_service.requests.of()) == 2
        pause = Pause.objects.get()
        assert (pause.recogniser, pause.cause) == ("rekognition", "budget")
        assert "is used up." in pause.reason
        assert [run.attempts for run in runs[2:]] == [0, 0]

    def test_stops_in_the_middle_of_an_image_and_goes_on_there(
        self, configure, rekognition_service
    ):
        configure(features=["labels", "faces"], budget_calls=1)
        run = recognise(make_asset())
        assert (run.state, run.calls) == ("queued", 1)
        configure(features=["labels", "faces"], budget_calls=2)
        resume("rekognition", user=None)
        pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert (run.state, run.calls) == ("done", 2)
        assert rekognition_service.requests.counts == {"DetectLabels": 1, "DetectFaces": 1}

    def test_leaves_other_recognisers_at_work(self, configure):
        configure(budget_calls=0)
        configure("dummy", backend="dummy.DummyRecogniser")
        with choosing(["rekognition", "dummy"]):
            make_asset()
        for run in RecognitionRun.objects.order_by("pk"):
            pipeline.recognise(run.pk)
        states = dict(RecognitionRun.objects.values_list("recogniser", "state"))
        assert states == {"rekognition": "queued", "dummy": "done"}


class TestAHalt:
    def test_follows_a_missing_permission_and_costs_no_attempt(self, rekognition_service):
        rekognition_service.faults.deny("DetectLabels")
        run = recognise(make_asset())
        assert (run.state, run.attempts) == ("queued", 0)
        pause = Pause.objects.get()
        assert (pause.recogniser, pause.cause, pause.paused_by) == ("rekognition", "halt", None)
        assert "rekognition:DetectLabels" in pause.reason

    def test_keeps_all_further_runs_from_being_sent(self, rekognition_service):
        rekognition_service.faults.deny("DetectLabels")
        for _ in range(3):
            recognise(make_asset())
        assert len(rekognition_service.requests.of()) == 1

    def test_follows_a_connection_that_cannot_be_trusted_and_costs_nothing(
        self, rekognition_service, monkeypatch, configure
    ):
        url = rekognition_service.url.replace("http:", "https:")
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", url)
        configure()
        run = recognise(make_asset())
        assert (run.state, run.attempts, run.calls) == ("queued", 0, 0)
        pause = Pause.objects.get()
        assert (pause.cause, Spending.of("rekognition").calls) == ("halt", 0)
        assert "SSL" in pause.reason

    def test_ends_when_somebody_resumes_it(self, rekognition_service):
        rekognition_service.faults.deny("DetectLabels")
        asset = make_asset()
        run = recognise(asset)
        rekognition_service.faults.clear()
        resume("rekognition", user=None)
        pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert (run.state, run.error) == ("done", "")


class TestErrors:
    def test_of_a_busy_service_put_a_run_off_without_an_end(self, rekognition_service):
        rekognition_service.faults.throttle(7)
        run = recognise(make_asset())
        for _ in range(6):
            assert (run.state, run.attempts) == ("queued", 0)
            assert "ThrottlingException" in run.error
            assert run.next_try_at > timezone.now()
            run = try_again(run)
        run = try_again(run)
        assert (run.state, run.error) == ("done", "")

    def test_inside_the_service_end_after_three_attempts(self, rekognition_service):
        rekognition_service.faults.fail(9)
        run = recognise(make_asset())
        for _ in range(4):
            run = try_again(run)
        assert run.state == "quarantined"
        assert len(rekognition_service.requests.of()) == 3

    def test_about_the_image_end_the_run_with_the_reason(self, rekognition_service):
        rekognition_service.faults.refuse("ImageTooLargeException", message="Too large.", times=1)
        run = recognise(make_asset())
        assert (run.state, run.error) == (
            "failed", "DetectLabels: ImageTooLargeException: Too large.",
        )  # fmt: skip


class TestPuttingARunOff:
    def test_is_what_follows_from_a_storage_that_takes_long_before_anything_is_sent(
        self, rekognition_service, settings, monkeypatch
    ):
        asset, storage = make_asset(), type(renditions_storage())
        settings.BROMO_LEASE_SECONDS = 1
        open_at_once = storage._open

        def open_late(self, *args):
            time.sleep(0.4)  # more than the part of the lease in which calls are begun
            return open_at_once(self, *args)

        monkeypatch.setattr(storage, "_open", open_late)
        run = recognise(asset)
        assert (run.state, run.attempts, run.calls) == ("queued", 0, 0)
        assert run.error.startswith("It took too long to get as far as asking")
        assert run.postponed_since is not None
        assert rekognition_service.requests.of() == []
        assert Spending.of("rekognition").calls == 0

    @pytest.fixture
    def put_off(self, configure, rekognition_service):
        """A run that a busy service has kept waiting for two days by now."""

        def put_off(**options):
            configure(**options)
            rekognition_service.faults.throttle(1)
            run = recognise(make_asset())
            two_days_ago = timezone.now() - timedelta(days=2)
            RecognitionRun.objects.update(postponed_since=two_days_ago)
            return run

        return put_off

    def test_ends_after_a_day_on_end(self, put_off, rekognition_service):
        run = put_off()
        rekognition_service.faults.throttle(1)
        assert try_again(run).state == "failed"

    def test_begins_anew_with_each_answer(self, put_off, rekognition_service):
        run = put_off(features=["labels", "faces"])
        rekognition_service.faults.throttle(1, "DetectFaces")
        run = try_again(run)
        assert (run.state, run.calls) == ("queued", 1)
        assert run.postponed_since > timezone.now() - timedelta(days=1)

    def test_begins_anew_after_a_wait_for_the_budget(self, put_off, configure, rekognition_service):
        run = put_off()
        configure(budget_calls=0)
        assert try_again(run).postponed_since is None
        configure()
        resume("rekognition", user=None)
        rekognition_service.faults.throttle(1)
        assert try_again(run).state == "queued"

    def test_begins_anew_after_a_wait_for_a_turn(self, put_off, rekognition_service):
        run = put_off(rates={"default": 0.025})
        assert recognise(make_asset()).state == "done"  # with the token that was kept
        run = try_again(run)
        assert (run.state, run.error, run.postponed_since) == ("queued", "", None)


class TestTurns:
    def test_that_are_far_off_send_the_run_back_to_the_queue(self, configure, rekognition_service):
        configure(rates={"default": 0.025})
        runs = [recognise(make_asset()) for _ in range(4)]
        # The second has the one token that is kept where nobody took it.
        assert [(run.state, run.attempts) for run in runs] == [
            ("done", 1), ("done", 1), ("queued", 0), ("queued", 0),
        ]  # fmt: skip
        begun, (third, fourth) = runs[0].started_at, [run.next_try_at for run in runs[2:]]
        assert 79 < (third - begun).total_seconds() < 120
        assert 20 < (fourth - third).total_seconds() < 80
        assert len(rekognition_service.requests.of()) == 2

    def test_that_take_long_are_continued_by_another_attempt(
        self, configure, rekognition_service, monkeypatch, settings
    ):
        configure(features=["labels", "faces", "text"])
        keep = RecognitionRun.keep_answers

        def keep_late(run, *args, **more):
            settings.BROMO_LEASE_SECONDS = 0  # the time for further calls is over
            return keep(run, *args, **more)

        monkeypatch.setattr(RecognitionRun, "keep_answers", keep_late)
        run = make_asset().original.runs.get()
        seen = []
        for _ in range(3):
            settings.BROMO_LEASE_SECONDS = 30
            run = try_again(run)
            seen.append((run.state, run.calls, run.attempts))
        assert seen == [("queued", 1, 0), ("queued", 2, 0), ("done", 3, 1)]
        assert rekognition_service.requests.billed == {
            "DetectLabels": 1, "DetectFaces": 1, "DetectText": 1,
        }  # fmt: skip


class TestAnAssetsPage:
    """What somebody reads who may look at an asset and has no business with accounts."""

    @pytest.fixture
    def page(self, client):
        client.force_login(make_user(group="Viewers"))

        def page(run):
            asset = run.original.assets.get()
            return client.get(reverse("dam:asset", args=[asset.pk])).content.decode()

        return page

    def test_says_of_a_halt_that_an_administrator_is_asked_for(self, page, rekognition_service):
        rekognition_service.faults.deny("DetectLabels")
        run = recognise(make_asset())
        assert ACCOUNT in Pause.objects.get().reason
        text = page(run)
        assert "rekognition starts nothing at present, until an administrator has seen" in text
        assert ACCOUNT not in text
        assert "arn:" not in text

    def test_says_of_a_budget_that_it_is_spent(self, page, configure):
        configure(budget_calls=0, budget_cost="12.5")
        run = recognise(make_asset())
        assert "12.5" in Pause.objects.get().reason
        text = page(run)
        assert "starts nothing at present: what may be spent this month is spent." in text
        assert "12.5" not in text

    def test_says_of_wrong_settings_that_staff_know_more(self, page, configure):
        run = make_asset().original.runs.get()
        configure(features=["custom"], custom_labels_arn=f"{ARN}x")
        run = try_again(run)
        text = page(run)
        assert run.state == "failed"
        assert "staff see why on the Recognition page" in text
        assert ACCOUNT not in text

    @pytest.mark.parametrize(
        "error", ["ResourceNotReadyException", "InternalServerError", "ThrottlingException"]
    )
    def test_says_of_an_error_what_it_is_and_names_no_account(
        self, page, rekognition_service, error
    ):
        told = f"{ARN} is not running in {ACCOUNT}."
        rekognition_service.faults.refuse(error, message=told, times=1)
        text = page(recognise(make_asset()))
        assert f"DetectLabels: {error}: … is not running in …." in text
        assert ACCOUNT not in text
