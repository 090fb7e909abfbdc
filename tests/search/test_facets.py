"""Facets as a template shows them."""

from urllib.parse import parse_qsl

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from search.facets import ORDER, SHOWN, build_facet, build_facets, chips, grouped
from search.index import MOST_VALUES, ValueCount
from search.query import Kind, SearchQuery


def read(querystring):
    return SearchQuery.from_parameters(QueryDict(querystring.lstrip("?")))


def counts(*values, number=3):
    return [ValueCount(value=value, label=value, count=number) for value in values]


def values_of(kind, values, querystring=""):
    return build_facet(kind, counts(*values), read(querystring)).values


QUERIES = st.builds(
    SearchQuery,
    text=st.sampled_from(["", "tag=0value0", "käse & wine"]),
    values=st.dictionaries(
        st.sampled_from([Kind.TAG, Kind.FORMAT, Kind.CAMERA]),
        st.sets(st.sampled_from(["cat", "0value0", "a&b=c", "käse"]), min_size=1).map(
            lambda values: tuple(sorted(values))
        ),
    ),
    page=st.integers(1, 3),
)


class TestFacets:
    def test_are_there_for_every_kind_once(self):
        assert sorted(ORDER) == sorted(Kind)

    def test_of_faces_stand_together(self):
        shown = build_facets({kind: counts("a", "b") for kind in Kind}, SearchQuery(), total=6)
        assert [facet.kind for facet in shown] == list(ORDER)
        assert [group.title for group in grouped(shown)] == ["", "Faces", ""]

    @pytest.mark.parametrize("kind", [Kind.FORMAT, Kind.STATUS, Kind.YEAR, Kind.RECOGNISER])
    def test_that_all_assets_share_are_left_out_until_picked_or_excluded(self, kind):
        one = {kind: counts("a")}
        assert build_facets(one, SearchQuery(), total=3) == []
        assert build_facets(one, read(f"{kind}=a"), total=3)
        assert build_facets(one, read(f"not_{kind}=a"), total=3)

    @pytest.mark.parametrize("kind", [Kind.UPLOADER, Kind.CAMERA, Kind.YEAR])
    def test_that_some_assets_lack_are_shown_with_a_sole_value(self, kind):
        (facet,) = build_facets({kind: counts("a", number=4)}, SearchQuery(), total=472)
        assert [(value.value, value.count) for value in facet.values] == [("a", 4)]
        assert build_facets({kind: []}, SearchQuery(), total=472) == []

    def test_of_few_assets_are_shown_with_a_sole_value(self):
        assert build_facets({Kind.TAG: counts("a"), Kind.COLOUR: []}, SearchQuery(), total=3)

    def test_that_are_long_lead_to_a_page_with_the_rest(self):
        tags = [f"tag {number}" for number in range(SHOWN + 1)]
        facet = build_facet(Kind.TAG, counts(*tags), read("q=sea&page=4"))
        assert [value.value for value in facet.values] == tags[:SHOWN]
        assert facet.more == "1 more"
        assert facet.more_url == "/facets/tag/?q=sea"
        short = build_facet(Kind.TAG, counts(*tags[:SHOWN]), SearchQuery())
        assert (short.more, short.more_url) == ("", "")

    def test_say_no_number_where_there_may_be_more_than_were_counted(self):
        tags = [f"tag {number}" for number in range(MOST_VALUES)]
        assert build_facet(Kind.TAG, counts(*tags), SearchQuery()).more == "More"


class TestValues:
    def test_lead_to_what_they_narrow_to_and_back(self):
        (cat,) = values_of(Kind.TAG, ["cat"], "q=sea&page=2")
        assert cat.url == "?q=sea&tag=cat"
        assert cat.not_url == "?q=sea&not_tag=cat"
        (cat,) = values_of(Kind.TAG, ["cat"], cat.url)
        assert cat.selected
        assert (cat.url, cat.not_url) == ("?q=sea", "")

    def test_that_are_excluded_lead_back(self):
        (cat,) = values_of(Kind.TAG, ["cat"], "not_tag=cat")
        assert cat.excluded
        assert not cat.selected
        assert (cat.url, cat.not_url) == ("?", "")

    @given(QUERIES, st.sampled_from([Kind.TAG, Kind.FORMAT, Kind.TEXT]), st.text(max_size=5))
    def test_have_the_links_of_their_query(self, query, kind, value):
        (shown,) = build_facet(kind, counts(value), query).values
        assert shown.url == query.toggled(kind, value).to_querystring()
        if not shown.selected:
            assert shown.not_url == query.excluding(kind, value).to_querystring()

    def test_come_selected_first_then_excluded_then_as_frequent_as_they_are(self):
        shown = values_of(Kind.TAG, "abcdef", "tag=d&tag=f&not_tag=c")
        assert [value.value for value in shown] == ["d", "f", "c", "a", "b", "e"]

    def test_are_all_shown_where_they_are_picked_or_excluded(self):
        picked = [f"p{number:02}" for number in range(SHOWN)]
        unwanted = ["u1", "u2"]
        link = "&".join([f"tag={value}" for value in picked] + [f"not_tag={v}" for v in unwanted])
        shown = values_of(Kind.TAG, ["a", "b", *picked, *unwanted], link)
        assert [value.value for value in shown] == picked + unwanted

    @pytest.mark.parametrize(
        ("kind", "values", "ordered"),
        [
            (Kind.YEAR, ["2019", "2024", "2021"], ["2024", "2021", "2019"]),
            (Kind.MONTH, ["2019-12", "2024-01", "2019-02"], ["2024-01", "2019-12", "2019-02"]),
            (Kind.AGE, ["60+", "0-9", "20-29"], ["0-9", "20-29", "60+"]),
            (Kind.FACES, ["10", "2", "0"], ["0", "2", "10"]),
            (Kind.BEARD, ["no", "yes"], ["yes", "no"]),
            (Kind.YEAR, ["x", "2024-", "-"], ["2024-", "x", "-"]),
        ],
    )
    def test_that_have_an_order_of_their_own_keep_it(self, kind, values, ordered):
        assert [value.value for value in values_of(kind, values)] == ordered

    def test_say_what_they_would_add(self):
        narrowing, adding = (
            ValueCount(value="a", label="a", count=1234),
            ValueCount(value="b", label="b", count=12, adds=True),
        )
        shown = build_facet(Kind.COLOUR, [narrowing, adding], SearchQuery()).values
        assert [value.shown_count for value in shown] == ["1,234", "+12"]


class TestChips:
    def test_say_by_themselves_what_is_picked_and_excluded(self):
        query = read("year=2024&not_colour=red&tag=cat")
        found = {
            Kind.YEAR: counts("2024"),
            Kind.COLOUR: counts("red", "blue"),
            Kind.TAG: counts("cat", "dog"),
        }
        shown = chips(build_facets(found, query, total=3))
        assert [chip.label for chip in shown] == ["cat", "Not: Red", "Taken in 2024"]
        assert [chip.excluded for chip in shown] == [False, True, False]
        assert shown[1].swatch == "#ff0000"
        assert parse_qsl(shown[1].url.lstrip("?")) == [("tag", "cat"), ("year", "2024")]
