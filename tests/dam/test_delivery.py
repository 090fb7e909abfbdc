"""Derived images as stored files."""

import threading
from io import BytesIO

import pytest
from django.core.files.base import ContentFile

from dam import delivery
from dam.models import Original
from dam.renditions.decode import UnreadableImage
from dam.renditions.render import make_proxy
from dam.storages import renditions_storage
from tests.images import jpeg_bytes
from tests.s3 import S3Server


@pytest.fixture(params=["disk", "bucket"])
def storage(request, settings, tmp_path, monkeypatch):
    """Where renditions go: a folder of the test's own, or a bucket in a real store."""
    options = {"location": str(tmp_path), "base_url": None}
    backend = "dam.storages.AtomicFileSystemStorage"
    if request.param == "bucket":
        server: S3Server = request.getfixturevalue("s3_server")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        backend = "storages.backends.s3.S3Storage"
        options = {"bucket_name": server.bucket, "location": "renditions", "file_overwrite": True}
    settings.STORAGES = settings.STORAGES | {"renditions": {"BACKEND": backend, "OPTIONS": options}}
    return renditions_storage()


def stored(storage, original):
    try:
        return sorted(storage.listdir(original.rendition_folder)[1])
    except FileNotFoundError:
        return []


@pytest.mark.server
class TestDerivedImages:
    def test_go_and_leave_those_of_others(self, storage):
        mine, other = Original(sha256="a" * 64), Original(sha256="a" * 63 + "b")
        for original in (mine, other):
            delivery.store_derived(original, BytesIO(jpeg_bytes()))
        storage.save(f"{mine.rendition_folder}/more.webp", ContentFile(b"more"))
        kept = stored(storage, other)
        assert len(kept) == 2
        assert len(stored(storage, mine)) == 3

        delivery.delete_derived(mine)
        assert stored(storage, mine) == []
        assert stored(storage, other) == kept
        delivery.delete_derived(mine)  # once more, with nothing there

    def test_go_but_for_the_drafts_of_others(self, settings, tmp_path):
        backend = settings.STORAGES["renditions"]["BACKEND"]
        options = {"location": str(tmp_path), "base_url": None}
        renditions = {"BACKEND": backend, "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"renditions": renditions}
        original = Original(sha256="c" * 64)
        delivery.store_derived(original, BytesIO(jpeg_bytes()))
        draft = tmp_path / original.rendition_folder / ".draft-of-another"
        draft.touch()
        delivery.delete_derived(original)
        assert list(draft.parent.iterdir()) == [draft]

    def test_are_stored_all_or_none(self, storage, monkeypatch):
        def fail(*args, **kwargs):
            raise UnreadableImage("its content is damaged.")

        monkeypatch.setattr(delivery, "render", fail)
        original = Original(sha256="d" * 64)
        with pytest.raises(UnreadableImage):
            delivery.store_derived(original, BytesIO(jpeg_bytes()))
        assert stored(storage, original) == []


class TestDecoding:
    def test_is_done_for_two_at_once_and_no_more(self, settings, tmp_path, monkeypatch):
        renditions = settings.STORAGES["renditions"] | {"OPTIONS": {"location": str(tmp_path)}}
        settings.STORAGES = settings.STORAGES | {"renditions": renditions}
        entered, may_go_on = threading.Semaphore(0), threading.Event()

        def held(content):
            entered.release()
            assert may_go_on.wait(60)
            return make_proxy(content)

        monkeypatch.setattr(delivery, "make_proxy", held)
        threads = [
            threading.Thread(
                target=delivery.store_derived,
                args=(Original(sha256=f"{number}" * 64), BytesIO(jpeg_bytes())),
            )
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        try:
            assert entered.acquire(timeout=60)
            assert entered.acquire(timeout=60)
            assert not entered.acquire(timeout=0.5)
        finally:
            may_go_on.set()
        for thread in threads:
            thread.join(60)
        assert len(list(tmp_path.rglob("proxy.jpg"))) == 4
