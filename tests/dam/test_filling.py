"""What a library from before gets when columns are added to it."""

from importlib import import_module

import pytest
from django.apps import apps

from dam.models import Asset, AssetFact, AssetText, Original
from tests.factories import make_asset
from tests.images import exif_with, jpeg_bytes

taken_and_names = import_module("dam.migrations.0006_fill_taken_at_and_name_key")
pytestmark = pytest.mark.django_db


def columns():
    originals = Original.objects.order_by("pk").values_list("pk", "taken_at")
    assets = Asset.objects.order_by("pk").values_list("pk", "name_key")
    facts = AssetFact.objects.order_by("asset", "kind", "value")
    texts = AssetText.objects.order_by("asset", "kind")
    return (
        list(originals),
        list(texts.values_list("asset", "kind", "text")),
        [(pk, bytes(key)) for pk, key in assets],
        list(facts.values_list("asset", "kind", "value")),
    )


@pytest.fixture
def before(monkeypatch):
    """A library without what the migration fills, and what it was with it."""
    monkeypatch.setattr(taken_and_names, "BATCH", 2)
    for day in ("2023:07:14", "2024:12:31", "0000:00:00"):
        exif = exif_with({0x013B: f"Ana of {day}"}, detail={0x9003: f"{day} 21:05:09"})
        make_asset(f"Photo of {day[:4]}.jpg", content=jpeg_bytes(exif=exif))
    Asset.objects.create(original=Original.objects.earliest("pk"), file_name="Twin.jpg")
    make_asset("Ärger.png")
    twin = Asset.objects.get(file_name="Twin.jpg")
    for kind, value in (("year", "2023"), ("month", "2023-07")):
        AssetFact.objects.create(asset=twin, kind=kind, value=value)
    AssetText.objects.create(asset=twin, kind="metadata", text="Ana of 2023:07:14")
    whole = columns()
    Original.objects.update(taken_at=None)
    Asset.objects.update(name_key=b"")
    AssetFact.objects.filter(kind__in=["year", "month"]).delete()
    AssetText.objects.all().delete()
    return whole


class TestFillingWhenPhotosWereTakenAndHowNamesAreSorted:
    def test_makes_old_rows_like_new_ones(self, before):
        taken_and_names.fill(apps, None)
        assert columns() == before

    def test_may_be_done_again_where_it_was_interrupted(self, before):
        taken_and_names.fill(apps, None)
        Original.objects.filter(pk=Original.objects.latest("pk").pk).update(taken_at=None)
        taken_and_names.fill(apps, None)
        assert columns() == before

    def test_can_be_undone(self, before):
        taken_and_names.fill(apps, None)
        taken_and_names.forget_facts(apps, None)
        assert not AssetFact.objects.filter(kind__in=["year", "month"]).exists()
        assert AssetFact.objects.filter(kind="format").count() == 4
        assert not AssetText.objects.exists()
