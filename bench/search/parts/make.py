"""Makes the library."""

from typing import Any

from bench.search.library import make


def measure(*, assets: int, seed: int) -> dict[str, Any]:
    return make(assets=assets, seed=seed)
