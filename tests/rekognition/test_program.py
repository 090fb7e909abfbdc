"""The service as a program, changed and read from another process."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.programs import PATIENCE
from tests.rekognition.control import Control
from tests.rekognition.examples import HERE, image_of
from tests.rekognition.palette import Thing

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGE = image_of((Thing.RED_PATCH, HERE))
ASK = """
import boto3, sys
answer = boto3.client("rekognition").detect_labels(Image={"Bytes": sys.stdin.buffer.read()})
print([label["Name"] for label in answer["Labels"]])
"""


@pytest.fixture
def program():
    """The running program and its control."""
    command = [sys.executable, "-m", "tests.rekognition", "--port", "0"]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        process.control = Control(url)
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class TestTheProgram:
    def test_prints_its_address_first_and_answers_there(self, program):
        assert program.control.url.startswith("http://127.0.0.1:")
        env = os.environ | {
            "AWS_ENDPOINT_URL_REKOGNITION": program.control.url,
            "AWS_ACCESS_KEY_ID": "test-key",
            "AWS_SECRET_ACCESS_KEY": "test-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        asked = subprocess.run(
            [sys.executable, "-c", ASK], env=env, input=IMAGE["Bytes"], capture_output=True
        )
        assert "Red Patch" in asked.stdout.decode(), asked.stderr.decode()
        assert program.control.state()["billed"] == {"DetectLabels": 1}

    def test_ends_well_when_it_is_asked_to(self, program):
        program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE) == 0

    def test_ends_badly_where_an_answer_of_its_own_was_broken(self, program, rekognition_service):
        program.control.change(answers={"DetectLabels": {"Labels": "none"}})
        client = rekognition_service.client(endpoint_url=program.control.url)
        with pytest.raises(ClientError):
            client.detect_labels(Image=IMAGE)
        assert "DetectLabels" in program.control.state()["broken_answers"][0]
        program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE) == 1


class TestTheControl:
    @pytest.fixture
    def control(self, rekognition_service):
        return Control(rekognition_service.url)

    def test_plans_faults_and_limits(self, control, client):
        error = {"kind": "error", "error": "ThrottlingException", "times": 1}
        control.change(faults=[error | {"operations": ["DetectLabels"]}], limits={"DetectText": 0})
        for call in (client.detect_labels, client.detect_text):
            with pytest.raises(client.exceptions.ThrottlingException):
                call(Image=IMAGE)
        assert client.detect_labels(Image=IMAGE)["Labels"]
        assert control.state()["injected"] == {"ThrottlingException": 2}
        control.change(clear_faults=True)
        client.detect_text(Image=IMAGE)

    def test_sets_answers(self, control, client):
        sky, sea = ({"Labels": [{"Name": name, "Confidence": 90.5}]} for name in ("Sky", "Sea"))
        client.detect_labels(Image=IMAGE)
        [request] = control.requests()
        told = {"DetectLabels": {request.sha256: sea}}
        control.change(answers={"DetectLabels": sky}, answers_by_content=told)
        assert client.detect_labels(Image=IMAGE)["Labels"] == sea["Labels"]
        assert client.detect_labels(Image=image_of())["Labels"] == sky["Labels"]

    def test_has_it_look_or_not(self, control, client):
        assert control.change(look=False)["look"] is False
        client.detect_labels(Image={"Bytes": b"no image"})
        assert control.change(look=True)["look"] is True
        with pytest.raises(client.exceptions.InvalidImageFormatException):
            client.detect_labels(Image={"Bytes": b"no image"})

    def test_reads_the_record_which_it_is_no_part_of(self, control, client, rekognition_service):
        client.detect_labels(Image=IMAGE, MaxLabels=2)
        state = control.state()
        assert (state["counts"], state["billed"]) == ({"DetectLabels": 1}, {"DetectLabels": 1})
        [request] = control.requests()
        [kept] = rekognition_service.requests.of()
        assert request.parameters == kept.parameters
        assert (request.moment, request.status, request.content) == (kept.moment, 200, b"")

    def test_forgets_everything_when_asked_to(self, control, client, rekognition_service):
        control.change(faults=[{"kind": "reset"}], look=False)
        control.change(reset=True)
        assert client.detect_labels(Image=IMAGE)["Labels"]
        assert (control.state()["look"], control.state()["counts"]) == (True, {"DetectLabels": 1})

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"mood": "bad"}, "mood"),
            ({"faults": [{"kind": "flood"}]}, "flood"),
            ({"faults": [{"kind": "error", "error": "SlowDown"}]}, "SlowDown"),
            ({"faults": [{"severity": 5}]}, "severity"),
            ({"limits": {"DetectCats": 5}}, "DetectCats"),
        ],
    )
    def test_refuses_what_it_does_not_know(self, control, changes, told):
        with pytest.raises(ValueError, match=told):
            control.change(**changes)

    def test_refuses_what_is_no_json(self, control):
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"{control.url}/control", b"{", timeout=PATIENCE)
        assert raised.value.code == 400
        assert json.load(raised.value)["message"]
