"""Runs that ask Amazon Rekognition: what they send, keep, pay for and wait for."""

import hashlib
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone
from PIL import Image

from dam.delivery import read_proxy
from dam.models import Original
from dam.storages import originals_storage
from recognition import pipeline, rates, run_calls
from recognition.models import Pause, RecognitionRun, Spending
from recognition.pausing import resume
from recognition.registry import choosing, recognisers
from recognition.retagging import retag
from tests.factories import make_asset
from tests.images import image_bytes
from tests.rekognition.boxes import Box
from tests.rekognition.palette import Thing, painted
from tests.s3 import bucket_storages

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def configure(settings, rekognition_service, monkeypatch):
    """Sets recognisers up; by default `rekognition` runs on uploads, asking for labels."""
    for name, value in rekognition_service.environment.items():
        monkeypatch.setenv(name, value)
    rates._own_bucket.cache_clear()
    aliases = {"rekognition"}

    def configure(alias="rekognition", *, backend="rekognition.RekognitionRecogniser", **options):
        if alias == "rekognition":
            options = {"rates": {"default": 1000}} | options
        params = {"BACKEND": f"recognition.recognisers.{backend}", "OPTIONS": options}
        settings.RECOGNISERS = settings.RECOGNISERS | {alias: params}
        aliases.add(alias)
        recognisers.clear()

    configure()
    with choosing(["rekognition"]):
        yield configure
    recognisers.clear()


def recognise(asset, *, again=False):
    """Asks the active recogniser about an asset and gives the run afterwards."""
    (run,) = pipeline.request_runs(asset, ["rekognition"], again=again)
    pipeline.recognise(run.pk)
    run.refresh_from_db()
    return run


def due_at_once():
    RecognitionRun.objects.update(next_try_at=timezone.now())


def tags(asset):
    return {row.tag.name: row.confidence for row in asset.tagged.select_related("tag")}


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
        asset = make_asset()
        recognise(asset)
        configure(features=["labels", "faces"])
        run = recognise(asset)
        assert (run.state, run.calls) == ("done", 1)
        assert rekognition_service.requests.counts == {"DetectLabels": 1, "DetectFaces": 1}
        assert {detection.kind for detection in run.detections.all()} >= {"label"}

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
        configure("strict", backend="rekognition.RekognitionRecogniser", **options)
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

    def test_of_an_attempt_that_ended_half_way_is_not_paid_again(
        self, configure, rekognition_service
    ):
        configure(features=["labels", "faces"])
        rekognition_service.faults.fail(1, "DetectFaces")
        asset = make_asset()
        run = recognise(asset)
        assert (run.state, run.calls, run.attempts) == ("queued", 1, 1)
        due_at_once()
        pipeline.recognise(run.pk)
        run.refresh_from_db()
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
        due_at_once()
        pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert (run.state, run.calls) == ("done", 2)
        assert rekognition_service.requests.billed == {"DetectLabels": 2, "DetectFaces": 2}

    def test_counts_towards_the_budget_where_no_answer_came(self, rekognition_service):
        rekognition_service.faults.close(1)
        run = recognise(make_asset())
        assert (run.calls, Spending.objects.get().calls) == (1, 1)

    def test_is_none_where_the_service_refused(self, rekognition_service):
        rekognition_service.faults.throttle(1)
        recognise(make_asset())
        assert Spending.objects.get().calls == 0


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
        assert "is used up: 2 calls for 0.002." in pause.reason
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
            due_at_once()
            pipeline.recognise(run.pk)
            run.refresh_from_db()
        due_at_once()
        pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert (run.state, run.error) == ("done", "")

    def test_inside_the_service_end_after_three_attempts(self, rekognition_service):
        rekognition_service.faults.fail(9)
        run = recognise(make_asset())
        for _ in range(4):
            due_at_once()
            pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert run.state == "quarantined"
        assert len(rekognition_service.requests.of()) == 3

    def test_about_the_image_end_the_run_with_the_reason(self, rekognition_service):
        rekognition_service.faults.refuse("ImageTooLargeException", message="Too large.", times=1)
        run = recognise(make_asset())
        assert (run.state, run.error) == (
            "failed", "DetectLabels: ImageTooLargeException: Too large.",
        )  # fmt: skip


class TestTurns:
    def test_that_are_far_off_send_the_run_back_to_the_queue(self, configure, rekognition_service):
        configure(rates={"default": 0.1})
        runs = [recognise(make_asset()) for _ in range(4)]
        # The second has the one token that is kept where nobody took it.
        assert [(run.state, run.attempts) for run in runs] == [
            ("done", 1), ("done", 1), ("queued", 0), ("queued", 0),
        ]  # fmt: skip
        begun, (third, fourth) = runs[0].started_at, [run.next_try_at for run in runs[2:]]
        assert 9 < (third - begun).total_seconds() < 25
        assert 9 < (fourth - third).total_seconds() < 15
        assert len(rekognition_service.requests.of()) == 2

    def test_that_take_long_are_continued_by_another_attempt(
        self, configure, rekognition_service, monkeypatch
    ):
        monkeypatch.setattr(run_calls, "_SHARE", 0.02)
        rekognition_service.faults.stall(0.7, times=2)
        configure(features=["labels", "faces", "text"])
        run = recognise(make_asset())
        assert (run.state, run.calls, run.attempts) == ("queued", 1, 0)
        for _ in range(2):
            pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert (run.state, run.calls) == ("done", 3)


@pytest.fixture
def bucket(settings, monkeypatch, tmp_path, s3_server, rekognition_with_s3):
    """Has originals and renditions go to a bucket that the service reads."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    settings.BROMO_STAGING_DIR = tmp_path / "incoming"
    settings.STORAGES = settings.STORAGES | bucket_storages(s3_server.bucket, tmp_path.name)
    monkeypatch.setattr(Original._meta.get_field("file"), "storage", originals_storage())
    return rekognition_with_s3


PATCH = Box(0.1, 0.2, 0.25, 0.3)
"""Where the red patch of the pictures below is, as people see them."""


def turned_file(orientation, file_format):
    """A file whose EXIF turns its pixels so that the patch is where it belongs."""
    turns = {
        1: (), 2: ("FLIP_LEFT_RIGHT",), 3: ("ROTATE_180",), 4: ("FLIP_TOP_BOTTOM",),
        5: ("TRANSPOSE",), 6: ("ROTATE_90",), 7: ("TRANSVERSE",), 8: ("ROTATE_270",),
    }  # fmt: skip
    image = painted((Thing.RED_PATCH, PATCH), size=(600, 400))
    for turn in turns[orientation]:
        image = image.transpose(Image.Transpose[turn])
    exif = Image.Exif()
    exif[0x0112] = orientation
    quality = {"quality": 95, "subsampling": 0} if file_format == "JPEG" else {}
    return image_bytes(image, file_format, exif=exif, **quality)


def box_of_the_patch(run):
    (instance,) = run.detections.get(name="Red Patch").instances
    box = instance["box"]
    return pytest.approx((box["left"], box["top"], box["width"], box["height"]), abs=0.01)


@pytest.mark.server
class TestSending:
    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
    def test_from_a_bucket_gives_boxes_on_the_upright_image(self, bucket, orientation, file_format):
        asset = make_asset(content=turned_file(orientation, file_format))
        run = recognise(asset)
        assert box_of_the_patch(run) == (PATCH.left, PATCH.top, PATCH.width, PATCH.height)
        is_sent = file_format == "PNG" and orientation != 1
        assert run.sent_as == ("bytes" if is_sent else "reference"), run.sent_reason
        (asked,) = bucket.requests.of()
        assert asked.sent_as == run.sent_as

    def test_by_reference_names_the_original_alone(self, bucket, s3_server):
        asset = make_asset(content=turned_file(1, "JPEG"))
        run = recognise(asset)
        (asked,) = bucket.requests.of()
        key = originals_storage()._normalize_name(asset.original.file.name)
        assert asked.parameters["Image"] == {"S3Object": {"Bucket": s3_server.bucket, "Name": key}}
        assert (run.sent_as, run.sent_reason) == (
            "reference", "the original is in a bucket in us-east-1",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"media_type": "image/webp"}, "the service does not read image/webp"),
            ({"bytes": 15_000_001}, "the original has 15,000,001 bytes, more than 15,000,000"),
            ({"width": 79}, "the original has a side of less than 80 pixels"),
            ({"height": 10_001}, "the original has a side of more than 10,000 pixels"),
            ({"media_type": "image/png", "orientation": None}, "the service does not turn a PNG"),
            ({"orientation": None}, "the service may not turn the original upright"),
        ],
    )
    def test_of_what_the_service_does_not_take_is_of_bytes(self, bucket, change, reason):
        asset = make_asset(content=turned_file(1, "JPEG"))
        Original.objects.update(**change)
        run = recognise(asset)
        assert (run.state, run.sent_as) == ("done", "bytes")
        assert run.sent_reason.startswith(reason)

    def test_to_another_region_is_of_bytes(self, bucket, monkeypatch, configure):
        monkeypatch.setattr(bucket, "signer", replace(bucket.signer, region="eu-west-1"))
        asset = make_asset(content=turned_file(1, "JPEG"))
        originals_storage().locate(asset.original.file.name)  # while its client is in us-east-1
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        configure()
        run = recognise(asset)
        assert run.sent_as == "bytes"
        assert run.sent_reason == "the bucket is in us-east-1 and the service in eu-west-1"

    def test_may_be_of_bytes_by_choice(self, bucket, configure):
        configure(by_reference=False)
        run = recognise(make_asset(content=turned_file(1, "JPEG")))
        assert (run.sent_as, run.sent_reason) == (
            "bytes", "sending by reference is switched off",
        )  # fmt: skip

    def test_names_the_version_where_the_bucket_keeps_them(self, bucket, s3_server, settings):
        client, name = s3_server.client(), "versioned"
        client.create_bucket(Bucket=name)
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        settings.STORAGES = settings.STORAGES | bucket_storages(name, "kept")
        field = Original._meta.get_field("file")
        field.storage = originals_storage()
        asset = make_asset(content=turned_file(1, "JPEG"))
        run = recognise(asset)
        (asked,) = bucket.requests.of()
        assert run.state == "done"
        assert asked.parameters["Image"]["S3Object"]["Version"]

    def test_goes_by_the_proxy_where_the_bucket_lost_the_original(self, bucket):
        asset = make_asset(content=turned_file(1, "JPEG"))
        asset.original.file.storage.delete(asset.original.file.name)
        run = recognise(asset)
        assert (run.state, run.sent_as) == ("done", "bytes")


class TestSendingFromDisk:
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_gives_boxes_on_the_upright_image(self, rekognition_service, orientation):
        run = recognise(make_asset(content=turned_file(orientation, "JPEG")))
        assert box_of_the_patch(run) == (PATCH.left, PATCH.top, PATCH.width, PATCH.height)
        assert (run.sent_as, run.sent_reason) == ("bytes", "the original is not in a bucket")

    @pytest.mark.parametrize("size", [(1, 1), (3, 900), (2000, 20), (40, 60)])
    def test_takes_pictures_of_every_size(self, rekognition_service, size):
        run = recognise(make_asset(content=image_bytes(Image.new("RGB", size, "navy"))))
        assert run.state == "done"
        assert min(rekognition_service.requests.of()[0].width, 80) == 80

    def test_keeps_within_the_limit_of_the_service(self, rekognition_service):
        noise = Image.effect_noise((2048, 2048), 120).convert("RGB")
        other = (
            Image.effect_noise((2048, 2048), 120)
            .convert("RGB")
            .transpose(Image.Transpose.ROTATE_90)
        )
        grain = Image.merge("RGB", [noise.getchannel(0), other.getchannel(0), noise.getchannel(0)])
        run = recognise(make_asset(content=image_bytes(grain)))
        (asked,) = rekognition_service.requests.of()
        assert run.state == "done"
        assert 0 < asked.size <= 4 * 1024 * 1024

    def test_is_of_the_proxy_as_it_is(self, rekognition_service):
        asset = make_asset(content=turned_file(6, "JPEG"))
        recognise(asset)
        (asked,) = rekognition_service.requests.of()
        assert asked.sha256 == hashlib.sha256(read_proxy(asset.original)).hexdigest()
