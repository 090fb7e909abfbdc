"""Colours and quality."""

import pytest

from recognition.predictions import Kind
from recognition.recognisers.rekognition.answers import read_labels, read_properties
from tests.recognition.recognisers.rekognition.recorded import recorded


def only_colour(**members):
    (colour,) = read_properties({"ImageProperties": {"DominantColors": [members]}})
    return colour


class TestColours:
    def test_have_simple_names_and_say_which_they_are_and_how_much_there_is(self):
        colours = [p for p in read_properties(recorded("properties")) if p.kind is Kind.COLOUR]
        assert (colours[0].name, colours[0].confidence) == ("green", 100)
        assert colours[0].attributes == {
            "hex": "#6b8e23",
            "css": "olivedrab",
            "share": 23.5,
            "area": "image",
        }

    def test_are_of_the_image_its_foreground_and_its_background(self):
        found = read_properties(recorded("properties"))
        areas = [p.attributes["area"] for p in found if p.kind is Kind.COLOUR]
        assert areas == ["image"] * 5 + ["foreground"] + ["background"] * 2

    def test_without_a_simple_name_have_the_one_of_css(self):
        assert only_colour(CSSColor="OliveDrab").name == "olivedrab"

    @pytest.mark.parametrize(
        "members",
        [{"HexCode": "6B8E23"}, {"HexCode": "#6b8e23"}, {"Red": 107, "Green": 142, "Blue": 35}],
    )
    def test_are_written_as_css_does(self, members):
        assert only_colour(SimplifiedColor="Green", **members).attributes["hex"] == "#6b8e23"

    @pytest.mark.parametrize("members", [{"HexCode": "green"}, {"Red": 300, "Green": 0, "Blue": 0}])
    def test_leave_out_a_code_that_is_none(self, members):
        attributes = only_colour(SimplifiedColor="green", **members).attributes
        assert attributes == {"area": "image"}

    def test_without_any_name_are_left_out(self):
        colour = {"HexCode": "#6b8e23", "PixelPercent": 50.0}
        assert read_properties({"ImageProperties": {"DominantColors": [colour]}}) == []


class TestQuality:
    def test_is_told_of_each_area(self):
        found = {
            p.name: p.attributes
            for p in read_properties(recorded("properties"))
            if p.kind is Kind.QUALITY
        }
        assert list(found) == ["image", "foreground", "background"]
        given = recorded("properties")["ImageProperties"]["Quality"]
        assert found["image"] == {
            "brightness": given["Brightness"],
            "sharpness": given["Sharpness"],
            "contrast": given["Contrast"],
        }

    def test_of_which_a_part_is_missing_is_told_without_it(self):
        (quality,) = read_properties({"ImageProperties": {"Quality": {"Sharpness": 0.0}}})
        assert quality.attributes == {"sharpness": 0.0}

    def test_of_which_nothing_is_said_is_not_told(self):
        assert read_properties({"ImageProperties": {"Quality": {}, "Foreground": None}}) == []


class TestOneAnswerToBoth:
    def test_is_read_for_labels_and_for_properties(self):
        both = recorded("labels") | recorded("properties")
        assert read_labels(both) == read_labels(recorded("labels"))
        assert read_properties(both) == read_properties(recorded("properties"))
