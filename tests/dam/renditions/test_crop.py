"""Crop geometry."""

from hypothesis import given
from hypothesis import strategies as st

from dam.geometry import BoundingBox
from dam.renditions.crop import PixelBox, Size, fill_box, fill_size, size_within

lengths = st.integers(min_value=1, max_value=12_000)
sizes = st.builds(Size, lengths, lengths)
targets = st.builds(Size, *[st.integers(min_value=80, max_value=2048)] * 2)
ratios = st.floats(min_value=-0.5, max_value=1.5)
focals = st.builds(
    BoundingBox,
    left=ratios,
    top=ratios,
    width=st.floats(min_value=0, max_value=1.5),
    height=st.floats(min_value=0, max_value=1.5),
)


class TestSizeWithin:
    def test_keeps_the_shape(self):
        assert size_within(Size(6000, 4000), Size(480, 480)) == (480, 320)

    def test_does_not_make_an_image_larger(self):
        assert size_within(Size(300, 200), Size(480, 480)) == (300, 200)

    def test_leaves_a_pixel_of_the_thinnest_image(self):
        assert size_within(Size(10_000, 1), Size(480, 480)) == (480, 1)

    @given(sizes, targets)
    def test_is_inside_the_limit_and_the_image(self, image, limit):
        size = size_within(image, limit)
        assert 1 <= size.width <= min(image.width, limit.width)
        assert 1 <= size.height <= min(image.height, limit.height)


class TestFillBox:
    def test_is_the_middle_without_a_focal_region(self):
        assert fill_box(Size(600, 400), Size(480, 480)) == (100, 0, 500, 400)

    def test_moves_to_a_focal_region_at_the_side(self):
        face = BoundingBox(left=0.8, top=0.1, width=0.1, height=0.2)
        assert fill_box(Size(600, 400), Size(480, 480), face) == (200, 0, 600, 400)

    def test_is_around_the_middle_of_a_focal_region_that_is_too_wide(self):
        crowd = BoundingBox(left=0, top=0.2, width=0.8, height=0.5)
        assert fill_box(Size(1000, 200), Size(480, 480), crowd) == (300, 0, 500, 200)

    def test_is_all_of_an_image_that_has_the_shape(self):
        assert fill_box(Size(960, 720), Size(480, 360)) == (0, 0, 960, 720)

    @given(sizes, targets, st.none() | focals)
    def test_stays_on_the_image(self, image, target, focal):
        left, top, right, bottom = fill_box(image, target, focal)
        assert 0 <= left < right <= image.width
        assert 0 <= top < bottom <= image.height

    @given(sizes, targets, st.none() | focals)
    def test_cannot_be_larger(self, image, target, focal):
        size = fill_box(image, target, focal).size
        assert size.width == image.width or size.height == image.height

    @given(sizes, targets, st.none() | focals)
    def test_has_the_shape_of_the_target_to_the_pixel(self, image, target, focal):
        width, height = fill_box(image, target, focal).size
        ratio = target.width / target.height
        assert abs(width - height * ratio) <= max(1.0, ratio) or min(width, height) == 1

    @given(sizes, targets, focals)
    def test_holds_the_focal_region_where_it_can(self, image, target, focal):
        box, shown = fill_box(image, target, focal), focal.clamped()
        if shown.width * image.width <= box.size.width:
            assert box.left - 1 <= shown.left * image.width
            assert shown.right * image.width <= box.right + 1
        if shown.height * image.height <= box.size.height:
            assert box.top - 1 <= shown.top * image.height
            assert shown.bottom * image.height <= box.bottom + 1


class TestFillSize:
    def test_is_the_target_where_there_are_pixels_enough(self):
        assert fill_size(PixelBox(0, 0, 900, 900), Size(480, 480)) == (480, 480)

    def test_is_the_part_itself_where_there_are_not(self):
        assert fill_size(PixelBox(100, 0, 300, 200), Size(480, 480)) == (200, 200)

    @given(sizes, targets)
    def test_never_makes_an_image_larger(self, image, target):
        size = fill_size(fill_box(image, target), target)
        assert size.width <= min(image.width, target.width)
        assert size.height <= min(image.height, target.height)
