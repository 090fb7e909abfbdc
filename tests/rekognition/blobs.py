"""Finds patches of a colour in a picture, and says where they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.rekognition.boxes import Box
from tests.rekognition.palette import NEARLY, Thing
from tests.rekognition.pictures import Pixels

LEAST_SHARE = 0.001
"""Of the picture; what is smaller is taken for noise."""


@dataclass(slots=True)
class _Blob:
    left: int
    top: int
    right: int
    bottom: int
    area: int

    def take(self, other: "_Blob") -> None:
        self.left, self.top = min(self.left, other.left), min(self.top, other.top)
        self.right, self.bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        self.area += other.area


def find_blobs(pixels: Pixels, thing: Thing) -> list[Box]:
    """The boxes of a thing's connected patches, the largest first."""
    height, width = pixels.shape[:2]
    distance = np.abs(pixels.astype(np.int16) - np.array(thing.value, np.int16)).max(axis=2)
    blobs = [
        blob for blob in _connected(distance <= NEARLY) if blob.area >= LEAST_SHARE * width * height
    ]
    blobs.sort(key=lambda blob: (-blob.area, blob.top, blob.left))
    return [
        Box(
            blob.left / width,
            blob.top / height,
            (blob.right - blob.left) / width,
            (blob.bottom - blob.top) / height,
        )
        for blob in blobs
    ]


def _connected(mask: NDArray[np.bool_]) -> list[_Blob]:
    """Joins each run of a row with the runs above that touch it."""
    finished: list[_Blob] = []
    above: list[tuple[int, int, _Blob]] = []
    for row in range(len(mask)):
        here: list[tuple[int, int, _Blob]] = []
        for left, right in _runs(mask[row]):
            blob = _Blob(left, row, right, row + 1, right - left)
            touching = [item for item in above if item[0] < right and left < item[1]]
            for merged in {id(item[2]): item[2] for item in touching}.values():
                blob.take(merged)
                above = [(a, b, blob if old is merged else old) for a, b, old in above]
                here = [(a, b, blob if old is merged else old) for a, b, old in here]
            here.append((left, right, blob))
        kept = {id(item[2]) for item in here}
        finished += {id(item[2]): item[2] for item in above if id(item[2]) not in kept}.values()
        above = here
    return finished + list({id(item[2]): item[2] for item in above}.values())


def _runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a row's stretches begin and end."""
    if not row.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.view(np.int8), [0]))))
    return [(int(left), int(right)) for left, right in edges.reshape(-1, 2)]
