"""What the tests of recognition share."""

import os
import socket
from pathlib import Path

import pytest

from dam.models import Original
from dam.storages import originals_storage
from recognition import rates
from recognition.manifest import Group, load_manifest
from recognition.recognisers.local.recogniser import MODELS
from recognition.registry import choosing, recognisers
from tests.s3 import bucket_storages

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def data_dir():
    """The data folder that `make test` fetches models and photos into."""
    return Path(os.environ.get("BROMO_DATA_DIR", REPOSITORY / "var")).absolute()


@pytest.fixture(scope="session")
def model_dir(data_dir):
    """The folder with the models; skips where they have not been fetched."""
    folder = data_dir / "models"
    missing = [name for name in MODELS if not (folder / name).is_file()]
    if missing:
        pytest.skip(f"not fetched (manage.py fetch_models): {', '.join(missing)}")
    return folder


@pytest.fixture(scope="session")
def demo_photos(data_dir):
    """The demo photos by name; skips where they have not been fetched."""
    paths = {
        file.name: data_dir / file.path
        for file in load_manifest()
        if file.group is Group.DEMO_PHOTOS
    }
    missing = [name for name, path in paths.items() if not path.is_file()]
    if missing:
        pytest.skip(f"not fetched (fetch_models --group demo-photos): {', '.join(missing)}")
    return paths


@pytest.fixture
def unused_port():
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


@pytest.fixture
def configure(settings, rekognition_service, monkeypatch):
    """Sets recognisers up; by default `rekognition` runs on uploads, asking for labels."""
    for name, value in rekognition_service.environment.items():
        monkeypatch.setenv(name, value)
    rates._own_bucket.cache_clear()

    def configure(alias="rekognition", *, backend="rekognition.RekognitionRecogniser", **options):
        if backend == "rekognition.RekognitionRecogniser":
            options = {"rates": {"default": 1000}} | options
        params = {"BACKEND": f"recognition.recognisers.{backend}", "OPTIONS": options}
        settings.RECOGNISERS = settings.RECOGNISERS | {alias: params}
        recognisers.clear()

    configure()
    with choosing(["rekognition"]):
        yield configure
    recognisers.clear()


@pytest.fixture
def bucket(settings, monkeypatch, tmp_path, s3_server, rekognition_with_s3):
    """Has originals and renditions go to a bucket that the service reads."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    settings.BROMO_STAGING_DIR = tmp_path / "incoming"
    settings.STORAGES = settings.STORAGES | bucket_storages(s3_server.bucket, tmp_path.name)
    monkeypatch.setattr(Original._meta.get_field("file"), "storage", originals_storage())
    return rekognition_with_s3
