"""What somebody is looking for, as a value that lives in the URL."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dam.names import tidy_name
from search.language import Asked, Condition, Word
from search.query import MOST_PICKS, Kind, SearchQuery, Sort


def read(querystring):
    return SearchQuery.from_parameters(QueryDict(querystring.lstrip("?")))


VALUES = st.sampled_from(["cat", "dog", "käse", "a&b=c"])
KINDS = st.sampled_from([Kind.TAG, Kind.FORMAT, Kind.STATUS])
QUERIES = st.builds(
    lambda text, picked, unwanted, sort, page: SearchQuery(
        text=text,
        values=by_kind(picked),
        excluded=by_kind(unwanted - picked),
        sort=sort,
        page=page,
    ),
    st.text("abc ÄÖ火山-:", max_size=20).map(tidy_name),
    st.sets(st.tuples(KINDS, VALUES)),
    st.sets(st.tuples(KINDS, VALUES)),
    st.sampled_from([None, *Sort]),
    st.integers(1, 999),
)


def by_kind(pairs):
    kinds = {kind for kind, _value in pairs}
    return {kind: tuple(sorted(v for k, v in pairs if k is kind)) for kind in kinds}


class TestTheUrl:
    @given(QUERIES)
    def test_says_all_there_is_to_a_query(self, query):
        again = read(query.to_querystring())
        assert again == query
        assert again.to_querystring() == query.to_querystring()

    @given(st.text(max_size=60))
    def test_may_hold_any_nonsense(self, nonsense):
        parameters = QueryDict(mutable=True)
        for name in ("q", "tag", "not_tag", "collection", "not_format", "sort", "page"):
            parameters[name] = nonsense
        query = SearchQuery.from_parameters(parameters)
        again = read(query.to_querystring())
        assert (again.values, again.excluded) == (query.values, query.excluded)

    def test_is_the_same_for_the_same_tags_however_they_were_picked(self):
        one = read("tag=Dog&tag=cat")
        assert one.to_querystring() == read("tag=CAT&tag=dog&tag=cat").to_querystring()

    def test_picks_no_more_values_of_a_kind_than_a_database_can_take(self):
        long = "&".join(f"tag=t{number:02}&collection={number}" for number in range(80))
        query = read(long)
        assert query.picked(Kind.TAG) == tuple(f"t{n:02}" for n in range(MOST_PICKS))
        assert len(query.picked(Kind.COLLECTION)) == MOST_PICKS
        query = read("&".join(f"not_tag=t{number:02}" for number in range(80)))
        assert query.excluded_of(Kind.TAG) == tuple(f"t{n:02}" for n in range(MOST_PICKS))

    def test_says_what_is_excluded(self):
        query = read("not_tag=Dog&not_colour=red&not_collection=x&not_sort=name&not_tag=dog")
        assert query.excluded == {Kind.TAG: ("dog",), Kind.COLOUR: ("red",)}
        assert query.to_querystring() == "?not_tag=dog&not_colour=red"

    def test_picks_a_value_that_it_picks_and_excludes(self):
        query = read("tag=dog&not_tag=DOG&not_tag=cat")
        assert query.values == {Kind.TAG: ("dog",)}
        assert query.excluded == {Kind.TAG: ("cat",)}

    def test_names_collections_and_uploaders_by_their_keys(self):
        query = read("collection=3&collection=press&uploader=12&uploader=anna&not_uploader=x")
        assert query.values == {Kind.COLLECTION: ("3",), Kind.UPLOADER: ("12",)}
        assert not query.excluded

    def test_leaves_out_what_is_the_default(self):
        assert SearchQuery().to_querystring() == "?"


class TestToggling:
    @given(QUERIES, st.sampled_from(["cat", "bird"]))
    def test_twice_brings_the_query_back(self, query, value):
        there = query.toggled(Kind.TAG, value)
        assert (value in there.picked(Kind.TAG)) != (value in query.picked(Kind.TAG))
        assert there.toggled(Kind.TAG, value).values == query.values

    def test_leads_to_the_first_page(self):
        assert SearchQuery(page=7).toggled(Kind.TAG, "cat").page == 1

    @given(QUERIES, KINDS, VALUES)
    def test_changes_nothing_else(self, query, kind, value):
        there = query.toggled(kind, value)
        assert [there.picked(k) for k in Kind if k is not kind] == [
            query.picked(k) for k in Kind if k is not kind
        ]
        assert (there.text, there.sort) == (query.text, query.sort)

    def test_picks_what_was_excluded(self):
        query = read("not_tag=cat&not_tag=dog").toggled(Kind.TAG, "cat")
        assert query == read("tag=cat&not_tag=dog")

    def test_leaves_what_is_excluded_where_a_kind_is_dropped(self):
        assert read("tag=cat&not_tag=dog&page=3").without(Kind.TAG) == read("not_tag=dog")


class TestExcluding:
    @given(QUERIES, KINDS, VALUES)
    def test_twice_brings_the_exclusions_back(self, query, kind, value):
        there = query.excluding(kind, value)
        assert there.is_excluding(kind, value) != query.is_excluding(kind, value)
        assert value not in there.picked(kind)
        assert there.excluding(kind, value).excluded == query.excluded

    @given(QUERIES, KINDS, VALUES)
    def test_and_picking_never_hold_for_the_same_value(self, query, kind, value):
        for other in (query.excluding(kind, value), query.toggled(kind, value)):
            assert not {*other.picked(kind)} & {*other.excluded_of(kind)}

    def test_drops_what_was_picked_and_leads_to_the_first_page(self):
        query = read("tag=cat&tag=dog&page=2").excluding(Kind.TAG, "cat")
        assert query == read("tag=dog&not_tag=cat")

    def test_narrows(self):
        assert read("").is_everything
        assert not read("not_tag=cat").is_everything
        assert read("not_tag=cat&sort=name").cleared() == read("sort=name")


class TestTheText:
    def test_is_read_as_what_it_asks_for(self):
        assert read("q=cat+-tag:dog").asked == Asked(
            words=(Word("cat"),), conditions=(Condition(Kind.TAG, "dog", is_excluded=True),)
        )

    def test_asks_for_nothing_where_there_is_none(self):
        assert not read("tag=cat").asked


class TestTheOrder:
    def test_is_by_relevance_only_where_there_are_words(self):
        assert read("q=cat").order is Sort.RELEVANCE
        assert read("").order is Sort.NEWEST
        assert read("sort=relevance").order is Sort.NEWEST
        assert read("q=cat&sort=name").order is Sort.NAME

    @pytest.mark.parametrize("text", ["tag:cat", "-cat", '-"hot dog" colour:red'])
    def test_is_newest_first_where_no_word_says_what_is_more_relevant(self, text):
        assert SearchQuery(text=text).order is Sort.NEWEST
        assert SearchQuery(text=text, sort=Sort.RELEVANCE).order is Sort.NEWEST
        assert SearchQuery(text=text, sort=Sort.TAKEN).order is Sort.TAKEN

    def test_has_a_name(self):
        assert len({sort.label for sort in Sort}) == len(Sort)


class TestKinds:
    def test_that_combine_with_and_are_tags_people_and_collections(self):
        together = {kind for kind in Kind if kind.combines_with_and}
        assert together == {Kind.TAG, Kind.COLLECTION, Kind.PERSON}

    def test_of_faces_say_something_of_a_single_one(self):
        assert Kind.BEARD.is_of_face
        assert not Kind.FACES.is_of_face
        assert not Kind.TAG.is_of_face
