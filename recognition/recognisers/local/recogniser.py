"""Recognises what a picture shows on this machine, without any service."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from recognition.images import ImageSource
from recognition.manifest import get_model
from recognition.predictions import Json, Kind, Outcome, Prediction
from recognition.recognisers.base import ImageRecogniser, Problem
from recognition.recognisers.local import classifier, detector, nsfw
from recognition.recognisers.local.calibration import CALIBRATION, CALIBRATION_VERSION
from recognition.recognisers.local.classifier import Classifier
from recognition.recognisers.local.detector import Detector, FoundObject
from recognition.recognisers.local.merge import LabelClaim, Merger
from recognition.recognisers.local.nsfw import UnsafeContentModel
from recognition.recognisers.local.sessions import Array, find_missing
from recognition.recognisers.local.taxonomy import Taxonomy, load_taxonomy
from recognition.recognisers.pixels import read_pixels

BACKEND_VERSION = 1
"""Raise it with any change to this package that changes answers."""

MODELS = (classifier.MODEL, detector.MODEL, nsfw.MODEL)
UNSAFE = "Unsafe"


class LocalRecogniser(ImageRecogniser):
    """Names what a picture shows with three models that run in this process.

    A classifier says what the picture is of, a detector finds everyday objects and people with
    their boxes, and a third model rates how unsafe for work it is. Models load at the first call;
    calls from several threads are safe and share them.
    """

    default_threshold: ClassVar[float] = 70.0
    """Chosen on the photos for tuning: a lower one wins few main subjects for many wrong tags."""

    def __init__(
        self,
        *,
        model_dir: str | Path,
        floor: float = 5.0,
        max_labels: int = 50,
        threads: int = 1,
    ) -> None:
        """
        model_dir: folder that `manage.py fetch_models` put the models in.
        floor: the least confidence, 0-100, of a label worth reporting.
        max_labels: the most labels reported of one image.
        threads: how many threads one model may use; more workers serve better than more threads.
        """
        if not 0 <= floor <= 100:
            msg = f"floor={floor} is no confidence: give 0-100."
            raise ValueError(msg)
        if max_labels < 1 or threads < 1:
            msg = f"max_labels={max_labels}, threads={threads}: give 1 or more of each."
            raise ValueError(msg)
        self.model_dir = Path(model_dir)
        self.floor = float(floor)
        self.max_labels = max_labels
        self.classifier = Classifier(self.model_dir, threads=threads)
        self.detector = Detector(self.model_dir, threads=threads)
        self.unsafe = UnsafeContentModel(self.model_dir, threads=threads)
        self.merger = Merger(load_taxonomy(), CALIBRATION)

    @property
    def fingerprint(self) -> str:
        facts = {
            "backend": BACKEND_VERSION,
            "calibration": [CALIBRATION_VERSION, dataclasses.asdict(CALIBRATION)],
            "floor": self.floor,
            "max_labels": self.max_labels,
            "models": {name: get_model(name).sha256 for name in MODELS},
            "taxonomy": self.merger.taxonomy.digest,
        }
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return f"local-{BACKEND_VERSION}-{digest[:48]}"

    def recognise(self, image: ImageSource) -> Outcome:
        # One decoding serves all three models, no larger than the largest input needs.
        pixels = read_pixels(image, least_side=detector.SIDE)
        shares = self.classifier.classify(pixels)
        objects = self.detector.detect(pixels)
        unsafe = self.unsafe.rate(pixels)
        claims = self.merger.merge(
            shares.tolist(), objects, floor=self.floor, max_labels=self.max_labels
        )
        labels = (_as_label(claim, self.merger.taxonomy) for claim in claims)
        return Outcome(
            predictions=(*labels, _as_moderation(unsafe)),
            model_version=f"{BACKEND_VERSION}.{CALIBRATION_VERSION}",
            raw=_raw(shares, objects, unsafe),
        )

    def warm_up(self) -> None:
        for model in (self.classifier, self.detector, self.unsafe):
            model.session.load()

    def find_problems(self) -> Iterator[Problem]:
        for model in find_missing(self.model_dir, MODELS):
            yield Problem(
                message=f"The model {model.name} is not in {self.model_dir}.",
                hint="Run manage.py fetch_models; until then no image can be recognised locally.",
                is_fatal=False,
            )


def _as_label(claim: LabelClaim, taxonomy: Taxonomy) -> Prediction:
    label = taxonomy.labels[claim.name]
    return Prediction(
        kind=Kind.LABEL,
        name=label.name,
        confidence=claim.confidence,
        instances=claim.instances,
        parents=label.parents,
        aliases=label.aliases,
        categories=(label.category,),
        attributes=dict(claim.scores),
    )


def _as_moderation(unsafe: float) -> Prediction:
    """Reported below the floor as well: that a picture was found safe is worth knowing."""
    return Prediction(
        kind=Kind.MODERATION,
        name=UNSAFE,
        confidence=round(100 * unsafe, 2),
        attributes={"nsfw": round(unsafe, 4)},
    )


def _raw(shares: Array, objects: Iterable[FoundObject], unsafe: float) -> Json:
    """The models' own answers: enough to calibrate again without running them."""
    return {
        "classifier": {str(i): float(shares[i]) for i in shares.nonzero()[0]},
        "detector": [
            {"category": found.category, "score": round(found.score, 4), "box": found.box.as_dict()}
            for found in objects
        ],
        "nsfw": round(unsafe, 4),
    }
