"""Pictures, places and names that several tests use."""

from typing import Any

import pytest

from tests.images import image_bytes
from tests.rekognition.boxes import Box
from tests.rekognition.palette import Thing, painted

ARN = "arn:aws:rekognition:us-east-1:123456789012:project/p/version/v/1700000000000"
"""A version of a custom labels model."""
HERE, THERE = Box(0.1, 0.2, 0.3, 0.4), Box(0.6, 0.1, 0.2, 0.25)
"""Two boxes apart; the first is the larger one."""


def near(box: Box) -> Any:
    """Equals a BoundingBox that is a box but for the width of a pixel or two."""
    return pytest.approx(box.as_answer(), abs=0.012)


def image_of(
    *things: tuple[Thing, Box], file_format: str = "PNG", **options: Any
) -> dict[str, bytes]:
    """A painted picture as the parameter Image of a request."""
    return {"Bytes": image_bytes(painted(*things, **options), file_format)}
