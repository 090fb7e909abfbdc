"""The words that there are."""

import pytest

from search.index._storing import WORD
from search.index._vocabulary import Names, Vocabulary
from search.models import Term

pytestmark = pytest.mark.django_db
WORDS = ("berg", "bergen", "käse", "zug", "山")


@pytest.fixture
def vocabulary():
    Term.objects.bulk_create(
        Term(kind=WORD, value=word, assets=number) for number, word in enumerate(WORDS)
    )
    return Vocabulary()


class TestAVocabulary:
    def test_knows_those_of_many_words_that_there_are(self, vocabulary):
        asked = ["zzz", "zug", "a", "berge", "berg", "bergens", "山", "山川", "käse"]
        assert vocabulary.known(asked) == {"zug": 3, "berg": 1, "山": 4, "käse": 2}
        assert all(vocabulary.find(word) for word in WORDS)
        assert not any(vocabulary.find(word) for word in ("", "a", "berge", "zzz", "山川"))

    def test_knows_words_that_came_since(self, vocabulary):
        Term.objects.create(kind=WORD, value="bergsee", assets=7)
        vocabulary.learn()
        assert vocabulary.known(["bergsee", "berg"]) == {"bergsee": 7, "berg": 1}

    def test_may_have_no_words(self):
        assert Vocabulary().known(["berg"]) == {}


class TestNames:
    def test_know_the_words_in_them_in_the_order_asked(self):
        names = Names([("tag", "golden gate", ["golden", "gate"]), ("person", "ada", ["ada"])])
        assert names.known(["ada", "gat", "golden"]) == ["ada", "golden"]
