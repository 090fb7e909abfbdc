"""From what two models say about classes to what we say about labels."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from recognition.predictions import Instance
from recognition.recognisers.local.calibration import Calibration
from recognition.recognisers.local.detector import FoundObject
from recognition.recognisers.local.taxonomy import Taxonomy

ANIMAL = "Animal"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelClaim:
    """What is known about one label of a picture."""

    name: str
    confidence: float
    """0-100, and never less than that of a label below this one."""
    scores: Mapping[str, float]
    """What the models that speak for it say, 0-1, before calibration."""
    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The models' words on one picture, carried from classes to labels."""

    shares: Mapping[str, float]
    """By label: the classifier's shares of all classes that are the label or lie below it."""
    boxes: Mapping[str, float]
    """By label that the detector knows: the best score of its boxes."""

    @classmethod
    def gather(
        cls, shares: Sequence[float], objects: Iterable[FoundObject], taxonomy: Taxonomy
    ) -> "Scores":
        """Sums the shares of classes, which exclude each other; takes the best of boxes."""
        sums: dict[str, float] = defaultdict(float)
        for name, share in zip(taxonomy.classifier, shares, strict=True):
            if share > 0:
                for label in taxonomy.chain(name):
                    sums[label] += float(share)
        best: dict[str, float] = defaultdict(float)
        for found in objects:
            label = taxonomy.detector[found.category]
            best[label] = max(best[label], found.score)
        # Rounding may carry a sum past 1.
        return cls(shares={label: min(total, 1.0) for label, total in sums.items()}, boxes=best)


class Merger:
    """Makes one list of labels of both models' answers."""

    def __init__(self, taxonomy: Taxonomy, calibration: Calibration) -> None:
        self.taxonomy = taxonomy
        self.calibration = calibration
        self.broad = frozenset(
            parent for name in taxonomy.classifier for parent in taxonomy.labels[name].parents
        )
        """The labels that have others of the classifier's below them."""

    def merge(
        self,
        shares: Sequence[float],
        objects: Sequence[FoundObject],
        *,
        floor: float,
        max_labels: int,
    ) -> list[LabelClaim]:
        """The labels from `floor` (0-100) up, surest first, a parent before its children.

        `shares` is the classifier's softmax over all its classes.
        """
        scores = Scores.gather(shares, objects, self.taxonomy)
        confidences = self.rate(scores)
        order = sorted(
            (name for name, confidence in confidences.items() if confidence >= floor),
            key=lambda name: (-confidences[name], len(self.taxonomy.labels[name].parents), name),
        )
        instances = self._place(objects, scores, floor=floor)
        return [
            LabelClaim(
                name=name,
                confidence=confidences[name],
                scores=dict(_speakers(name, scores, self.taxonomy)),
                instances=tuple(instances.get(name, ())),
            )
            for name in order[:max_labels]
        ]

    def rate(self, scores: Scores) -> dict[str, float]:
        """The confidence, 0-100, of every label with any score."""
        own = {
            name: self.calibration.from_classifier(share, is_specific=name not in self.broad)
            for name, share in scores.shares.items()
        }
        for name, score in scores.boxes.items():
            seen = self.calibration.from_detector(score, rivals=self.rivals(name, scores))
            own[name] = max(own.get(name, 0.0), seen)
        rated: dict[str, float] = defaultdict(float)
        for name, probability in own.items():
            confidence = round(100 * probability, 2)
            for label in self.taxonomy.chain(name):
                rated[label] = max(rated[label], confidence)
        return rated

    def rivals(self, name: str, scores: Scores) -> float:
        """The classifier's share of other animals, for an animal; nothing for anything else.

        Animals exclude one another in most pictures, while a keyboard comes with a mouse.
        """
        if self.taxonomy.chain(name)[-1] != ANIMAL:
            return 0.0
        return scores.shares.get(ANIMAL, 0.0) - scores.shares.get(name, 0.0)

    def _place(
        self, objects: Iterable[FoundObject], scores: Scores, *, floor: float
    ) -> dict[str, list[Instance]]:
        """Where the labels that boxes name are; parents have no boxes of their own."""
        places: dict[str, list[Instance]] = defaultdict(list)
        for found in objects:
            name = self.taxonomy.detector[found.category]
            seen = self.calibration.from_detector(found.score, rivals=self.rivals(name, scores))
            confidence = round(100 * seen, 2)
            if confidence >= floor:
                places[name].append(Instance(box=found.box, confidence=confidence))
        return places


def _speakers(name: str, scores: Scores, taxonomy: Taxonomy) -> Iterator[tuple[str, float]]:
    """Which models speak for a label, or for one below it, and their scores."""
    if name in scores.shares:
        yield "classifier", round(scores.shares[name], 4)
    if seen := [score for label, score in scores.boxes.items() if name in taxonomy.chain(label)]:
        yield "detector", round(max(seen), 4)
