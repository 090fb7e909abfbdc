"""Whatever changes by what assets are found is told, in the transaction of the edit."""

import ast
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from dam import tagging, trash
from dam.models import Asset, Audience, Collection, Tag
from dam.permissions import SYSTEM
from dam.signals import assets_changed, gathering_changes, tell_changed
from dam.tagging import AutomaticTag, Fact, Findings
from tests.factories import finish_run, label, make_asset, make_user, picture

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """All tellings, as sets of keys."""
    tellings = []

    def hear(assets, **kwargs):
        assert connection.in_atomic_block
        tellings.append(set(assets))

    assets_changed.connect(hear)
    yield tellings
    assets_changed.disconnect(hear)


@pytest.fixture
def asset(told):
    made = make_asset()
    told.clear()
    return made


class TestAChange:
    def test_of_a_new_asset_is_told_once(self, told):
        assert told == []
        asset = make_asset(tags=["Holiday"], collection=Collection.objects.create(name="Summer"))
        assert told == [{asset.pk}]

    def test_of_an_upload_that_is_there_already_is_told(self, told):
        content = picture()
        asset = make_asset(content=content)
        told.clear()
        make_asset(content=content, tags=["Again"])
        assert told == [{asset.pk}]

    def test_of_what_recognition_found_is_told_of_all_its_assets_at_once(self, told):
        one, other = make_asset(), make_asset()
        told.clear()
        facts = Findings(facts=[Fact(kind="faces", value="2")], texts={"text": "Exit"})
        tags = Findings(tags=[AutomaticTag(name="Cat", confidence=90)])
        tagging.apply({one.pk: facts, other.pk: tags})
        assert told == [{one.pk, other.pk}]

    def test_of_a_run_that_is_finished_is_told(self, asset, told):
        finish_run(asset, label("Cat", 90))
        assert {asset.pk} in told

    def test_by_a_decision_is_told_once(self, asset, told):
        tagging.decide(asset, ["Cat", "Dog"], is_yes=True, user=SYSTEM)
        tagging.decide(asset, ["Cat"], is_yes=False, user=SYSTEM)
        assert told == [{asset.pk}, {asset.pk}]

    def test_of_what_people_wrote_is_told(self, asset, told):
        asset.title = "Sunrise"
        asset.save()
        assert told == [{asset.pk}]

    def test_of_the_trash_is_told_each_way(self, asset, told):
        trash.put_in_trash(asset)
        trash.restore(asset)
        trash.put_in_trash(asset)
        told.clear()
        trash.delete_for_ever(Asset.objects.all())
        assert told == [{asset.pk}]

    def test_of_who_may_see_it_is_told(self, asset, told):
        group = Group.objects.create(name="Press")
        audience = Audience.objects.create(asset=asset, group=group)
        audience.delete()
        Audience.objects.create(asset=asset, group=group)
        told.clear()
        group.delete()
        assert told == [{asset.pk}]

    def test_of_its_collections_is_told(self, asset, told):
        collection = Collection.objects.create(name="Summer")
        assert told == []
        collection.add(asset)
        collection.items.all().delete()
        assert told == [{asset.pk}, {asset.pk}]

    @pytest.mark.parametrize("make", [Tag, Collection])
    def test_of_a_name_is_told_of_all_that_have_it(self, told, make):
        assets = {make_asset(tags=["Summer"]) for _ in range(3)}
        collection = Collection.objects.create(name="Summer")
        for each in assets:
            collection.add(each)
        told.clear()
        row = make.objects.get(name="Summer")
        row.name = "Winter"
        row.save()
        row.delete()
        keys = {each.pk for each in assets}
        assert told == [keys, keys]

    def test_by_an_uploader_who_is_gone_is_told(self, told):
        user = make_user()
        asset = make_asset(uploader=user)
        told.clear()
        user.delete()
        assert told == [{asset.pk}]


class TestGathering:
    def test_tells_once_at_the_end(self, told):
        with transaction.atomic(), gathering_changes():
            tell_changed([1, 2])
            with gathering_changes():
                tell_changed([3])
            assert told == []
        assert told == [{1, 2, 3}]

    def test_tells_nothing_of_what_failed(self, told):
        def fail():
            with transaction.atomic(), gathering_changes():
                tell_changed([1])
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        assert told == []

    def test_of_nothing_tells_nothing(self, told):
        with transaction.atomic(), gathering_changes():
            tell_changed([])
        assert told == []


INDEXED = {"Asset", "AssetFact", "AssetText", "Audience", "CollectionItem", "TaggedAsset"}
IN_BULK = {"update", "bulk_create", "bulk_update", "delete"}
WHO_TELLS = {"dam/tagging.py", "dam/facts.py", "dam/trash.py"}


def test_nobody_else_writes_what_is_indexed_in_bulk():
    """By what the code says: `Model.objects ... .update(...)` and the like, of indexed models."""
    found = set()
    for app in ("dam", "recognition", "search", "config"):
        for path in (REPOSITORY / app).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    told = ast.unparse(node.func)
                    if node.func.attr in IN_BULK and told.split(".objects")[0] in INDEXED:
                        found.add(str(path.relative_to(REPOSITORY)))
    assert found == WHO_TELLS
