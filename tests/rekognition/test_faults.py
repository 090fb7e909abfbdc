"""What is to go wrong goes wrong, as often as it was to, and nothing else does."""

import http.client
import json
import threading
import time
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.programs import PATIENCE, wait_until
from tests.rekognition.examples import ARN, image_of
from tests.rekognition.faults import Faults
from tests.rekognition.model import OPERATIONS

IMAGE = image_of()


def status_and_code(call, **parameters):
    """200 and nothing, or those of the error."""
    try:
        answer = call(Image=IMAGE, **parameters)
    except ClientError as error:
        answer = error.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer.get("Error", {}).get("Code", "")


class TestErrors:
    def test_befall_as_many_requests_as_they_were_to(self, client, rekognition_service):
        rekognition_service.faults.throttle(2)
        told = [status_and_code(client.detect_labels) for _ in range(3)]
        assert told == [(400, "ThrottlingException")] * 2 + [(200, "")]
        assert rekognition_service.faults.injected == {"ThrottlingException": 2}
        assert rekognition_service.requests.billed == {"DetectLabels": 1}
        assert [r.error for r in rekognition_service.requests.of()] == [
            "ThrottlingException", "ThrottlingException", "",
        ]  # fmt: skip

    def test_befall_the_operations_they_were_to(self, client, rekognition_service):
        rekognition_service.faults.throttle(1, "DetectFaces", "DetectText")
        assert status_and_code(client.detect_labels) == (200, "")
        assert status_and_code(client.detect_text) == (400, "ThrottlingException")
        assert status_and_code(client.detect_faces) == (200, "")

    @pytest.mark.parametrize(
        ("status", "code"),
        [(500, "InternalServerError"), (503, "ServiceUnavailableException"),
         (502, "ServiceUnavailableException"), (504, "ServiceUnavailableException")],
    )  # fmt: skip
    def test_may_be_the_services_own(self, client, rekognition_service, status, code):
        rekognition_service.faults.fail(1, status=status)
        assert status_and_code(client.detect_labels) == (status, code)
        assert status_and_code(client.detect_labels) == (200, "")

    def test_may_be_any_that_the_model_has(self, client, rekognition_service):
        faults = rekognition_service.faults
        faults.refuse("ResourceNotReadyException", "DetectCustomLabels")
        faults.refuse("ImageTooLargeException", "DetectText", times=1, message="Too much of it")
        for _ in range(3):
            told = status_and_code(client.detect_custom_labels, ProjectVersionArn=ARN)
            assert told == (400, "ResourceNotReadyException")
        with pytest.raises(client.exceptions.ImageTooLargeException, match="Too much of it"):
            client.detect_text(Image=IMAGE)
        assert status_and_code(client.detect_text) == (200, "")

    def test_are_none_that_it_does_not_have(self):
        with pytest.raises(ValueError, match="'SlowDown' is no error of Rekognition"):
            Faults().refuse("SlowDown")
        with pytest.raises(ValueError, match=r"\['DetectCats'\]: the operations are DetectLabels"):
            Faults().throttle(1, "DetectCats")

    def test_are_retried_by_the_real_client(self, rekognition_service):
        client = rekognition_service.client(config=Config(retries={"total_max_attempts": 3}))
        rekognition_service.faults.throttle(1)
        rekognition_service.faults.fail(1)
        answer = client.detect_labels(Image=IMAGE)
        assert answer["ResponseMetadata"]["RetryAttempts"] == 2

    def test_stop_when_they_are_cleared(self, client, rekognition_service):
        rekognition_service.faults.deny()
        assert status_and_code(client.detect_labels) == (400, "AccessDeniedException")
        rekognition_service.faults.clear()
        assert status_and_code(client.detect_labels) == (200, "")


class TestDenial:
    def test_names_what_is_not_allowed_and_to_whom(self, client, rekognition_service):
        rekognition_service.faults.deny("DetectFaces")
        with pytest.raises(client.exceptions.AccessDeniedException) as raised:
            client.detect_faces(Image=IMAGE)
        assert raised.value.response["Error"]["Message"] == (
            "User: arn:aws:iam::123456789012:user/bromo is not authorized to perform: "
            "rekognition:DetectFaces because no identity-based policy allows the "
            "rekognition:DetectFaces action"
        )
        assert status_and_code(client.detect_labels) == (200, "")


class TestConnections:
    def test_break_before_the_work_is_done(self, client, rekognition_service):
        rekognition_service.faults.reset(1)
        with pytest.raises(ConnectionClosedError):
            client.detect_labels(Image=IMAGE)
        [request] = rekognition_service.requests.of()
        assert (request.status, request.error, request.is_billed) == (0, "reset", False)
        assert status_and_code(client.detect_labels) == (200, "")

    def test_end_after_it_is_done(self, client, rekognition_service):
        rekognition_service.faults.close(1)
        with pytest.raises(ConnectionClosedError):
            client.detect_labels(Image=IMAGE)
        [request] = rekognition_service.requests.of()
        assert (request.status, request.error, request.is_billed) == (0, "close", True)
        assert rekognition_service.requests.billed == {"DetectLabels": 1}
        assert status_and_code(client.detect_labels) == (200, "")

    def test_are_kept_for_the_next_request(self, rekognition_service):
        address = urlsplit(rekognition_service.url).netloc
        connection = http.client.HTTPConnection(address, timeout=PATIENCE)
        ports = set()
        for _ in range(3):
            connection.request("POST", "/", b"{}")
            assert connection.getresponse().read()
            ports.add(connection.sock.getsockname())
        connection.close()
        assert len(ports) == 1


class TestGarbling:
    def test_has_anything_arrive_as_an_answer(self, client, rekognition_service):
        bodies = []

        def keep(response_dict, **more):
            bodies.append(response_dict["body"])

        client.meta.events.register("before-parse.rekognition.DetectLabels", keep)
        rekognition_service.faults.garble("<p>Sign in</p>", "DetectLabels")
        for _ in range(2):
            assert status_and_code(client.detect_labels) == (200, "")
        assert bodies[0] == b"<p>Sign in</p>"
        assert json.loads(bodies[1]).keys() >= {"Labels"}
        [garbled, _] = rekognition_service.requests.of()
        assert (garbled.status, garbled.error, garbled.is_billed) == (200, "garble", True)
        assert rekognition_service.faults.injected == {"garble": 1}


class TestAStall:
    def test_keeps_a_client_waiting_until_it_gives_up(self, client, rekognition_service):
        stall(rekognition_service)
        assert status_and_code(client.detect_labels) == (200, "")

    def test_ends_in_an_answer(self, client, rekognition_service):
        rekognition_service.faults.stall(0.2)
        before = time.monotonic()
        assert status_and_code(client.detect_labels) == (200, "")
        assert time.monotonic() - before >= 0.2

    def test_is_let_go_by_a_reset_which_forgets_it(self, rekognition_service):
        stall(rekognition_service)
        old = rekognition_service.requests
        rekognition_service.reset()
        wait_until(lambda: len(old.of()) == 1, what="the request is let go")
        assert rekognition_service.requests.of() == []


def stall(service):
    """Has a client give up on a request that the service holds for a long time."""
    config = Config(read_timeout=0.2, retries={"total_max_attempts": 1})
    service.faults.stall(600)
    with pytest.raises(ReadTimeoutError):
        service.client(config=config).detect_labels(Image=IMAGE)
    wait_until(lambda: service.faults.injected == {"stall": 1}, what="the request is held")


class TestARate:
    def test_lets_so_many_through_in_any_second(self):
        faults = Faults()
        faults.limit(3, "DetectLabels")
        moments = [n / 10 for n in range(25)]
        passed = [m for m in moments if faults.next("DetectLabels", m) is None]
        assert passed == [0, 0.1, 0.2, 1.0, 1.1, 1.2, 2.0, 2.1, 2.2]

    def test_is_that_of_each_operation(self):
        faults = Faults()
        faults.limit(1)
        assert all(faults.next(operation, 5.0) is None for operation in OPERATIONS)
        assert all(faults.next(operation, 5.5) for operation in OPERATIONS)

    def test_answers_with_either_error(self, client, rekognition_service):
        faults = rekognition_service.faults
        faults.limit(0, "DetectLabels")
        faults.limit(0, "DetectText", error="ProvisionedThroughputExceededException")
        assert status_and_code(client.detect_labels) == (400, "ThrottlingException")
        told = status_and_code(client.detect_text)
        assert told == (400, "ProvisionedThroughputExceededException")
        assert status_and_code(client.detect_faces) == (200, "")

    def test_holds_for_many_clients_at_once(self, rekognition_service):
        rekognition_service.look = False
        rekognition_service.faults.limit(5)
        clients = [rekognition_service.client() for _ in range(4)]

        def ask(client):
            for _ in range(5):
                status_and_code(client.detect_labels)

        threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        passed = sorted(r.moment for r in rekognition_service.requests.of() if r.status == 200)
        assert rekognition_service.requests.counts == {"DetectLabels": 20}
        assert len(passed) >= 5
        assert all(passed[n + 5] - passed[n] >= 1 for n in range(len(passed) - 5))
