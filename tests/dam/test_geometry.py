"""Boxes and points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dam.geometry import BoundingBox, Point

ratios = st.floats(min_value=-2, max_value=2)
sides = st.floats(min_value=0, max_value=3)
boxes = st.builds(BoundingBox, left=ratios, top=ratios, width=sides, height=sides)
solid_boxes = boxes.filter(lambda box: box.width > 0.01 and box.height > 0.01)


class TestBoundingBox:
    def test_refuses_a_negative_side(self):
        with pytest.raises(ValueError, match=r"-0\.1"):
            BoundingBox(left=0, top=0, width=-0.1, height=1)

    def test_knows_its_edges_centre_and_area(self):
        box = BoundingBox(left=0.25, top=0.5, width=0.5, height=0.25)
        assert (box.right, box.bottom) == (0.75, 0.75)
        assert box.centre == Point(x=0.5, y=0.625)
        assert box.area == 0.125

    def test_comes_back_from_its_dictionary(self):
        box = BoundingBox(left=0.1, top=0.2, width=0.3, height=0.4)
        assert BoundingBox.from_dict(box.as_dict()) == box

    def test_overlaps_a_box_by_the_shared_part_of_both(self):
        one = BoundingBox(left=0, top=0, width=0.5, height=1)
        other = BoundingBox(left=0.25, top=0, width=0.5, height=1)
        assert one.overlap(other) == pytest.approx(1 / 3)

    def test_does_not_overlap_a_neighbour(self):
        one = BoundingBox(left=0, top=0, width=0.5, height=1)
        assert one.overlap(BoundingBox(left=0.5, top=0, width=0.5, height=1)) == 0

    @given(boxes)
    def test_lies_on_the_image_once_clamped(self, box):
        clamped = box.clamped()
        assert 0 <= clamped.left <= clamped.right <= 1 + 1e-9
        assert 0 <= clamped.top <= clamped.bottom <= 1 + 1e-9

    @given(boxes)
    def test_is_not_changed_by_clamping_twice(self, box):
        once = box.clamped()
        assert once.clamped().as_dict() == pytest.approx(once.as_dict())

    @given(boxes, boxes)
    def test_overlaps_alike_from_both_sides_and_never_above_1(self, one, other):
        assert one.overlap(other) == pytest.approx(other.overlap(one))
        assert 0 <= one.overlap(other) <= 1 + 1e-9

    @given(solid_boxes)
    def test_overlaps_itself_in_full(self, box):
        assert box.overlap(box) == pytest.approx(1)
