"""Fits the numbers of `recognition/recognisers/local/calibration.py`: `python -m bench.calibrate`.

Uses the photos of the split "tune" alone, and wants all of them: see `--opencv-doc`. Prints the
fitted numbers beside those in use as one JSON object.
"""

import argparse
import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.photos import LabelledPhoto, get_data_dir, load_photos
from recognition.recognisers.local.calibration import CALIBRATION, Calibration, left_to, log_odds
from recognition.recognisers.local.classifier import Classifier
from recognition.recognisers.local.detector import SIDE, Detector
from recognition.recognisers.local.merge import Merger, Scores
from recognition.recognisers.local.taxonomy import load_taxonomy

SOURCE_WEIGHTS = {"food-101": 0.25, "flowers": 0.25}
"""Many photos of few subjects: together they should not count for more than everything else."""
KNOWN_SHARE = 0.9
"""How many photos of a library are taken to have a main subject that the classifier has a word for;
of the photos for tuning it is a smaller part."""
LEAST_SCORE = 0.2
"""Below it a broad label is right about as often as of any photo, which would flatten a curve."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One label that a model named for one photo."""

    features: tuple[float, ...]
    is_right: bool
    weight: float


def fit(examples: Sequence[Example], *, ridge: float) -> list[float]:
    """The coefficients of a logistic regression, by Newton's method; `ridge` keeps them small."""
    features = np.array([example.features for example in examples])
    right = np.array([float(example.is_right) for example in examples])
    weights = np.array([example.weight for example in examples])
    coefficients: Array = np.zeros(features.shape[1])
    for _ in range(50):
        guess = 1 / (1 + np.exp(-features @ coefficients))
        slope = features.T @ (weights * (right - guess)) - ridge * coefficients
        curvature = (features.T * (weights * guess * (1 - guess))) @ features
        coefficients += np.linalg.solve(curvature + ridge * np.eye(len(coefficients)), slope)
    return [float(value) for value in coefficients]


def fit_calibration(photos: Sequence[LabelledPhoto], data_dir: Path) -> Calibration:
    """Runs the models over the photos and fits a curve to each model's scores."""
    merger = Merger(load_taxonomy(), CALIBRATION)
    classifier = Classifier(data_dir / "models", threads=1)
    detector = Detector(data_dir / "models", threads=1)
    weights = weigh(photos, frozenset(merger.taxonomy.classifier))
    of_classifier: list[Example] = []
    of_detector: list[Example] = []
    for photo in photos:
        pixels = photo.as_image().pixels(least_side=SIDE)
        scores = Scores.gather(
            classifier.classify(pixels).tolist(), detector.detect(pixels), merger.taxonomy
        )
        of_classifier += classifier_examples(photo, scores, merger, weights[photo.name])
        of_detector += detector_examples(photo, scores, merger)
    offset, slope, penalty = fit(of_classifier, ridge=0.05)
    detector_offset, detector_slope, rivalry = fit(of_detector, ridge=0.3)
    return Calibration(
        classifier_offset=round(offset, 2),
        classifier_slope=round(slope, 2),
        specific_penalty=round(penalty, 2),
        detector_offset=round(detector_offset, 2),
        detector_slope=round(detector_slope, 2),
        rivalry=round(rivalry, 2),
    )


def weigh(photos: Sequence[LabelledPhoto], known: frozenset[str]) -> dict[str, float]:
    """The weight of each photo, so that known main subjects have `KNOWN_SHARE` of the sum."""
    base = {photo.name: SOURCE_WEIGHTS.get(photo.source, 1.0) for photo in photos}
    is_known = {photo.name: not photo.subject.isdisjoint(known) for photo in photos}
    total = sum(base.values())
    known_total = sum(weight for name, weight in base.items() if is_known[name])
    factors = {
        True: KNOWN_SHARE * total / known_total,
        False: (1 - KNOWN_SHARE) * total / (total - known_total),
    }
    return {name: weight * factors[is_known[name]] for name, weight in base.items()}


def classifier_examples(
    photo: LabelledPhoto, scores: Scores, merger: Merger, weight: float
) -> Iterator[Example]:
    for name, share in scores.shares.items():
        if share >= LEAST_SCORE:
            is_specific = name not in merger.broad
            yield Example(
                features=(1.0, log_odds(share), -float(is_specific)),
                is_right=name in photo.truth,
                weight=weight,
            )


def detector_examples(photo: LabelledPhoto, scores: Scores, merger: Merger) -> Iterator[Example]:
    for name, score in scores.boxes.items():
        if score >= LEAST_SCORE:
            yield Example(
                features=(1.0, log_odds(score), left_to(merger.rivals(name, scores))),
                is_right=name in photo.truth,
                weight=SOURCE_WEIGHTS.get(photo.source, 1.0),
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=get_data_dir())
    parser.add_argument("--opencv-doc", type=Path, help="examples of Debian's opencv-doc")
    options = parser.parse_args()
    photos = [
        photo
        for photo in load_photos(options.data_dir, options.opencv_doc)
        if photo.split == "tune"
    ]
    result: dict[str, Any] = {
        "photos": len(photos),
        "fitted": dataclasses.asdict(fit_calibration(photos, options.data_dir)),
        "in_use": dataclasses.asdict(CALIBRATION),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
