"""The service takes the images that the real one takes, from where the real one takes them."""

import uuid

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from tests.images import image_bytes, jpeg_bytes, noise, png_bytes, png_header_bytes
from tests.rekognition.examples import ARN

UNREADABLE = (
    "Unable to get object metadata from S3. Check object key, region and/or access permissions."
)


def padded(size):
    """A JPEG of so many bytes, most of them behind its end."""
    return jpeg_bytes((100, 100)).ljust(size, b"\0")


def refusal(call, **parameters):
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


class TestBytes:
    @pytest.mark.parametrize("content", [jpeg_bytes((80, 80)), png_bytes((80, 80))])
    def test_are_a_jpeg_or_a_png(self, client, content):
        assert client.detect_labels(Image={"Bytes": content})["Labels"]

    @pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16"])
    def test_may_have_any_mode(self, client, mode):
        content = image_bytes(Image.new(mode, (90, 90)), "PNG")
        assert client.detect_labels(Image={"Bytes": content})["Labels"]

    @pytest.mark.parametrize(
        "content",
        [
            b"no image",
            image_bytes(Image.new("RGB", (100, 100)), "GIF"),
            image_bytes(Image.new("RGB", (100, 100)), "WEBP"),
            image_bytes(noise())[:2000],
            image_bytes(noise(), "JPEG")[:2000],
            png_header_bytes(100, 100),
        ],
        ids=["text", "GIF", "WebP", "half a PNG", "half a JPEG", "PNG without pixels"],
    )
    def test_are_refused_where_they_are_neither(self, client, content):
        told = refusal(client.detect_faces, Image={"Bytes": content})
        assert told == ("InvalidImageFormatException", "Request has invalid image format")

    @pytest.mark.parametrize("size", [(79, 400), (400, 79), (10_001, 80), (80, 10_001)])
    def test_are_refused_where_a_side_is_too_short_or_long(self, client, size):
        content = jpeg_bytes(size)
        code, _ = refusal(client.detect_text, Image={"Bytes": content})
        assert code == "InvalidParameterException"

    def test_are_refused_by_their_sides_before_they_are_decoded(self, client):
        content = png_header_bytes(30_000, 30_000)
        code, told = refusal(client.detect_text, Image={"Bytes": content})
        assert code == "InvalidParameterException"
        assert "10000 pixels" in told

    def test_are_at_most_five_megabytes(self, client):
        assert client.detect_labels(Image={"Bytes": padded(5_242_880)})["Labels"]
        code, _ = refusal(client.detect_labels, Image={"Bytes": padded(5_242_881)})
        assert code == "ImageTooLargeException"

    def test_are_at_most_four_megabytes_for_custom_labels(self, client):
        call = client.detect_custom_labels
        call(ProjectVersionArn=ARN, Image={"Bytes": padded(4_194_304)})
        code, _ = refusal(call, ProjectVersionArn=ARN, Image={"Bytes": padded(4_194_305)})
        assert code == "ImageTooLargeException"


@pytest.mark.server
class TestAReference:
    def put(self, s3_server, content):
        name = f"originals/{uuid.uuid4()}"
        s3_server.client().put_object(Bucket=s3_server.bucket, Key=name, Body=content)
        return {"S3Object": {"Bucket": s3_server.bucket, "Name": name}}

    def test_is_read_from_the_s3_server(self, rekognition_with_s3, s3_server):
        content = png_bytes((120, 90))
        image = self.put(s3_server, content)
        assert rekognition_with_s3.client().detect_labels(Image=image)["Labels"]
        [request] = rekognition_with_s3.requests.of()
        assert (request.sent_as, request.size) == ("reference", len(content))
        assert request.parameters["Image"] == image
        assert (request.media_type, request.width, request.height) == ("image/png", 120, 90)

    def test_may_be_to_a_version(self, rekognition_with_s3, s3_server):
        client, bucket = s3_server.client(), f"versions-{uuid.uuid4()}"
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        first, second = (
            client.put_object(Bucket=bucket, Key="a", Body=jpeg_bytes(size))["VersionId"]
            for size in ((100, 80), (300, 200))
        )
        for version in (first, second, None):
            named = {"Version": version} if version else {}
            image = {"S3Object": {"Bucket": bucket, "Name": "a"} | named}
            rekognition_with_s3.client().detect_labels(Image=image)
        assert [r.width for r in rekognition_with_s3.requests.of()] == [100, 300, 300]
        image["S3Object"]["Version"] = "0" * len(first)
        told = refusal(rekognition_with_s3.client().detect_labels, Image=image)
        assert told == ("InvalidS3ObjectException", UNREADABLE)

    def test_to_nothing_is_refused(self, rekognition_with_s3, s3_server):
        client = rekognition_with_s3.client()
        for reference in (
            {"Bucket": s3_server.bucket, "Name": "missing"},
            {"Bucket": "no-such-bucket", "Name": "missing"},
        ):
            told = refusal(client.detect_labels, Image={"S3Object": reference})
            assert told == ("InvalidS3ObjectException", UNREADABLE)

    def test_to_what_the_service_may_not_read_is_refused(self, client):
        reference = {"S3Object": {"Bucket": "bucket", "Name": "name"}}
        told = refusal(client.detect_labels, Image=reference)
        assert told == ("InvalidS3ObjectException", UNREADABLE)

    def test_is_to_fifteen_megabytes_at_most(self, rekognition_with_s3, s3_server):
        client = rekognition_with_s3.client()
        most = 15 * 1024 * 1024
        assert client.detect_labels(Image=self.put(s3_server, padded(most)))["Labels"]
        code, _ = refusal(client.detect_labels, Image=self.put(s3_server, padded(most + 1)))
        assert code == "ImageTooLargeException"

    def test_is_left_alone_where_the_service_does_not_look(self, client, rekognition_service):
        rekognition_service.look = False
        image = {"S3Object": {"Bucket": "bucket", "Name": "name"}}
        assert client.detect_labels(Image=image)["Labels"]
        [request] = rekognition_service.requests.of()
        assert (request.sent_as, request.size, request.sha256) == ("reference", 0, "")
