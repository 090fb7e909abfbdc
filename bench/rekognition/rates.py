"""The rate that was held, reckoned from moments in seconds."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any


def rate_of(moments: Sequence[float], rate: float) -> dict[str, Any]:
    """How the rate between the first and the last of ordered moments compares with the set one."""
    held = (len(moments) - 1) / (moments[-1] - moments[0])
    return {
        "measured": len(moments),
        "rate_held": round(held, 2),
        "ratio": round(held / rate, 4),
        "busiest_second": busiest_second(moments),
    }


def busiest_second(moments: Sequence[float]) -> int:
    """The most of the ordered moments that lie within a second."""
    return max(bisect_left(moments, first + 1) - n for n, first in enumerate(moments))
