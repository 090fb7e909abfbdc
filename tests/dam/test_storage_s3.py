"""Originals in a real S3 bucket, stored and read by the application as it is configured."""

import hashlib
import json

import pytest

from tests.images import jpeg_bytes
from tests.programs import environment, migrate, run, same_everywhere

pytestmark = [pytest.mark.server, same_everywhere]


@pytest.fixture
def env(s3_server, tmp_path):
    env = environment(tmp_path / "data", **s3_server.environment)
    migrate(env)
    return env


def stored_originals(server):
    client = server.client()
    listed = client.list_objects_v2(Bucket=server.bucket, Prefix="originals/")["Contents"]
    return [
        client.get_object(Bucket=server.bucket, Key=entry["Key"])["Body"].read() for entry in listed
    ]


class TestOriginalsInABucket:
    def test_come_back_as_they_went_in_and_are_recognised(self, env, s3_server, tmp_path):
        content = jpeg_bytes(size=(320, 200))
        (tmp_path / "beach.jpg").write_bytes(content)

        told = json.loads(
            run(env, "manage.py", "import_assets", str(tmp_path / "beach.jpg"), "--wait", "--json")
        )

        assert told["status"] == "recognised"
        assert told["sha256"] == hashlib.sha256(content).hexdigest()
        assert content in stored_originals(s3_server)

    def test_leave_nothing_on_the_local_disk(self, env, tmp_path):
        (tmp_path / "hill.jpg").write_bytes(jpeg_bytes(size=(321, 200)))
        run(env, "manage.py", "import_assets", str(tmp_path / "hill.jpg"), "--wait")
        assert not (tmp_path / "data" / "originals").exists()
        assert not (tmp_path / "data" / "renditions").exists()
