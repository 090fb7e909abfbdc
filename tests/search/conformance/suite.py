"""What holds for every index: each one's tests subclass `IndexConformance`.

An index is asked what `queries` has, and must answer as people wrote there by hand and as the
reference works out from the library's rows: which assets, in which order, on which page, and the
count of every value of every facet, for everybody who may look, and again after every edit.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest

from dam.permissions import Viewer
from search.index import PAGE_VALUES, Counts, Hits, Index, ValueCount
from search.query import Kind, SearchQuery, Sort
from tests.search.conformance.edits import EDITS
from tests.search.conformance.library import Library, Plan, add_asset, make_library
from tests.search.conformance.queries import EVERYTHING, QUESTIONS, random_queries
from tests.search.conformance.reference import Counted, Reference

ASKED_AT_RANDOM = 100
PAGE_SIZE = 7
MORE_THAN_ALL = 1000
BEGINNINGS = {
    Kind.TAG: ("do", "KÄ", "gate", "zebra"),
    Kind.COLLECTION: ("pr", "2026"),
    Kind.CAMERA: ("eos",),
}
MISTYPED = ("junper", "junipper", "jumiper", "jnuiper")
TYPED = ("l", "love", "LOVELACE", "pre", "do", "kas", "富", "zebra")


@pytest.mark.django_db
class IndexConformance:
    """Subclasses define the fixture `index`, which is to know what the library holds when asked."""

    def settle(self, index: Index) -> None:
        """Has happen what may happen to an index between an edit and a question."""

    @pytest.fixture
    def library(self, index: Index) -> Library:
        library = make_library()
        self.settle(index)
        return library

    def test_finds_what_people_expect(self, index: Index, library: Library) -> None:
        wrong = {}
        for name, question in QUESTIONS.items():
            found = _names(index, question.query(library), library.viewers[question.viewers[0]])
            if not question.is_answered_by(found):
                wrong[name] = found
        assert wrong == {}

    def test_finds_and_counts_for_each_viewer_what_the_rules_say(
        self, index: Index, library: Library
    ) -> None:
        asked = [
            (name, viewer, question.query(library))
            for name, question in QUESTIONS.items()
            for viewer in question.viewers
        ]
        assert _differences(index, library, asked) == []

    def test_finds_and_counts_what_the_rules_say_whatever_is_asked(
        self, index: Index, library: Library
    ) -> None:
        asked = [
            (query.to_querystring(), viewer, query)
            for viewer, query in random_queries(library, seed=1, number=ASKED_AT_RANDOM)
        ]
        assert _differences(index, library, asked) == []

    def test_follows_every_edit_at_once(self, index: Index, library: Library) -> None:
        names = (
            "everything",
            "a tag picked",
            "a beard and sunglasses on one face",
            "words and picks",
        )
        asked = [
            (name, viewer, QUESTIONS[name].query(library))
            for name in names
            for viewer in ("system", "mia")
        ]
        assert _differences(index, library, asked) == []
        for edit in EDITS:
            edit(library)
            self.settle(index)
            assert _differences(index, library, asked) == [], f"after: {edit.__name__}"

    def test_turns_pages_without_losing_or_repeating_an_asset(
        self, index: Index, library: Library
    ) -> None:
        viewer = library.viewers["vic"]
        for sort in Sort:
            query = SearchQuery(text="-quartz", sort=sort)
            whole = _names(index, query, viewer)
            first = index.find(query, viewer, page_size=PAGE_SIZE)
            assert (first.total, first.page, first.page_size) == (len(whole), 1, PAGE_SIZE)
            turned: list[str] = []
            for page in range(1, first.pages + 1):
                turned += _names(index, query.on_page(page), viewer, page_size=PAGE_SIZE)
            assert turned == whole

    def test_shows_the_last_page_to_those_who_ask_for_a_later_one(
        self, index: Index, library: Library
    ) -> None:
        viewer = library.viewers["system"]
        hits = index.find(EVERYTHING.on_page(99), viewer, page_size=PAGE_SIZE)
        assert hits.page == hits.pages
        last = _names(index, EVERYTHING, viewer)[(hits.pages - 1) * PAGE_SIZE :]
        assert [asset.file_name for asset in hits.assets] == last
        nothing = index.find(SearchQuery(text="tag:zebra").on_page(5), viewer, page_size=PAGE_SIZE)
        assert (nothing.total, nothing.page, list(nothing.assets)) == (0, 1, [])

    def test_answers_a_page_at_once_as_it_does_in_parts(
        self, index: Index, library: Library
    ) -> None:
        for name in ("everything", "words and picks", "either of two things of a face"):
            query, viewer = QUESTIONS[name].query(library), library.viewers["vic"]
            answer = index.look_up(query, viewer, page_size=PAGE_SIZE)
            hits = index.find(query, viewer, page_size=PAGE_SIZE)
            assert (answer.hits.total, answer.hits.page) == (hits.total, hits.page)
            assert list(answer.hits.assets) == list(hits.assets)
            assert answer.counts == index.count_all(query, viewer, limit=PAGE_VALUES)
            for kind, values in answer.counts.items():
                assert list(values) == list(index.count(query, viewer, kind, limit=PAGE_VALUES))

    def test_puts_the_most_frequent_values_first_and_those_excluded_last(
        self, index: Index, library: Library
    ) -> None:
        viewer = library.viewers["vic"]
        for kind in Kind:
            counts = [value.count for value in index.count(EVERYTHING, viewer, kind)]
            assert counts == sorted(counts, reverse=True)
        unwanted = replace(EVERYTHING, excluded={Kind.TAG: ("cat", "kite")})
        values = [value.value for value in index.count(unwanted, viewer, Kind.TAG)]
        assert set(values[-2:]) == {"cat", "kite"}
        assert len(values) == len(set(values))

    def test_cuts_a_long_facet_to_its_most_frequent_values(
        self, index: Index, library: Library
    ) -> None:
        viewer = library.viewers["vic"]
        whole = [value.count for value in index.count(EVERYTHING, viewer, Kind.TAG)]
        some = [value.count for value in index.count(EVERYTHING, viewer, Kind.TAG, limit=3)]
        assert some == whole[:3]

    def test_finds_values_of_a_facet_by_how_their_words_begin(
        self, index: Index, library: Library
    ) -> None:
        reference, viewer = Reference(), library.viewers["vic"]
        for kind, beginnings in BEGINNINGS.items():
            whole = reference.count(EVERYTHING, viewer, kind)
            for beginning in beginnings:
                found = index.count(EVERYTHING, viewer, kind, beginning=beginning)
                wanted = reference.begin_so(kind, beginning, whole)
                assert _counted(found) == {value: whole[value] for value in wanted}, beginning

    def test_shows_what_a_mistyped_word_was_meant_to_find(
        self, index: Index, library: Library
    ) -> None:
        viewer = library.viewers["vic"]
        meant = _names(index, SearchQuery(text="quartz juniper"), viewer)
        assert meant
        for text in MISTYPED:
            query = SearchQuery(text=f"quartz {text}")
            hits = index.find(query, viewer, page_size=MORE_THAN_ALL)
            assert dict(hits.corrections) == {text: "juniper"}
            assert [asset.file_name for asset in hits.assets] == meant
        hits = index.find(SearchQuery(text="quartz junipe"), viewer, page_size=MORE_THAN_ALL)
        assert not hits.corrections

    def test_corrects_a_word_to_none_that_only_others_see(
        self, index: Index, library: Library
    ) -> None:
        add_asset(library, "a.jpg", Plan(title="Xylophone", audience="nobody", uploader="ann"))
        self.settle(index)
        query = SearchQuery(text="xylophome")
        hits = index.find(query, library.viewers["vic"], page_size=PAGE_SIZE)
        assert (hits.total, dict(hits.corrections)) == (0, {})
        hits = index.find(query, library.viewers["ann"], page_size=PAGE_SIZE)
        assert (hits.total, dict(hits.corrections)) == (1, {"xylophome": "xylophone"})

    def test_suggests_what_begins_as_somebody_types(self, index: Index, library: Library) -> None:
        reference = Reference()
        for text in TYPED:
            for name in ("system", "vic", "ann", "anonymous"):
                viewer = library.viewers[name]
                suggestions = index.suggest(text, viewer, limit=50)
                for kind, values in (
                    (Kind.TAG, suggestions.tags),
                    (Kind.PERSON, suggestions.people),
                    (Kind.COLLECTION, suggestions.collections),
                ):
                    found = {value.value: value.count for value in values}
                    assert found == reference.suggest(kind, text, viewer), (text, name)

    def test_suggests_no_more_than_it_is_asked_for(self, index: Index, library: Library) -> None:
        suggestions = index.suggest("d", library.viewers["vic"], limit=1)
        assert [value.value for value in suggestions.tags] == ["dog"]


def _names(
    index: Index, query: SearchQuery, viewer: Viewer, *, page_size: int = MORE_THAN_ALL
) -> list[str]:
    return [asset.file_name for asset in index.find(query, viewer, page_size=page_size).assets]


def _differences(
    index: Index, library: Library, asked: Sequence[tuple[str, str, SearchQuery]]
) -> list[str]:
    """Where an index answers otherwise than the rules say, in words."""
    reference = Reference()
    differences = []
    for name, viewer, query in asked:
        who = library.viewers[viewer]
        hits = index.find(query, who, page_size=MORE_THAN_ALL)
        counts = index.count_all(query, who)
        differences += [
            f"{name}, to {viewer}: {difference}"
            for difference in (
                *_found_otherwise(hits, reference, query, who),
                *_counted_otherwise(counts, reference, query, who),
            )
        ]
    return differences


def _found_otherwise(
    hits: Hits, reference: Reference, query: SearchQuery, viewer: Viewer
) -> Iterator[str]:
    found, expected = list(hits.assets), reference.find(query, viewer)
    if hits.total != len(expected):
        yield f"{hits.total} in all, not {len(expected)}"
    if set(found) != set(expected) or len(found) != len(expected):
        yield f"{_diff({a.file_name for a in found}, {a.file_name for a in expected})}"
    elif reference.sort_keys(query, found) != reference.sort_keys(query, expected):
        yield f"sorted {[a.file_name for a in found]}, not {[a.file_name for a in expected]}"


def _counted_otherwise(
    counts: Counts, reference: Reference, query: SearchQuery, viewer: Viewer
) -> Iterator[str]:
    if set(counts) != set(Kind):
        yield f"counted {sorted(counts)}"
    for kind, values in counts.items():
        found, expected = _counted(values), reference.count(query, viewer, kind)
        if found != expected:
            yield f"{kind} counted {found}, not {expected}"
        names = reference.labels(kind)
        if kind is not Kind.UPLOADER:
            # What nobody may see on anything need not be told its name.
            wrong = {v.value: v.label for v in values if v.count and v.label != names[v.value]}
            if wrong:
                yield f"{kind} called {wrong}"


def _counted(values: Iterable[ValueCount]) -> dict[str, Counted]:
    return {value.value: Counted(count=value.count, adds=value.adds) for value in values}


def _diff(found: set[str], expected: set[str]) -> str:
    return f"finds it without {sorted(expected - found)}, but with {sorted(found - expected)}"
