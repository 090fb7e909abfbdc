"""What a web process has loaded before its first request, and what it leaves to others."""

import json

import pytest

from tests.programs import environment, run, same_everywhere

pytestmark = same_everywhere

WEB = """
import json, sys
import config.wsgi
from django.urls import resolve
from recognition.registry import recognisers

resolve("/")
fingerprints = [recognisers[alias].fingerprint for alias in recognisers.aliases]
print(json.dumps({"fingerprints": len(fingerprints), "modules": sorted(sys.modules)}))
"""
"""Starts as gunicorn starts it and asks every recogniser what an asset's page asks of it."""

AWS = {"boto3", "botocore", "s3transfer", "storages.backends.s3"}
DECODERS = {"pillow_heif"}
RUNTIMES = {"ai_edge_litert", "onnxruntime"}
BROKER = {"redis"}


@pytest.fixture
def loaded(tmp_path):
    """Says which modules a web process has loaded that runs with these variables."""

    def modules(**variables):
        told = json.loads(run(environment(tmp_path / "data", **variables), "-c", WEB))
        assert told["fingerprints"] == 3
        return set(told["modules"])

    return modules


class TestAWebProcess:
    def test_loads_the_client_of_the_broker_when_it_has_something_to_publish(self, loaded):
        assert not loaded() & BROKER

    def test_with_files_on_disk_loads_no_client_of_a_bucket(self, loaded):
        assert not loaded() & (AWS | DECODERS | RUNTIMES)

    def test_with_files_in_a_bucket_loads_its_client_and_nothing_else(self, loaded):
        modules = loaded(BROMO_S3_BUCKET="photos")
        assert modules >= AWS
        assert not modules & (DECODERS | RUNTIMES)

    def test_leaves_the_client_of_a_recogniser_to_those_who_ask_it(self, loaded):
        assert not loaded(BROMO_RECOGNISERS="rekognition,local") & (AWS | DECODERS | RUNTIMES)
