"""From what two models say about classes to what we say about labels."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from recognition.predictions import Instance
from recognition.recognisers.local.calibration import Calibration
from recognition.recognisers.local.detector import FoundObject
from recognition.recognisers.local.taxonomy import Taxonomy


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
    best_boxes: Mapping[str, float]
    """By label: the detector's best score for the label or anything below it."""

    @classmethod
    def gather(
        cls, shares: Sequence[float], objects: Iterable[FoundObject], taxonomy: Taxonomy
    ) -> "Scores":
        """Sums the shares of disjoint classes and takes the best of overlapping boxes."""
        sums: dict[str, float] = defaultdict(float)
        for name, share in zip(taxonomy.classifier, shares, strict=True):
            if share > 0:
                for label in taxonomy.chain(name):
                    sums[label] += float(share)
        best: dict[str, float] = defaultdict(float)
        for found in objects:
            for label in taxonomy.chain(taxonomy.detector[found.category]):
                best[label] = max(best[label], found.score)
        return cls(shares={label: min(s, 1.0) for label, s in sums.items()}, best_boxes=best)


class Merger:
    """Makes one list of labels of both models' answers."""

    def __init__(self, taxonomy: Taxonomy, calibration: Calibration) -> None:
        self.taxonomy = taxonomy
        self.calibration = calibration
        self.breadths = Counter(
            label for name in set(taxonomy.classifier) for label in taxonomy.chain(name)
        )
        """By label: how many different labels the classifier's classes below it carry."""

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
        instances = self._place(objects, floor=floor)
        return [
            LabelClaim(
                name=name,
                confidence=confidences[name],
                scores=dict(_speakers(name, scores)),
                instances=tuple(instances.get(name, ())),
            )
            for name in order[:max_labels]
        ]

    def rate(self, scores: Scores) -> dict[str, float]:
        """The confidence, 0-100, of every label with any score."""
        own = {
            name: max(
                self.calibration.from_classifier(
                    scores.shares.get(name, 0.0), breadth=max(self.breadths[name], 1)
                ),
                self.calibration.from_detector(scores.best_boxes.get(name, 0.0)),
            )
            for name in {*scores.shares, *scores.best_boxes}
        }
        rated = dict.fromkeys(own, 0.0)
        for name, probability in own.items():
            confidence = round(100 * probability, 2)
            for label in self.taxonomy.chain(name):
                rated[label] = max(rated[label], confidence)
        return rated

    def _place(self, objects: Iterable[FoundObject], *, floor: float) -> dict[str, list[Instance]]:
        """Where the labels that boxes name are; parents have no boxes of their own."""
        places: dict[str, list[Instance]] = defaultdict(list)
        for found in objects:
            confidence = round(100 * self.calibration.from_detector(found.score), 2)
            if confidence >= floor:
                name = self.taxonomy.detector[found.category]
                places[name].append(Instance(box=found.box, confidence=confidence))
        return places


def _speakers(name: str, scores: Scores) -> Iterator[tuple[str, float]]:
    if name in scores.shares:
        yield "classifier", round(scores.shares[name], 4)
    if name in scores.best_boxes:
        yield "detector", round(scores.best_boxes[name], 4)
