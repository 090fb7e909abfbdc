"""How well the local recogniser's labels become tags: `python -m bench.tagging --json`.

Runs over the labelled photos (`manage.py fetch_models --group models --group bench-photos`) and
prints one JSON object. "tune" is what calibration was fitted and the default threshold chosen on.
"report" took no part in that, but is not untouched: the form of the curves was decided with both in
view. "stock" is untouched, and easier: one clean subject each. Quote the last two side by side.
Photos of opencv-doc are left out unless it is named.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.photos import LabelledPhoto, get_data_dir, load_photos
from recognition.predictions import Kind
from recognition.recognisers.local import LocalRecogniser

THRESHOLDS = (30.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0, 80.0, 90.0)
SPLITS = {
    "report": "not fitted on, but in view when the form of the curves was decided",
    "tune": "calibration was fitted and the default threshold chosen on it",
    "stock": "untouched: nothing was fitted, chosen or decided on it",
}
"""The splits, and what part each had in making the recogniser what it is."""
PACKAGES = ("ai-edge-litert", "onnxruntime", "numpy", "pillow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the recogniser says about one photo."""

    photo: LabelledPhoto
    labels: dict[str, float]
    seconds: float

    def tags(self, threshold: float) -> list[str]:
        return [name for name, confidence in self.labels.items() if confidence >= threshold]

    def wrong(self, threshold: float) -> list[str]:
        return [name for name in self.tags(threshold) if name not in self.photo.truth]

    def has_subject(self, threshold: float) -> bool:
        return not self.photo.subject.isdisjoint(self.tags(threshold))

    def has_kin(self, threshold: float) -> bool:
        """Whether a tag names the main subject, if only by a broader word."""
        return not self.photo.kin.isdisjoint(self.tags(threshold))


def ask(recogniser: LocalRecogniser, photos: Iterable[LabelledPhoto]) -> list[Answer]:
    recogniser.warm_up()
    return [_ask(recogniser, photo) for photo in photos]


def _ask(recogniser: LocalRecogniser, photo: LabelledPhoto) -> Answer:
    image = photo.as_image()
    start = time.perf_counter()
    outcome = recogniser.recognise(image)
    seconds = time.perf_counter() - start
    labels = {p.name: p.confidence for p in outcome.predictions if p.kind is Kind.LABEL}
    return Answer(photo=photo, labels=labels, seconds=seconds)


def measure(answers: Sequence[Answer], threshold: float) -> dict[str, Any]:
    """The figures of some photos at one threshold."""
    with_subject = [answer for answer in answers if answer.photo.subject]
    tags = sum(len(answer.tags(threshold)) for answer in answers)
    wrong = sum(len(answer.wrong(threshold)) for answer in answers)
    return {
        "threshold": threshold,
        "subject_tagged": _ratio(
            sum(answer.has_subject(threshold) for answer in with_subject), len(with_subject)
        ),
        "subject_or_parent_tagged": _ratio(
            sum(answer.has_kin(threshold) for answer in with_subject), len(with_subject)
        ),
        "tags_per_photo": _ratio(tags, len(answers)),
        "wrong_per_photo": _ratio(wrong, len(answers)),
        "wrong_share": _ratio(wrong, tags),
    }


def report(answers: Sequence[Answer], *, listing: bool) -> dict[str, Any]:
    """The figures of one split."""
    default = LocalRecogniser.default_threshold
    sources = sorted({answer.photo.source for answer in answers})
    figures: dict[str, Any] = {
        "photos": len(answers),
        "photos_with_subject": sum(bool(answer.photo.subject) for answer in answers),
        "photos_with_known_subject": sum(answer.photo.is_known for answer in answers),
        "at_default": measure(answers, default),
        "at_default_known": measure([a for a in answers if a.photo.is_known], default),
        "by_source": {
            source: {"photos": len(some), **measure(some, default)}
            for source in sources
            if (some := [answer for answer in answers if answer.photo.source == source])
        },
        "by_threshold": [measure(answers, threshold) for threshold in THRESHOLDS],
    }
    if listing:
        figures["listing"] = [
            {
                "photo": answer.photo.name,
                "subject_tagged": answer.has_subject(default),
                "tags": {name: answer.labels[name] for name in answer.tags(default)},
                "wrong": answer.wrong(default),
            }
            for answer in answers
        ]
    return figures


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="on one line, for a program to read")
    parser.add_argument("--listing", action="store_true", help="list every photo with its tags")
    parser.add_argument("--data-dir", type=Path, default=get_data_dir())
    parser.add_argument(
        "--opencv-doc", type=Path, help="examples of Debian's opencv-doc; adds its photos"
    )
    options = parser.parse_args()
    recogniser = LocalRecogniser(model_dir=options.data_dir / "models")
    answers = ask(recogniser, load_photos(options.data_dir, options.opencv_doc))
    result = {
        "fingerprint": recogniser.fingerprint,
        "default_threshold": recogniser.default_threshold,
        "median_ms": round(1000 * statistics.median(answer.seconds for answer in answers), 1),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in PACKAGES},
        **{
            split: {
                "use": use,
                **report([a for a in answers if a.photo.split == split], listing=options.listing),
            }
            for split, use in SPLITS.items()
        },
    }
    print(json.dumps(result, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
