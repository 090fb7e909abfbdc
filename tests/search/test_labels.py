"""What facets and their values are called."""

import pytest

from search.labels import TITLES, swatch, value_label
from search.query import Kind


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
        ],
    )
    def test_can_be_read_by_themselves(self, kind, value, label):
        assert value_label(kind, value) == label


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
