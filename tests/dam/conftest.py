"""What the tests of the library share."""

import os
from pathlib import Path

import pytest

from dam.models import Original
from dam.storages import originals_storage, renditions_storage
from tests.postgresql import is_postgresql
from tests.s3 import S3Server, bucket_storages


@pytest.fixture(params=["disk", pytest.param("bucket", marks=pytest.mark.server)])
def storage(request, settings, tmp_path, monkeypatch):
    """Where files go: a folder of the test's own, or a bucket in a real store. Gives its name."""
    settings.BROMO_STAGING_DIR = tmp_path / "incoming"
    if request.param == "bucket":
        if is_postgresql(os.environ.get("DATABASE_URL", "")) and not _commits(request.node):
            pytest.skip("a bucket is the same with every database: SQLite has it all")
        server: S3Server = request.getfixturevalue("s3_server")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        settings.STORAGES = settings.STORAGES | bucket_storages(server.bucket, tmp_path.name)
    else:
        settings.STORAGES = settings.STORAGES | {
            name: {
                "BACKEND": "dam.storages.AtomicFileSystemStorage",
                "OPTIONS": {"location": str(tmp_path / name), "base_url": None},
            }
            for name in ("originals", "renditions")
        }
    # A file field takes its storage when its model is made.
    monkeypatch.setattr(Original._meta.get_field("file"), "storage", originals_storage())
    return request.param


@pytest.fixture
def stored_files(storage):
    """Lists all files that the storages and the staging folder hold."""

    def files():
        names = []
        for kept in (originals_storage(), renditions_storage()):
            if storage == "disk":
                names += _on_disk(kept.location)
            else:
                objects = kept.bucket.objects.filter(Prefix=f"{kept.location}/")
                names += [entry.key for entry in objects]
        return sorted(names)

    return files


def _commits(test):
    """Whether a test is about what several do at once, for which the database counts."""
    marker = test.get_closest_marker("django_db")
    return marker is not None and marker.kwargs.get("transaction", False)


def _on_disk(folder):
    return [str(path) for path in Path(folder).rglob("*") if path.is_file()]


@pytest.fixture
def staging(settings, storage):
    """The folder that uploads arrive in."""
    return Path(settings.BROMO_STAGING_DIR)
