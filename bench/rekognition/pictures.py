"""The pictures that are imported: made in code, by a seed, each with content of its own."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

ORIGINAL_BYTES = (12_000_000, 14_000_000)
"""From the least to the most that a large original has."""
_WIDTH = 4000
_STRIP = 400
_MARGIN = 0.02
"""How far a picture of noise may be from the size that was reckoned for it; it is not by far."""


def make_originals(folder: Path, number: int, seed: int) -> list[Path]:
    """Makes JPEGs of noise, of 12 to 14 MB and as many megapixels."""
    rng = random.Random(seed)
    least, most = ORIGINAL_BYTES
    bytes_a_row = len(_noise(rng, _STRIP)) / _STRIP
    folder.mkdir()
    paths = []
    for path in _paths(folder, number, "jpg"):
        size = rng.uniform(least * (1 + _MARGIN), most * (1 - _MARGIN))
        content = _noise(rng, round(size / bytes_a_row))
        assert least <= len(content) <= most, f"{path} has {len(content):,} bytes"
        path.write_bytes(content)
        paths.append(path)
    return paths


def make_small(folder: Path, number: int, seed: int) -> list[Path]:
    """Makes PNGs of a thumbnail's size, each of a few patches of chance colours."""
    rng = random.Random(seed)
    folder.mkdir()
    paths = list(_paths(folder, number, "png"))
    for path in paths:
        patches = Image.frombytes("RGB", (4, 3), rng.randbytes(4 * 3 * 3))
        patches.resize((160, 120), Image.Resampling.NEAREST).save(path)
    return paths


def _noise(rng: random.Random, height: int) -> bytes:
    """A JPEG of noise at a high quality, as wide as all of them."""
    file = io.BytesIO()
    pixels = rng.randbytes(_WIDTH * height * 3)
    Image.frombytes("RGB", (_WIDTH, height), pixels).save(file, "JPEG", quality=94, subsampling=2)
    return file.getvalue()


def _paths(folder: Path, number: int, suffix: str) -> Iterator[Path]:
    return (folder / f"{index:04}.{suffix}" for index in range(number))
