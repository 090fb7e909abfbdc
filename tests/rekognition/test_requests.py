"""Requests are held against the service model, and what they were is recorded."""

import hashlib
import time

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.images import jpeg_bytes
from tests.rekognition.examples import ARN
from tests.rekognition.service import BrokenAnswerError, RekognitionService

CONTENT = jpeg_bytes((100, 90))
IMAGE = {"Bytes": CONTENT}
BOTH = IMAGE | {"S3Object": {"Bucket": "bucket", "Name": "name"}}


@pytest.fixture
def client(rekognition_service):
    """A client that leaves all validation to the service."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return rekognition_service.client(config=config)


def refusal(call, **parameters):
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return raised.value.response["Error"]


class TestARequest:
    @pytest.mark.parametrize(
        ("method", "parameters", "told"),
        [
            ("detect_labels", {"MinConfidence": 150}, "less than or equal to 100"),
            ("detect_labels", {"Features": ["LABELS"]}, "enum"),
            ("detect_faces", {"Attributes": ["HATS"]}, "enum"),
            ("detect_moderation_labels", {"MinConfidence": -1}, "greater than or equal to 0"),
            ("detect_custom_labels", {"ProjectVersionArn": "arn:" + 20 * "x"}, "pattern"),
            ("detect_custom_labels", {}, "'ProjectVersionArn' failed"),
            ("detect_text", {"Filters": {"WordFilter": {"MinBoundingBoxWidth": 2}}}, "equal to 1"),
            ("recognize_celebrities", {"Image": {"S3Object": {"Bucket": "a/b"}}}, "pattern"),
        ],
    )
    def test_that_breaks_the_model_is_refused(self, client, method, parameters, told):
        error = refusal(getattr(client, method), **{"Image": IMAGE} | parameters)
        assert error["Code"] == "ValidationException"
        assert "validation error detected" in error["Message"]
        assert told in error["Message"]

    @pytest.mark.parametrize(
        "image", [{}, {"S3Object": {"Name": "d"}}, BOTH]
    )  # fmt: skip
    def test_has_one_image_and_no_more(self, client, image):
        assert refusal(client.detect_faces, Image=image)["Code"] == "InvalidParameterException"

    def test_of_the_wrong_type_cannot_be_read(self, client):
        error = refusal(client.detect_labels, Image=IMAGE, MaxLabels="ten")
        assert error["Code"] == "SerializationException"

    def test_limits_labels_only_where_it_asks_for_them(self, client):
        asked = {"Image": IMAGE, "Features": ["IMAGE_PROPERTIES"]}
        for stray in ({"MinConfidence": 5}, {"MaxLabels": 5}):
            error = refusal(client.detect_labels, **asked | stray)
            assert "GENERAL_LABELS" in error["Message"]

    def test_of_what_the_stand_in_was_not_taught_is_refused_by_name(self, client):
        filters = {"RegionsOfInterest": [{"BoundingBox": {"Width": 1, "Height": 1}}]}
        error = refusal(client.detect_text, Image=IMAGE, Filters=filters)
        assert "Filters.RegionsOfInterest" in error["Message"]

    def test_for_any_other_operation_is_refused(self, client):
        assert refusal(client.list_collections)["Code"] == "UnknownOperationException"


class TestTheRecord:
    def test_tells_what_was_asked_and_answered(self, client, rekognition_service):
        before = time.monotonic()
        client.detect_labels(Image=IMAGE, MaxLabels=3)
        refusal(client.detect_faces, Image=IMAGE, Attributes=["HATS"])
        labels, faces = rekognition_service.requests.of()

        assert labels.operation == "DetectLabels"
        assert labels.parameters == {"Image": {"Bytes": len(CONTENT)}, "MaxLabels": 3}
        assert (labels.sent_as, labels.size, labels.content) == ("bytes", len(CONTENT), CONTENT)
        assert labels.sha256 == hashlib.sha256(CONTENT).hexdigest()
        assert (labels.media_type, labels.width, labels.height) == ("image/jpeg", 100, 90)
        assert (labels.status, labels.error, labels.is_billed) == (200, "", True)
        assert before <= labels.moment <= faces.moment <= time.monotonic()
        assert (faces.status, faces.error) == (400, "ValidationException")
        assert faces.parameters["Attributes"] == ["HATS"]

    def test_counts_by_operation(self, client, rekognition_service):
        for _ in range(3):
            client.detect_text(Image=IMAGE)
        refusal(client.detect_text)
        client.detect_custom_labels(Image=IMAGE, ProjectVersionArn=ARN)
        requests = rekognition_service.requests
        assert requests.counts == {"DetectText": 4, "DetectCustomLabels": 1}
        assert requests.billed == {"DetectText": 3, "DetectCustomLabels": 1}


class TestAnAnswerThatBreaksTheModel:
    @pytest.mark.parametrize(
        "answer",
        [
            {"Labels": [{"Name": "Sky", "Confidence": 250}]},
            {"Labels": [{"Name": "Sky", "Confidence": 90, "Colour": "blue"}]},
            {"OrientationCorrection": "ROTATE_45"},
            {"Labels": "none"},
        ],
    )
    def test_is_an_error_and_fails_the_test(self, answer):
        service = RekognitionService()
        with pytest.raises(BrokenAnswerError, match="DetectLabels: "), service.running():
            assert ask_for_labels(service, answer) == 500
        assert len(service.broken_answers) == 1

    def test_is_forgotten_by_a_reset(self, rekognition_service):
        assert ask_for_labels(rekognition_service, {"Labels": "none"}) == 500
        rekognition_service.reset()
        rekognition_service.check_answers()


def ask_for_labels(service, answer):
    """The status code that a set answer comes with."""
    service.answers["DetectLabels"] = answer
    with pytest.raises(ClientError) as raised:
        service.client().detect_labels(Image=IMAGE)
    return raised.value.response["ResponseMetadata"]["HTTPStatusCode"]
