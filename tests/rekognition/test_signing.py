"""Only requests that were signed as the real service wants them are answered."""

import hashlib
import http.client
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.images import jpeg_bytes
from tests.programs import PATIENCE
from tests.rekognition.errors import ServiceError
from tests.rekognition.signing import RawRequest, Signer, verify

IMAGE = {"Bytes": jpeg_bytes((100, 100))}
SIGNER = Signer(key="a-key", secret="a-secret", region="us-east-1")
BODY = b'{"Image": {}}'


def signed(*, service="rekognition", region="us-east-1", body=BODY, **headers):
    """A request that botocore has signed, its header names in lower case."""
    request = AWSRequest(
        "POST",
        "http://127.0.0.1:80/",
        {"Host": "127.0.0.1", "X-Amz-Target": "RekognitionService.DetectLabels"} | headers,
        body,
    )
    SigV4Auth(Credentials("a-key", "a-secret"), service, region).add_auth(request)
    lowered = {name.lower(): str(value) for name, value in request.headers.items()}
    return RawRequest(method="POST", path="/", headers=lowered, body=body)


def changed(request, *, body=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in (request.headers | named).items() if value is not None}
    return RawRequest(method="POST", path="/", headers=kept, body=body or request.body)


def refusal(request, **options):
    with pytest.raises(ServiceError) as raised:
        verify(request, SIGNER, **options)
    assert raised.value.status == 403
    return raised.value


class TestASignature:
    def test_of_botocores_own_passes(self):
        verify(signed(), SIGNER)
        verify(signed(**{"X-Amz-Content-SHA256": hashlib.sha256(BODY).hexdigest()}), SIGNER)

    def test_is_over_the_body(self):
        assert refusal(changed(signed(), body=b"{}")).name == "InvalidSignatureException"

    def test_is_over_the_headers_that_matter(self):
        other = changed(signed(), x_amz_target="RekognitionService.DetectFaces")
        assert refusal(other).name == "InvalidSignatureException"
        assert "x-amz-more" in refusal(changed(signed(), x_amz_more="1")).message

    def test_must_be_there_and_whole(self):
        without = changed(signed(), authorization=None)
        assert refusal(without).name == "MissingAuthenticationTokenException"
        mangled = changed(signed(), authorization="AWS4-HMAC-SHA256 Credential=a-key")
        assert refusal(mangled).name == "IncompleteSignatureException"

    def test_is_for_this_service_and_region(self):
        assert "'eu-west-1'" in refusal(signed(region="eu-west-1")).message
        assert "'rekognition'" in refusal(signed(service="s3")).message

    @pytest.mark.parametrize(("minutes", "told"), [(6, "expired"), (-6, "not yet current")])
    def test_is_at_most_five_minutes_old_or_ahead(self, minutes, told):
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        assert told in refusal(signed(), now=now).message
        verify(signed(), SIGNER, datetime.now(UTC) + timedelta(minutes=minutes * 0.8))

    def test_tells_what_digest_it_has_and_keeps_to_it(self):
        unsigned = signed(**{"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
        assert "x-amz-content-sha256" in refusal(unsigned).message

    def test_goes_with_the_session_token_where_there_is_one(self):
        stray = signed(**{"X-Amz-Security-Token": "stray"})
        assert refusal(stray).name == "UnrecognizedClientException"


class TestAClient:
    def test_with_the_right_credentials_is_answered(self, rekognition_service):
        answer = rekognition_service.client().detect_labels(Image=IMAGE)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert answer["ResponseMetadata"]["RequestId"]

    @pytest.mark.parametrize(
        ("credentials", "name"),
        [
            ({"aws_access_key_id": "nobody"}, "UnrecognizedClientException"),
            ({"aws_secret_access_key": "guessed"}, "InvalidSignatureException"),
            ({"region_name": "eu-west-1"}, "InvalidSignatureException"),
            ({"aws_session_token": "stray"}, "UnrecognizedClientException"),
        ],
    )
    def test_with_others_is_turned_away(self, rekognition_service, credentials, name):
        with pytest.raises(ClientError) as raised:
            rekognition_service.client(**credentials).detect_labels(Image=IMAGE)
        answer = raised.value.response
        assert answer["Error"]["Code"] == name
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
        [request] = rekognition_service.requests.of("DetectLabels")
        assert (request.status, request.error, request.is_billed) == (403, name, False)

    def test_without_any_is_turned_away(self, rekognition_service):
        address = urlsplit(rekognition_service.url).netloc
        connection = http.client.HTTPConnection(address, timeout=PATIENCE)
        connection.request("POST", "/", b"{}", {"X-Amz-Target": "RekognitionService.DetectText"})
        response = connection.getresponse()
        assert response.status == 403
        assert b'"__type": "MissingAuthenticationTokenException"' in response.read()
        connection.close()
