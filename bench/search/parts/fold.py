"""Takes changes into the stored index again and again until its standard input ends."""

import select
import sys
import time
from typing import Any

from search.index import fold

PAUSE = 2.0
"""Seconds between two folds, or as long as the last one took: in use they come far more seldom."""


def measure() -> dict[str, Any]:
    print('"ready"', flush=True)
    folds, changed, last, longest = 0, 0, 0.0, 0.0
    while not select.select([sys.stdin], [], [], max(PAUSE, last))[0]:
        started = time.monotonic()
        changed += fold(even_few=True)
        last = time.monotonic() - started
        longest = max(longest, last)
        folds += 1
    return {"folds": folds, "folded_assets": changed, "longest_seconds": round(longest, 1)}
