"""What the tests of recognition share."""

import os
from pathlib import Path

import pytest

from recognition.manifest import Group, load_manifest
from recognition.recognisers.local.recogniser import MODELS

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
