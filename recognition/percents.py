"""Confidences as people read them (pure)."""

import math


def whole_percent(confidence: float) -> int:
    """A confidence in whole per cent, rounded down: 69.99 does not reach a threshold of 70."""
    return math.floor(confidence)
