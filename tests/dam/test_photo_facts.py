"""What a file says about its photo, in words."""

import pytest

from dam.metadata import ImageMetadata
from dam.photo_facts import photo_facts


def words(**metadata):
    return {fact.label: fact.text for fact in photo_facts(ImageMetadata(**metadata))}


class TestFacts:
    def test_that_the_file_does_not_have_are_left_out(self):
        assert words() == {}

    @pytest.mark.parametrize("moment", ["2024-05-06T07:08:09", "2024-05-06T07:08:09+02:00"])
    def test_tell_when_the_photo_was_taken(self, moment):
        assert "6 May 2024" in words(taken_at=moment)["Taken"]

    def test_keep_a_date_that_cannot_be_read(self):
        assert words(taken_at="spring 1999")["Taken"] == "spring 1999"

    def test_tell_the_exposure_as_photographers_do(self):
        exposure = words(exposure_time=1 / 250, f_number=2.8, iso=400, focal_length=35.0)[
            "Exposure"
        ]
        for part in ("1/250", "2.8", "400", "35"):
            assert part in exposure

    def test_tell_where_south_and_west_are(self):
        place = words(latitude=-7.942, longitude=112.953)
        assert "S" in place["Coordinates"]
        assert "E" in place["Coordinates"]
