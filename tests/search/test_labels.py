"""What facets and their values are called."""

import pytest

from search.labels import TITLES, chip_label, summary, swatch, value_label
from search.query import Kind, SearchQuery


class TestTitles:
    def test_are_there_for_every_kind(self):
        assert set(TITLES) == set(Kind)


class TestLabels:
    @pytest.mark.parametrize(
        ("kind", "value", "label"),
        [
            (Kind.TAG, "iPhone", "iPhone"),
            (Kind.MODERATION, "Explicit Nudity", "Explicit Nudity"),
            (Kind.STATUS, "queued", "In the queue"),
            (Kind.FORMAT, "jpg", "JPEG"),
            (Kind.FORMAT, "png", "PNG"),
            (Kind.COLOUR, "green", "Green"),
            (Kind.TEXT, "yes", "With text"),
            (Kind.FACES, "0", "No faces"),
            (Kind.FACES, "1", "1 face"),
            (Kind.FACES, "12", "12 faces"),
            (Kind.AGE, "60+", "60+ years"),
            (Kind.EMOTION, "happy", "Happy"),
            (Kind.POSE, "left", "Turned left"),
            (Kind.SMILE, "no", "Not smiling"),
            (Kind.EYES, "closed", "Eyes closed"),
            (Kind.MOUTH, "open", "Mouth open"),
            (Kind.BEARD, "yes", "Beard"),
            (Kind.SUNGLASSES, "no", "No sunglasses"),
            (Kind.BEARD, "perhaps", "Perhaps"),
            (Kind.YEAR, "2024", "2024"),
            (Kind.MONTH, "2024-05", "May 2024"),
            (Kind.MONTH, "2024-13", "2024-13"),
            (Kind.MONTH, "x-y", "x-y"),
            (Kind.UPLOADER, "edith", "edith"),
            (Kind.CUSTOM, "NetPost", "NetPost"),
        ],
    )
    def test_can_be_read_by_themselves(self, kind, value, label):
        assert value_label(kind, value) == label


class TestChipLabels:
    @pytest.mark.parametrize(
        ("kind", "label", "said"),
        [
            (Kind.TAG, "Cat", "Cat"),
            (Kind.YEAR, "2024", "Taken in 2024"),
            (Kind.MONTH, "May 2024", "Taken in May 2024"),
            (Kind.UPLOADER, "Edith", "Uploaded by Edith"),
            (Kind.CAMERA, "{}", "{}"),
        ],
    )
    def test_need_no_title_above_them(self, kind, label, said):
        assert chip_label(kind, label) == said
        assert chip_label(kind, label, is_excluded=True) == f"Not: {said}"


class TestSummaries:
    def test_say_what_a_query_looks_for_and_name_no_row_by_its_key(self):
        query = SearchQuery(
            text="old bridge",
            values={Kind.FORMAT: ("png",), Kind.COLLECTION: ("7",)},
            excluded={Kind.COLOUR: ("red",), Kind.UPLOADER: ("3",)},
        )
        assert summary(query) == [
            "“old bridge”",
            "a collection",
            "Not: Red",
            "PNG",
            "Not: Uploaded by somebody",
        ]
        assert summary(SearchQuery()) == []


class TestSwatches:
    @pytest.mark.parametrize(
        ("value", "colour"), [("green", "#008000"), ("grey", "#808080"), ("Gray", "#808080")]
    )
    def test_are_the_colour_that_is_named(self, value, colour):
        assert swatch(Kind.COLOUR, value) == colour

    @pytest.mark.parametrize(
        "value", ["", "greenish", "#008000", "rgb(0,0,0)", "url(x)", "x" * 200]
    )
    def test_are_left_out_where_no_colour_is_named(self, value):
        assert swatch(Kind.COLOUR, value) == ""

    def test_are_for_colours_alone(self):
        assert swatch(Kind.TAG, "green") == ""
