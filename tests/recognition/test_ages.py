"""Ages as bands that people search by."""

import pytest

from recognition.ages import age_bands


class TestAgeBands:
    @pytest.mark.parametrize(
        ("low", "high", "bands"),
        [
            (25, 35, ("20-29", "30-39")),
            (0, 12, ("0-12",)),
            (12, 13, ("0-12", "13-19")),
            (59, 60, ("50-59", "60+")),
            (71, 200, ("60+",)),
            (40, 40, ("40-49",)),
            (35, 25, ("20-29", "30-39")),
            (-3, -1, ("0-12",)),
        ],
    )
    def test_are_all_those_that_a_range_overlaps(self, low, high, bands):
        assert age_bands(low, high) == bands

    def test_leave_no_age_out_and_give_none_to_two(self):
        assert all(len(age_bands(age, age)) == 1 for age in range(130))
