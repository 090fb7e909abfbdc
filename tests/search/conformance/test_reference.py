"""The reference itself: what people expect, and what it must not get wrong."""

import pytest

from search.query import Kind, SearchQuery
from tests.search.conformance.library import make_library
from tests.search.conformance.queries import QUESTIONS, random_queries
from tests.search.conformance.reference import Counted, Reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def library():
    return make_library()


class TestTheReference:
    def test_finds_what_people_expect(self, library):
        reference = Reference()
        wrong = {}
        for name, question in QUESTIONS.items():
            viewer = library.viewers[question.viewers[0]]
            found = [a.file_name for a in reference.find(question.query(library), viewer)]
            if not question.is_answered_by(found):
                wrong[name] = found
        assert wrong == {}

    def test_counts_what_a_click_would_find(self, library):
        reference, vic = Reference(), library.viewers["vic"]
        dog = SearchQuery(values={Kind.TAG: ("dog",)})
        assert reference.count(dog, vic, Kind.TAG) == {
            "dog": Counted(count=2),
            "doghouse": Counted(count=1),
        }
        red = SearchQuery(values={Kind.TAG: ("dog",), Kind.COLOUR: ("red",)})
        assert reference.count(red, vic, Kind.COLOUR) == {
            "red": Counted(count=1),
            "dark red": Counted(count=1, adds=True),
        }
        unwanted = SearchQuery(values=dog.values, excluded={Kind.COLOUR: ("dark red",)})
        assert reference.count(unwanted, vic, Kind.COLOUR) == {
            "red": Counted(count=1),
            "green": Counted(count=1),
            "dark red": Counted(count=0),
        }

    def test_asks_random_questions_most_of_which_find_something(self, library):
        reference = Reference()
        asked = [
            (query, library.viewers[name])
            for name, query in random_queries(library, seed=1, number=200)
            if name not in ("gone", "anonymous")
        ]
        finding = [query for query, viewer in asked if reference.find(query, viewer)]
        assert len(finding) > len(asked) / 3
