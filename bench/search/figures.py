"""Times as figures (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def percentile(times: Iterable[float], share: float) -> float:
    """The least time within which that share of them lies."""
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def times_of(times: Sequence[float]) -> dict[str, Any]:
    """What is told of times in seconds; milliseconds."""
    return {
        "times": len(times),
        **{
            name: round(1000 * percentile(times, share), 2)
            for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95), ("most_ms", 1.0))
        },
    }


def by_class(times: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """What is told of each class, the slowest first."""
    told = {name: times_of(some) for name, some in times.items()}
    return dict(sorted(told.items(), key=lambda pair: -float(pair[1]["p95_ms"])))
