import pytest
from django.db import connection

from bench.search.assets import COLUMNS, People, chunks
from bench.search.library import PRESS, STAFF, VIEWERS, make
from bench.search.stock import stock
from bench.search.vocabulary import TAGS, WORDS
from dam.models import Asset, AssetFact, Tag, TaggedAsset
from dam.names import name_key, sort_key

PEOPLE = People(uploaders=(1, 2), groups=((None,), (3,)), group_shares=(0.5, 0.5))


def rows(*, assets: int, seed: int) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a library, by table."""
    found = {table: [] for table in COLUMNS}
    for chunk in chunks(stock(seed), PEOPLE, seed=seed, assets=assets):
        for table, some in chunk.tables():
            found[table] += list(some)
    return found


class TestAMadeUpLibrary:
    def test_is_the_same_for_equal_seeds(self):
        assert rows(assets=300, seed=1) == rows(assets=300, seed=1)

    def test_differs_for_others(self):
        assert rows(assets=300, seed=1) != rows(assets=300, seed=2)

    def test_has_thirteen_tags_an_asset(self):
        tagged = rows(assets=4000, seed=1)["dam_taggedasset"]
        assert len(tagged) / 4000 == pytest.approx(12.95, abs=0.2)

    def test_fills_every_column(self):
        for table, some in rows(assets=300, seed=1).items():
            assert {len(row) for row in some} == {len(COLUMNS[table])}, table

    def test_says_nothing_twice_of_a_face(self):
        facts = [row[:3] + row[4:] for row in rows(assets=2000, seed=1)["dam_assetfact"]]
        assert len(facts) == len(set(facts))


class TestItsWords:
    def test_are_so_many(self):
        assert len({name_key(name) for name in stock(1).tags}) == TAGS
        assert len(set(stock(1).words)) == WORDS

    def test_of_texts_are_in_no_tag(self):
        of_tags = {word for name in stock(1).tags for word in name_key(name).split()}
        assert not of_tags & set(stock(1).words)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestWritingIt:
    @pytest.fixture
    def library(self, db):
        return make(assets=200, seed=1)

    def test_leaves_assets_as_the_application_would(self, library):
        asset = Asset.objects.select_related("original").get(pk=200)
        assert bytes(asset.name_key) == sort_key(asset.display_name)
        assert asset.original.taken_at is None or asset.original.taken_at.tzinfo

    def test_leaves_the_numbering_of_new_rows_behind_its_own(self, library):
        assert Tag.objects.create(name="one more").pk > TAGS

    def test_makes_a_group_see_about_half(self, library, django_user_model):
        seen = {
            name: Asset.objects.visible_to(django_user_model.objects.get(username=name)).count()
            for name in VIEWERS
        }
        assert seen["admin"] == 200
        assert 60 < seen[PRESS] < 140 < seen[STAFF]

    def test_leaves_the_indexes_in_place(self, library):
        with connection.cursor() as cursor:
            for model, name in ((AssetFact, "fact_kind_value"), (TaggedAsset, "tagged_once")):
                table = model._meta.db_table
                assert name in connection.introspection.get_constraints(cursor, table)
