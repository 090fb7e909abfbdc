"""Reads the taxonomy's tables; README.md beside this file says what their columns mean."""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

TABLES = Path(__file__).parent
CLASSIFIER_CLASSES = 1000

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One thing a picture may show."""

    name: str
    parents: tuple[str, ...]
    """The labels above it, nearest first."""
    aliases: tuple[str, ...]
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All labels of the local models, and which of them each model class stands for."""

    labels: Mapping[str, Label]
    """By name; a parent comes before its children."""
    classifier: tuple[str, ...]
    """The label of each ImageNet class, in the classifier's order."""
    detector: Mapping[int, str]
    """The label of each COCO category id."""
    digest: str
    """SHA-256 of the tables."""

    def chain(self, name: str) -> tuple[str, ...]:
        """The label itself and everything above it, nearest first."""
        return (name, *self.labels[name].parents)


@cache
def load_taxonomy() -> Taxonomy:
    """The taxonomy that ships with this recogniser."""
    return parse_taxonomy(
        labels=(TABLES / "labels.tsv").read_text(encoding="utf-8"),
        vocabulary=(TABLES / "vocabulary.tsv").read_text(encoding="utf-8"),
    )


def parse_taxonomy(*, labels: str, vocabulary: str) -> Taxonomy:
    """Builds a taxonomy from the text of its two tables.

    Raises ValueError where a parent is unknown or a classifier class has no label.
    """
    rows = list(_rows(labels))
    classifier = {int(row["index"]): row["label"] for row in rows if row["model"] == "imagenet"}
    if sorted(classifier) != list(range(CLASSIFIER_CLASSES)):
        msg = f"labels.tsv labels {len(classifier)} of {CLASSIFIER_CLASSES} classifier classes."
        raise ValueError(msg)
    return Taxonomy(
        labels=_relate(rows, list(_rows(vocabulary))),
        classifier=tuple(classifier[index] for index in range(CLASSIFIER_CLASSES)),
        detector={int(row["index"]): row["label"] for row in rows if row["model"] == "coco"},
        digest=hashlib.sha256(f"{labels}\0{vocabulary}".encode()).hexdigest(),
    )


def _relate(rows: list[Row], vocabulary: list[Row]) -> dict[str, Label]:
    """Every label with its chain of parents; the vocabulary's word on a label goes first."""
    labels: dict[str, Label] = {}
    for row in (*vocabulary, *rows):
        known = labels.get(row["label"])
        labels[row["label"]] = _widened(known, row) if known else _new(row, labels)
    return dict(sorted(labels.items(), key=lambda item: len(item[1].parents)))


def _new(row: Row, labels: Mapping[str, Label]) -> Label:
    if row["parent"] and row["parent"] not in labels:
        msg = f"{row['label']}: its parent {row['parent']} is not in vocabulary.tsv above it."
        raise ValueError(msg)
    above = labels.get(row["parent"])
    return Label(
        name=row["label"],
        parents=(above.name, *above.parents) if above else (),
        aliases=_words(row),
        category=above.category if above else row["category"],
    )


def _widened(known: Label, row: Row) -> Label:
    """A label that several classes carry answers to the aliases of all of them."""
    return replace(known, aliases=tuple(dict.fromkeys((*known.aliases, *_words(row)))))


def _words(row: Row) -> tuple[str, ...]:
    return tuple(word for word in row["aliases"].split(";") if word)


def _rows(text: str) -> Iterator[Row]:
    return iter(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
