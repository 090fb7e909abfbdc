"""The oracle against what stands here by hand; the index has no part in it."""

from types import MappingProxyType

import pytest

from bench.search.oracle import ask
from bench.search.parts.counts import differences
from dam import tagging
from dam.models import Audience
from dam.permissions import SYSTEM
from dam.tagging import AutomaticTag, Fact, Findings
from dam.trash import put_in_trash
from search.index import ValueCount
from search.kinds import Kind
from search.query import SearchQuery
from tests.factories import make_asset, make_user


def query(text: str = "", *, no: dict[Kind, str] | None = None, **values: str) -> SearchQuery:
    """Values are divided by blanks."""
    return SearchQuery(
        text=text,
        values=MappingProxyType({Kind(kind): tuple(v.split()) for kind, v in values.items()}),
        excluded=MappingProxyType({kind: tuple(v.split()) for kind, v in (no or {}).items()}),
    )


def face(number: int, **said: str) -> list[Fact]:
    return [Fact(kind=kind, value=value, face=number) for kind, value in said.items()]


@pytest.fixture
def admin(db):
    return make_user("root", is_superuser=True)


@pytest.fixture
def library(admin):
    """A man with a beard and sunglasses; a bearded man beside a woman in sunglasses; a dog."""
    one, two, dog = (make_asset(name) for name in ("one.jpg", "two.jpg", "dog_beach.jpg"))
    both = face(1, gender="male", beard="yes", sunglasses="yes")
    apart = [
        *face(1, gender="male", beard="yes", sunglasses="no"),
        *face(2, gender="female", sunglasses="yes"),
    ]
    red, blue = (Fact(kind="colour", value=value, confidence=50) for value in ("red", "blue"))
    man = AutomaticTag(name="man", confidence=90)
    tagging.apply(
        {
            one.pk: Findings(tags=[man], facts=[*both, red]),
            two.pk: Findings(tags=[man], facts=[*apart, red, blue]),
            dog.pk: Findings(tags=[AutomaticTag(name="dog", confidence=90)], facts=[blue]),
        }
    )
    return one, two, dog


class TestTheOracle:
    def test_counts_tags_with_and(self, library, admin):
        found = ask(query(tag="man"), admin)
        assert found.total == 2
        assert found.counts[Kind.TAG, "man"] == 2
        assert (Kind.TAG, "dog") not in found.counts

    def test_holds_picks_of_faces_to_one_face(self, library, admin):
        assert ask(query(beard="yes", sunglasses="yes"), admin).total == 1

    def test_counts_faces_that_meet_the_other_picks(self, library, admin):
        found = ask(query(beard="yes"), admin)
        assert found.counts[Kind.SUNGLASSES, "yes"] == 1
        assert found.counts[Kind.SUNGLASSES, "no"] == 1
        assert (Kind.GENDER, "female") not in found.counts

    def test_tells_by_how_much_another_value_enlarges(self, library, admin):
        found = ask(query(colour="red"), admin)
        assert found.total == 2
        assert found.counts[Kind.COLOUR, "red"] == 2
        assert found.counts[Kind.COLOUR, "blue"] == 1

    def test_excludes(self, library, admin):
        assert ask(query(no={Kind.SUNGLASSES: "yes"}), admin).total == 1
        assert ask(query(tag="man", no={Kind.COLOUR: "blue"}), admin).total == 1

    def test_finds_beginnings_of_words(self, library, admin):
        assert ask(query("bea"), admin).total == 1
        assert ask(query("each"), admin).total == 0
        assert ask(query("ma"), admin).total == 2

    def test_shows_what_the_viewer_may_see(self, library, admin):
        one, two, _dog = library
        plain = make_user()
        Audience.objects.filter(asset=one).delete()
        put_in_trash(two)
        assert ask(query(), plain).total == 1
        assert ask(query(), admin).total == 2

    def test_counts_uploaders(self, library, admin):
        mine = make_asset(uploader=admin)
        assert ask(query(), admin).counts[Kind.UPLOADER, str(admin.pk)] == 1
        tagging.decide(mine, ["man"], is_yes=True, user=SYSTEM)
        assert ask(query(tag="man"), admin).counts[Kind.UPLOADER, str(admin.pk)] == 1


class TestDifferences:
    @pytest.fixture
    def right(self, library, admin):
        return ask(query(tag="man"), admin)

    def counted(self, expected, **changed: int):
        """Everything right but for what is changed of the colours; 0 leaves one out."""
        counts = {kind: [] for kind in Kind}
        for (kind, value), number in expected.counts.items():
            told = changed.get(value, number) if kind is Kind.COLOUR else number
            if told:
                counts[kind].append(ValueCount(value=value, label=value, count=told))
        return counts

    def test_are_none_where_all_is_right(self, right):
        assert differences(query(tag="man"), self.counted(right), right) == []

    def test_are_wrong_counts(self, right):
        found = differences(query(tag="man"), self.counted(right, red=3), right)
        assert found == ["colour red 3, not 2"]

    def test_are_counts_that_are_said_to_add(self, right):
        counts = self.counted(right)
        counts[Kind.TAG] = [ValueCount(value="man", label="man", count=2, adds=True)]
        assert differences(query(tag="man"), counts, right) == ["tag man adds"]

    def test_are_missing_values(self, right):
        found = differences(query(tag="man"), self.counted(right, blue=0), right)
        assert found == ["colour blue missing, 1"]
