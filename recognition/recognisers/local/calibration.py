"""Turns the models' scores into confidence: the probability, 0-1, that a label is right."""

import math
from dataclasses import dataclass

CALIBRATION_VERSION = 1
"""Raise it with any change to the numbers or formulas here: it is part of the fingerprint."""

_LEAST = 1e-4  # keeps the logarithm of the odds finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Logistic curves over the logarithm of a score's odds (Platt scaling), one for each model.

    A broad label gathers stray shares of many unrelated classes, so for the classifier the same sum
    counts for less the more labels lie below it.
    """

    classifier_offset: float
    classifier_slope: float
    breadth_penalty: float
    """Taken off the log odds for each factor e in the number of labels below."""
    detector_offset: float
    detector_slope: float

    def from_classifier(self, share: float, *, breadth: int) -> float:
        """Probability of a label whose classes, of `breadth` different labels, together have this share."""
        if share <= 0:
            return 0.0
        odds = self.classifier_offset + self.classifier_slope * _log_odds(share)
        return _probability(odds - self.breadth_penalty * math.log(breadth))

    def from_detector(self, score: float) -> float:
        """Probability of a label whose best box has this score."""
        if score <= 0:
            return 0.0
        return _probability(self.detector_offset + self.detector_slope * _log_odds(score))


CALIBRATION = Calibration(
    classifier_offset=0.5,
    classifier_slope=1.0,
    breadth_penalty=0.2,
    detector_offset=-0.5,
    detector_slope=2.0,
)


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
