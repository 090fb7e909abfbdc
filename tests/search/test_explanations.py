"""What is said of a query that finds nothing, or that was not read to its end."""

import pytest
from django.http import QueryDict

from dam.geometry import BoundingBox
from dam.models import Collection
from recognition.predictions import Kind, Prediction
from search.explanations import explain, limits
from search.index import index
from search.query import MOST_PICKS, MOST_WORDS, SearchQuery
from tests.factories import finish_run, make_asset, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def viewer():
    return make_user("victor", group="Viewers")


@pytest.fixture(autouse=True)
def people():
    """Two pictures with a tag: of a man of 25 to 35 years, and of two women."""
    for name, said in (("man", [("male", 25)]), ("women", [("female", 62), ("female", 64)])):
        asset = make_asset(f"{name}.jpg", tags=["Dog", "Hot dog"] if name == "man" else ["Cat"])
        finish_run(asset, *(face(gender, age) for gender, age in said))


def face(gender, age):
    box = BoundingBox(left=0.1, top=0.1, width=age / 200, height=0.2)
    said = {"gender": {"value": gender, "confidence": 99}, "age": {"low": age, "high": age + 10}}
    return Prediction(kind=Kind.FACE, name="Face", confidence=99, box=box, attributes=said)


def read(address):
    return SearchQuery.from_parameters(QueryDict(address))


def explained(address, viewer):
    query = read(address)
    return explain(query, viewer, index.find(query, viewer, page_size=1))


def ways(explanation):
    return [(way.label, way.shown_count, way.url) for way in explanation.ways]


class TestAnEmptyResult:
    def test_says_that_there_is_no_such_field(self, viewer):
        (one,) = explained("q=title:gala", viewer)
        assert one.text.startswith("There is no field “title”")
        assert "tag, person, collection" in one.text

    def test_offers_the_field_that_may_have_been_meant(self, viewer):
        (one,) = explained("q=formt:png", viewer)
        assert ways(one) == [("format:png", "2", "?q=format%3Apng")]

    def test_says_what_nothing_has_and_offers_its_spelling(self, viewer):
        (one,) = explained("q=tag:dgo", viewer)
        assert one.text == "Nothing that you may see has “dgo” as tag."
        assert ways(one) == [("Dog", "1", "?tag=dog"), ("Hot dog", "1", "?tag=hot+dog")]
        assert one.all_url == "/facets/tag/?"

    def test_offers_the_values_of_a_facet_with_few(self, viewer):
        (one,) = explained("q=gender:man", viewer)
        assert ways(one) == [("Female", "1", "?gender=female"), ("Male", "1", "?gender=male")]

    def test_offers_the_nearest_numbers(self, viewer):
        (one,) = explained("q=faces:7", viewer)
        assert [way.label for way in one.ways] == ["2 faces", "1 face"]

    def test_offers_what_the_rest_has(self, viewer):
        (one,) = explained("q=cat+gender:man&sort=name", viewer)
        assert ways(one) == [("Female", "1", "?q=cat&gender=female&sort=name")]
        (one,) = explained("tag=dog&q=gender:man", viewer)
        assert ways(one) == [("Male", "1", "?tag=dog&gender=male")]

    def test_explains_each_condition_that_nothing_meets(self, viewer):
        gender, tag = explained("q=gender:man+tag:dgo+format:png", viewer)
        assert "“man” as gender" in gender.text
        assert ways(gender)[0] == ("Female", "1", "?q=format%3Apng&gender=female")
        assert "“dgo” as tag" in tag.text

    def test_offers_something_even_where_the_rest_finds_nothing(self, viewer):
        (one,) = explained("q=unicorns+gender:man", viewer)
        assert ways(one)[0] == ("Female", "1", "?gender=female")

    def test_names_what_dates_can_be_looked_for(self, viewer):
        (one,) = explained("q=taken:2024-05-03", viewer)
        assert "A year or a month can be looked for, and no day." in one.text
        assert not one.all_url  # nothing has a date

    def test_says_that_operators_are_words(self, viewer):
        (one,) = explained("q=unicorn+OR+dragon", viewer)
        assert one.text.startswith("“OR” is a word like any other here.")

    def test_is_not_explained_by_what_is_met_elsewhere(self, viewer):
        assert explained("q=tag:dog+tag:cat", viewer) == []
        assert explained("q=unicorn", viewer) == []

    def test_tells_of_nothing_that_only_others_see(self, viewer):
        hidden = make_asset("hidden.jpg", tags=["Secret"])
        hidden.audiences.all().delete()
        Collection.objects.create(name="Secrets").add(hidden)
        for text in ("tag:secert", "tag:secret", "collection:secret", "by:edith", "collection:x"):
            (one,) = explained(f"q={text}", viewer)
            assert not [way for way in one.ways if "ecret" in way.label]
            assert one.text.startswith("Nothing that you may see has")


class TestAnotherResult:
    def test_needs_no_explanation(self, viewer):
        assert explained("q=dog", viewer) == []

    def test_is_explained_where_a_field_was_taken_for_a_mistyped_word(self, viewer):
        make_asset("Gala tiles.jpg", tags=["Tile"])
        assert index.find(read("q=gala+titles"), viewer, page_size=1).corrections
        (one,) = explained("q=titles:gala", viewer)
        assert "no field “titles”" in one.text

    @pytest.mark.parametrize(
        ("text", "total"),
        [
            ("age:25", 1),
            ("age:20-29", 1),
            ("age:40", 0),
            ("age:60%2B", 1),
            ("age:70", 1),
            ("faces:2", 1),
            ("faces:1%2B", 2),
            ("faces:1-2", 2),
            ("faces:3%2B", 0),
            ("-age:25", 1),
            ("age:x", 0),
        ],
    )
    def test_is_of_the_bands_that_have_a_number(self, viewer, text, total):
        assert index.find(read(f"q={text}"), viewer, page_size=1).total == total


class TestWordsAsTheyAre:
    @pytest.mark.parametrize("text", ["470", "2020", "6400", "img47", "NOT", "AND"])
    def test_are_not_corrected(self, viewer, text):
        make_asset("40 200 400 img4 nut ant.jpg")
        hits = index.find(SearchQuery(text=text), viewer, page_size=1)
        assert (hits.total, dict(hits.corrections)) == (0, {})


class TestLimits:
    def test_are_not_spoken_of_within_them(self):
        assert limits(read("q=cat+dog&tag=x")) == []

    def test_name_the_words_that_were_not_looked_for(self):
        words = "+".join(f"w{n}" for n in range(MOST_WORDS))
        assert limits(read(f"q={words}+cat+-dog")) == [
            "Only the first 12 words were looked for, without: cat, -dog."
        ]

    def test_name_the_facet_of_which_too_many_values_are_picked(self):
        picked = "&".join(f"{{}}=x{n}" for n in range(MOST_PICKS + 1))
        for name in ("camera", "not_camera"):
            assert limits(read(picked.replace("{}", name))) == [
                "Of “Camera” only the first 40 values were taken."
            ]

    def test_are_those_of_long_texts_too(self):
        assert limits(read("q=" + "a" * 201)) == ["Only the first 200 characters were read."]
