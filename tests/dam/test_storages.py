"""Storages that keep what they were given, whole or not at all."""

import base64
import errno
import hashlib
import random
from io import BytesIO
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from django.core.files import File
from django.core.files.base import ContentFile

from dam.s3_storages import VerifiedS3Storage
from dam.staging import StagedFile, stage
from dam.storages import AtomicFileSystemStorage, StorageError, originals_storage, reading
from tests.faults.s3_proxy import FaultProxy, Upstream

CONTENT = b"the bytes of a photo" * 1000


@pytest.fixture
def disk(tmp_path, settings):
    settings.BROMO_STAGING_DIR = tmp_path / "originals" / ".incoming"
    return AtomicFileSystemStorage(location=str(tmp_path / "originals"))


def staged(content=CONTENT):
    return stage(BytesIO(content), max_bytes=10**9)


class TestAStagedFile:
    def test_is_hashed_as_it_comes(self, disk):
        with staged() as file:
            assert file.sha256 == hashlib.sha256(CONTENT).hexdigest()
            assert file.size == len(CONTENT)
            assert file.read() == CONTENT

    def test_is_gone_with_its_folder_once_it_is_closed(self, disk, settings):
        with staged() as file:
            assert file.path.exists()
        assert list(Path(settings.BROMO_STAGING_DIR).iterdir()) == []

    def test_is_gone_when_whoever_made_it_forgot_it(self, disk, settings):
        file = StagedFile()
        file.append(b"half")
        del file
        assert list(Path(settings.BROMO_STAGING_DIR).iterdir()) == []

    def test_stops_soon_after_the_limit(self, disk):
        with stage(BytesIO(bytes(5_000_000)), max_bytes=1000) as file:
            assert 1000 < file.size < 2_000_000

    def test_says_that_the_disk_is_at_fault(self, settings, tmp_path):
        (tmp_path / "file").write_text("in the way of a folder")
        settings.BROMO_STAGING_DIR = tmp_path / "file" / "incoming"
        with pytest.raises(StorageError, match="the server's disk does not take it"):
            staged()


class TestTheDisk:
    def test_takes_a_staged_file_without_copying_it(self, disk):
        with staged() as file:
            number = file.path.stat().st_ino
            disk.save("ab/photo.jpg", file)
        kept = Path(disk.path("ab/photo.jpg"))
        assert kept.read_bytes() == CONTENT
        assert kept.stat().st_ino == number

    def test_copies_what_lies_on_another_file_system(self, disk, monkeypatch):
        def refuse(self, target):
            raise OSError(errno.EXDEV, "Invalid cross-device link")

        whole = Path.replace
        with staged() as file:
            monkeypatch.setattr(
                Path, "replace", lambda at, to: (refuse if at == file.path else whole)(at, to)
            )
            disk.save("ab/photo.jpg", file)
        folder = Path(disk.path("ab"))
        assert [path.name for path in folder.iterdir()] == ["photo.jpg"]
        assert (folder / "photo.jpg").read_bytes() == CONTENT

    def test_keeps_nothing_of_a_file_that_breaks_off(self, disk):
        class Broken(File):
            def chunks(self, chunk_size=None):
                yield b"half of it"
                raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.raises(OSError, match="No space left"):
            disk.save("ab/photo.jpg", Broken(BytesIO(), name="photo.jpg"))
        assert list(Path(disk.path("ab")).iterdir()) == []


@pytest.fixture
def bucket(s3_server, monkeypatch, tmp_path, settings):
    """A storage in a real store, with a prefix of its own."""
    settings.BROMO_STAGING_DIR = tmp_path / "incoming"
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return VerifiedS3Storage(
        bucket_name=s3_server.bucket, location=tmp_path.name, file_overwrite=False
    )


@pytest.mark.server
class TestTheBucket:
    def test_holds_what_was_sent_with_its_checksum(self, bucket):
        with staged() as file:
            bucket.save("ab/photo.jpg", file)
        with bucket.open("ab/photo.jpg") as kept:
            assert kept.read() == CONTENT
        head = bucket.bucket.meta.client.head_object(
            Bucket=bucket.bucket_name, Key=f"{bucket.location}/ab/photo.jpg", ChecksumMode="ENABLED"
        )
        assert base64.b64decode(head["ChecksumSHA256"]) == hashlib.sha256(CONTENT).digest()
        assert head["ContentType"] == "image/jpeg"

    def test_never_replaces_an_object_by_another(self, bucket):
        bucket.save("ab/photo.jpg", ContentFile(CONTENT))
        with pytest.raises(StorageError, match="but was sent"):
            bucket.save("ab/photo.jpg", ContentFile(b"something else"))
        with bucket.open("ab/photo.jpg") as kept:
            assert kept.read() == CONTENT

    def test_takes_for_stored_what_an_attempt_without_an_answer_has_stored(self, bucket):
        bucket.save("ab/photo.jpg", ContentFile(CONTENT))
        assert bucket.save("ab/photo.jpg", ContentFile(CONTENT)) == "ab/photo.jpg"

    def test_refuses_bytes_that_changed_on_their_way(self, bucket):
        with staged() as file:
            file.path.write_bytes(CONTENT[::-1])
            with pytest.raises(ClientError, match="BadDigest"):
                bucket.save("ab/photo.jpg", file)
        assert not bucket.exists("ab/photo.jpg")


class ARegionalStore(FaultProxy):
    """A store that answers what is set when it is asked for the bucket itself."""

    def __init__(self, server):
        super().__init__(server.url, random.Random(7))
        self.bucket = Upstream(200, [("x-amz-bucket-region", "eu-west-3")], b"")
        self._path = f"/{server.bucket}"

    def forward(self, method, path, headers, body):
        if (method, path.rstrip("/")) == ("HEAD", self._path):
            return self.bucket
        return super().forward(method, path, headers, body)


@pytest.mark.server
class TestTheRegionOfABucket:
    @pytest.fixture
    def store(self, s3_server):
        return ARegionalStore(s3_server)

    @pytest.fixture
    def locate(self, bucket, store, s3_server):
        """Says by way of the store where a photo in it lies."""
        bucket.save("ab/photo.jpg", ContentFile(CONTENT))
        with store.running() as url:
            through = VerifiedS3Storage(
                bucket_name=s3_server.bucket, location=bucket.location, endpoint_url=url
            )
            yield lambda: through.locate("ab/photo.jpg")

    def test_is_what_the_store_says(self, locate):
        assert locate().region == "eu-west-3"

    def test_is_that_of_the_client_where_the_store_does_not_tell_it_to_us(self, locate, store):
        store.bucket = Upstream(403, [], b"")
        assert locate().region == "us-east-1"

    @pytest.mark.parametrize("status", [500, 503])
    def test_is_asked_for_again_after_the_store_was_busy(self, locate, store, status):
        answer, store.bucket = store.bucket, Upstream(status, [], b"")
        with pytest.raises(StorageError, match="cannot be read just now"), reading("photo.jpg"):
            locate()
        store.bucket = answer
        assert locate().region == "eu-west-3"

    def test_is_asked_for_once(self, locate, store):
        locate()
        store.bucket = Upstream(503, [], b"")
        assert locate().region == "eu-west-3"


class TestReading:
    def test_tells_a_missing_file_from_a_storage_that_is_away(self, storage):
        with pytest.raises(FileNotFoundError), reading("x"):
            originals_storage().open("no/such.jpg").read()

    def test_of_a_store_that_nobody_reaches_is_a_storage_error(self, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        away = VerifiedS3Storage(
            bucket_name="x", access_key="x", secret_key="x", region_name="us-east-1"
        )
        with pytest.raises(StorageError, match="cannot be read just now"), reading("a.jpg"):
            away.open("a.jpg").read()
