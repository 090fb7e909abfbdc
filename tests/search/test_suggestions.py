"""What is suggested to somebody who types into the search box."""

import pytest
from django.http import QueryDict

from dam.models import Collection
from search.index import index
from search.query import SearchQuery
from search.suggestions import suggest
from tests.factories import make_asset, make_user
from tests.images import image_bytes, quartered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def viewer():
    return make_user("victor", group="Viewers")


@pytest.fixture
def dogs():
    make_asset("1.jpg", tags=["Dog", "Golden Retriever", "Beach"])
    make_asset("2.jpg", tags=["Dog", "Golden Retriever"])
    make_asset("3.jpg", tags=["Dog", "Goldfish"])
    make_asset("4.jpg", tags=["Golden Gate", "Beach"])


def found(address, viewer, *, limit=5, corrections=None):
    """By kind what is suggested: label, count and link."""
    query = SearchQuery.from_parameters(QueryDict(address))
    groups = suggest(query, viewer, corrections=corrections or {}, limit=limit)
    return {
        group.kind: [(value.label, value.shown_count, value.url) for value in group.values]
        for group in groups
    }


@pytest.mark.usefixtures("dogs")
class TestSuggestions:
    def test_are_names_that_begin_so(self, viewer):
        assert found("q=beac", viewer) == {"tag": [("Beach", "2", "?tag=beach")]}

    def test_begin_as_the_last_word_among_what_the_others_find(self, viewer):
        assert found("q=dog+gol", viewer) == {
            "tag": [
                ("Golden Retriever", "2", "?q=dog&tag=golden+retriever"),
                ("Goldfish", "1", "?q=dog&tag=goldfish"),
            ]
        }

    def test_of_names_with_all_the_words_come_first(self, viewer):
        (gate, *_others) = found("q=golden+ga", viewer)["tag"]
        assert gate == ("Golden Gate", "1", "?tag=golden+gate")

    def test_are_among_what_is_picked_and_keep_it(self, viewer):
        assert found("tag=beach&sort=name&q=gol", viewer) == {
            "tag": [
                ("Golden Gate", "1", "?tag=beach&tag=golden+gate&sort=name"),
                ("Golden Retriever", "1", "?tag=beach&tag=golden+retriever&sort=name"),
            ]
        }
        assert found("not_tag=dog&q=gol", viewer) == {
            "tag": [("Golden Gate", "1", "?tag=golden+gate&not_tag=dog")]
        }

    def test_are_nothing_that_is_picked_or_excluded_already(self, viewer):
        assert found("tag=dog&q=dog", viewer) == {}
        assert found("not_tag=beach&q=beach", viewer) == {}

    def test_of_a_field_are_its_values(self, viewer):
        assert found("q=beach+tag:gol", viewer)["tag"] == [
            ("Golden Gate", "1", "?q=beach&tag=golden+gate"),
            ("Golden Retriever", "1", "?q=beach&tag=golden+retriever"),
        ]
        assert found("q=format:p", viewer) == {"format": [("PNG", "4", "?format=png")]}
        assert found("q=format:", viewer) == {"format": [("PNG", "4", "?format=png")]}

    def test_say_how_many_more_there_are_where_one_value_is_enough(self, viewer):
        make_asset("5.jpg", content=image_bytes(quartered((64, 48)), "JPEG"))
        assert found("format=png&q=format:j", viewer) == {
            "format": [("JPEG", "+1", "?format=jpg&format=png")]
        }

    def test_after_a_minus_are_to_be_left_out(self, viewer):
        assert found("q=beach+-do", viewer) == {"tag": [("Not: Dog", "1", "?q=beach&not_tag=dog")]}
        assert found("tag=dog&q=-tag:gold", viewer)["tag"] == [
            ("Not: Golden Retriever", "1", "?tag=dog&not_tag=golden+retriever"),
            ("Not: Goldfish", "2", "?tag=dog&not_tag=goldfish"),
        ]
        assert found("q=-format:png", viewer) == {}

    def test_have_links_that_give_what_they_count(self, viewer):
        for text in ("gol", "dog gol", "-be", "dog -gol", "tag:b", "-tag:d", "beach format:"):
            for values in found("q=" + text.replace(" ", "+"), viewer).values():
                for _label, count, url in values:
                    query = SearchQuery.from_parameters(QueryDict(url[1:]))
                    assert f"{index.find(query, viewer, page_size=1).total}" == count, (text, url)

    def test_are_of_words_as_they_are_meant(self, viewer):
        corrected = {"beech": "beach"}
        assert found("q=dog+beech", viewer, corrections=corrected)["tag"] == [
            ("Beach", "1", "?q=dog&tag=beach")
        ]

    def test_are_no_more_than_asked_for(self, viewer):
        assert len(found("q=dog+gol", viewer, limit=1)["tag"]) == 1

    def test_tell_of_nothing_that_only_others_see(self, viewer):
        hidden = make_asset("hidden.jpg", tags=["Dog", "Gold Bullion"])
        hidden.audiences.all().delete()
        Collection.objects.create(name="Golden years").add(hidden)
        for text in ("gold", "dog+gold", "tag:gold", "-gold", "collection:gold", "dog+-gold"):
            labels = [value[0] for of in found(f"q={text}", viewer).values() for value in of]
            assert not [label for label in labels if "Bullion" in label or "years" in label]
