"""Numbers of all assets to sort by, in as few bytes as they take (pure)."""

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


class NumberColumn:
    """A number of each asset, 0 where none is known, of which only the order is told.

    They lie close together, seconds of some years or sizes of files, so they are kept by how far
    they are from one of them, as narrow as that allows.
    """

    def __init__(self, numbers: npt.NDArray[np.int64]) -> None:
        """Takes the numbers by the keys of the assets."""
        self._base, self._kept = _narrowed(numbers)

    def of(self, keys: npt.NDArray[np.uint32]) -> Numbers:
        """For each asset a number that grows with its own, and is the least where it has none."""
        return self._kept.take(keys)

    def set(self, asset: int, number: int) -> None:
        kept = number - self._base if number else 0
        if asset >= len(self._kept) or (number and not 0 < kept <= np.iinfo(self._kept.dtype).max):
            numbers = self._widened(asset + 1)
            numbers[asset] = number
            self._base, self._kept = _narrowed(numbers)
        else:
            self._kept[asset] = kept

    def _widened(self, length: int) -> npt.NDArray[np.int64]:
        """The numbers themselves, with some more room than for so many."""
        room = len(self._kept) if length <= len(self._kept) else length + length // 16
        numbers = np.zeros(room, dtype=np.int64)
        known = np.flatnonzero(self._kept)
        numbers[known] = self._kept[known].astype(np.int64) + self._base
        return numbers


def _narrowed(numbers: npt.NDArray[np.int64]) -> tuple[int, Numbers]:
    """What is taken off every known number, and what is left of each."""
    known = numbers[numbers != 0]
    low, high = (int(known.min()), int(known.max())) if len(known) else (0, 0)
    for narrow in (np.uint16, np.uint32):
        room = np.iinfo(narrow).max - 1 - (high - low)
        if room >= 0:
            base = low - 1 - room // 2  # as much room below them as above
            return base, np.where(numbers != 0, numbers - base, 0).astype(narrow)
    return 0, numbers
