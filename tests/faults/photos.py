"""Photos that recognition is sure about, so that what becomes of them is known beforehand."""

import hashlib
import random
from dataclasses import dataclass
from functools import cached_property

from tests.images import jpeg_bytes, with_segment

POISON = (230, 40, 230)
"""The colour that the recogniser of `tests.faults.inside.settings` does not survive."""

_COLOURS = {
    (200, 30, 30): ("Red", "Dark"),
    (245, 235, 40): ("Yellow", "Bright"),
    (30, 120, 40): ("Green", "Dark"),
    (90, 235, 240): ("Cyan", "Bright"),
    (30, 40, 200): ("Blue", "Dark"),
}
_SIZES = {(640, 480): "Landscape", (480, 640): "Portrait", (512, 512): "Square"}
_COMMENT = 0xFE
_MOST_IN_SEGMENT = 65_000


@dataclass(frozen=True)
class Photo:
    """A file to upload, and the tags that it has to end up with."""

    name: str
    content: bytes
    tags: frozenset[str]

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def make_photo(rng: random.Random, name: str, *, size: int = 100_000) -> Photo:
    """A JPEG of one colour whose bytes, about `size` of them, no other photo has."""
    colour, looks = rng.choice(list(_COLOURS.items()))
    sides, orientation = rng.choice(list(_SIZES.items()))
    content = _weighed_down(rng, jpeg_bytes(sides, colour), size)
    return Photo(name=name, content=content, tags=frozenset({*looks, orientation}))


def make_photos(rng: random.Random, number: int, *, size: int = 100_000) -> list[Photo]:
    return [make_photo(rng, f"photo {n:03}.jpg", size=size) for n in range(number)]


def make_poison(rng: random.Random) -> Photo:
    """A photo that ends every process that looks at it, and so never gets a tag."""
    return Photo(
        name="poison.jpg",
        content=_weighed_down(rng, jpeg_bytes((640, 480), POISON), 100_000),
        tags=frozenset(),
    )


def _weighed_down(rng: random.Random, jpeg: bytes, size: int) -> bytes:
    """The same picture with random bytes as its comments."""
    while True:
        missing = min(max(size - len(jpeg), 16), _MOST_IN_SEGMENT)
        jpeg = with_segment(jpeg, _COMMENT, rng.randbytes(missing))
        if len(jpeg) >= size:
            return jpeg
