"""What somebody is looking for, as a value that lives in the URL."""

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dam.names import tidy_name
from search.query import MOST_PICKS, Kind, SearchQuery, Sort


def read(querystring):
    return SearchQuery.from_parameters(QueryDict(querystring.lstrip("?")))


QUERIES = st.builds(
    SearchQuery,
    text=st.text("abc ÄÖ火山", max_size=20).map(tidy_name),
    values=st.dictionaries(
        st.sampled_from([Kind.TAG, Kind.FORMAT, Kind.STATUS]),
        st.sets(st.sampled_from(["cat", "dog", "käse", "a&b=c"]), min_size=1).map(
            lambda values: tuple(sorted(values))
        ),
    ),
    sort=st.sampled_from([None, *Sort]),
    page=st.integers(1, 999),
)


class TestTheUrl:
    @given(QUERIES)
    def test_says_all_there_is_to_a_query(self, query):
        again = read(query.to_querystring())
        assert again.to_querystring() == query.to_querystring()
        assert again.values == query.values
        assert (again.sort, again.page) == (query.sort, query.page)

    @given(st.text(max_size=60))
    def test_may_hold_any_nonsense(self, nonsense):
        parameters = QueryDict(mutable=True)
        for name in ("q", "tag", "collection", "format", "sort", "page"):
            parameters[name] = nonsense
        query = SearchQuery.from_parameters(parameters)
        assert read(query.to_querystring()).values == query.values

    def test_is_the_same_for_the_same_tags_however_they_were_picked(self):
        one = read("tag=Dog&tag=cat")
        assert one.to_querystring() == read("tag=CAT&tag=dog&tag=cat").to_querystring()

    def test_picks_no_more_values_of_a_kind_than_a_database_can_take(self):
        long = "&".join(f"tag=t{number:02}&collection={number}" for number in range(80))
        query = read(long)
        assert query.picked(Kind.TAG) == tuple(f"t{n:02}" for n in range(MOST_PICKS))
        assert len(query.picked(Kind.COLLECTION)) == MOST_PICKS

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


class TestTheOrder:
    def test_is_by_relevance_only_where_there_are_words(self):
        assert read("q=cat").order is Sort.RELEVANCE
        assert read("").order is Sort.NEWEST
        assert read("sort=relevance").order is Sort.NEWEST
        assert read("q=cat&sort=name").order is Sort.NAME
