"""How Amazon Rekognition gets to see the images of runs, and that its boxes are right."""

import hashlib
from dataclasses import replace

import pytest
from PIL import Image

from dam.delivery import read_proxy
from dam.models import Original
from dam.storages import originals_storage
from tests.factories import make_asset
from tests.images import image_bytes, noise, xmp_turning
from tests.recognition.rekognition import (
    PATCH,
    box_of_the_patch,
    patched_file,
    recognise,
    turned_file,
)
from tests.s3 import bucket_storages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("configure")]


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

    @pytest.mark.parametrize("orientation", [3, 6])
    def test_of_what_xmp_alone_turns_is_of_bytes(self, bucket, orientation):
        # The service knows of EXIF only: it would look at the picture as it lies in the file.
        content = patched_file(orientation, xmp=xmp_turning(orientation))
        run = recognise(make_asset(content=content))
        assert box_of_the_patch(run) == (PATCH.left, PATCH.top, PATCH.width, PATCH.height)
        assert (run.sent_as, run.sent_reason) == (
            "bytes", "the service may not turn the original upright",
        )  # fmt: skip

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
        (kept,) = client.list_object_versions(Bucket=name, Prefix="kept/originals")["Versions"]
        assert run.state == "done"
        assert asked.parameters["Image"]["S3Object"]["Version"] == kept["VersionId"]

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

    @pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (2000, 20), (40, 60)])
    def test_takes_pictures_of_every_size(self, rekognition_service, size):
        run = recognise(make_asset(content=image_bytes(Image.new("RGB", size, "navy"))))
        (asked,) = rekognition_service.requests.of()
        assert run.state == "done"
        assert min(asked.width, asked.height) >= 80
        assert max(asked.width, asked.height) <= 10_000

    def test_keeps_within_the_limit_of_the_service(self, rekognition_service):
        # Nothing compresses worse than noise at full contrast.
        grain = noise((2048, 2048)).point(lambda value: 255 * (value > 127))
        run = recognise(make_asset(content=image_bytes(grain)))
        (asked,) = rekognition_service.requests.of()
        assert run.state == "done"
        assert 0 < asked.size <= 4 * 1024 * 1024

    def test_is_of_the_proxy_as_it_is(self, rekognition_service):
        asset = make_asset(content=turned_file(6, "JPEG"))
        recognise(asset)
        (asked,) = rekognition_service.requests.of()
        assert asked.sha256 == hashlib.sha256(read_proxy(asset.original)).hexdigest()
