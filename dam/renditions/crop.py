"""Where to crop an image and how large to make it: geometry in whole pixels, no image needed."""

from typing import NamedTuple

from dam.geometry import BoundingBox, Point


class Size(NamedTuple):
    """A width and height in pixels, each at least 1."""

    width: int
    height: int


class PixelBox(NamedTuple):
    """A rectangle in pixels, in Pillow's order; right and bottom are outside it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> Size:
        return Size(self.right - self.left, self.bottom - self.top)


def size_within(image: Size, limit: Size) -> Size:
    """The largest size with the image's shape that is inside the limit and not above the image."""
    scale = min(1.0, limit.width / image.width, limit.height / image.height)
    return Size(max(1, round(image.width * scale)), max(1, round(image.height * scale)))


def fill_box(image: Size, target: Size, focal: BoundingBox | None = None) -> PixelBox:
    """The largest part of an image that has the target's shape, around the focal region.

    The focal region is inside it, save where the region is the wider or higher one; its centre is
    inside always. Without a focal region the part is the middle of the image.
    """
    width = min(image.width, max(1, round(image.height * target.width / target.height)))
    height = min(image.height, max(1, round(image.width * target.height / target.width)))
    centre = focal.clamped().centre if focal else Point(x=0.5, y=0.5)
    left = _start(centre.x * image.width, width, image.width)
    top = _start(centre.y * image.height, height, image.height)
    return PixelBox(left, top, left + width, top + height)


def fill_size(box: PixelBox, target: Size) -> Size:
    """The target, or the box's own size where it has fewer pixels than the target."""
    if box.size.width >= target.width and box.size.height >= target.height:
        return target
    return box.size


def _start(centre: float, length: int, whole: int) -> int:
    """Where a stretch of `length` around `centre` begins so that all of it is in 0..whole."""
    return min(max(round(centre - length / 2), 0), whole - length)
