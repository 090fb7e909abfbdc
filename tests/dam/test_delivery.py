"""Derived images as stored files."""

import threading

import pytest
from django.core.files.base import ContentFile

from dam import delivery
from dam.renditions.spec import GRID, RenditionSpec
from dam.storages import StorageError, renditions_storage
from tests.factories import make_asset
from tests.images import jpeg_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


def stored(original):
    try:
        return sorted(renditions_storage().listdir(original.rendition_folder)[1])
    except FileNotFoundError:
        return []


class TestDerivedImages:
    def test_go_and_leave_those_of_others(self):
        mine, other = make_asset().original, make_asset().original
        renditions_storage().save(f"{mine.rendition_folder}/more.webp", ContentFile(b"more"))
        kept = stored(other)
        assert len(kept) == 2
        assert len(stored(mine)) == 3

        delivery.delete_derived(mine)
        assert stored(mine) == []
        assert stored(other) == kept
        delivery.delete_derived(mine)  # once more, with nothing there

    def test_are_made_again_from_the_original(self):
        original = make_asset(content=jpeg_bytes((300, 200))).original
        before = delivery.read_proxy(original)
        delivery.delete_derived(original)
        delivery.make_derived_again(original)
        assert delivery.read_proxy(original) == before
        assert len(stored(original)) == 2


class TestARendition:
    def test_is_made_once_and_kept(self):
        asset = make_asset(content=jpeg_bytes((300, 200)))
        spec = RenditionSpec.parse("max-160x160")
        first = delivery.read_rendition(asset, spec)
        renditions_storage().delete(f"{asset.original.rendition_folder}/proxy.jpg")
        assert delivery.read_rendition(asset, spec) == first

    def test_without_a_proxy_is_not_made_from_the_original(self):
        asset = make_asset()
        delivery.delete_derived(asset.original)
        with pytest.raises(FileNotFoundError):
            delivery.read_rendition(asset, GRID)

    def test_says_when_the_storage_is_away_and_not_that_the_file_is_gone(self, monkeypatch):
        asset = make_asset()

        def fail(*args, **kwargs):
            raise TimeoutError("no answer")

        monkeypatch.setattr(type(renditions_storage()), "_open", fail)
        with pytest.raises(StorageError, match="just now"):
            delivery.read_rendition(asset, GRID)

    def test_may_be_asked_for_by_several_at_once(self):
        asset = make_asset(content=jpeg_bytes((300, 200)))
        asset.original  # noqa: B018 - read here, as threads see no uncommitted row
        spec, made = RenditionSpec.parse("max-160x160"), []
        threads = [
            threading.Thread(target=lambda: made.append(delivery.read_rendition(asset, spec)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(made) == 4
        assert len(set(made)) == 1
