"""The facts of made-up assets, among them what is said of each face (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isnan

import numpy as np

from bench.search.stock import Numbers, draw, shares
from bench.search.vocabulary import CAMERAS, COLOURS, MODERATION, PRODUCTS

FactRow = tuple[int, str, str, float | None, int | None]
"""Asset, kind, value, confidence, number of the face."""
STATUSES, STATUS_SHARES = (
    ("recognised", "queued", "failed", "none"),
    np.array([0.97, 0.98, 0.99, 1.0]),
)
FORMATS, FORMAT_SHARES = ("jpg", "png", "webp", "tif"), np.array([0.8, 0.9, 0.96, 1.0])
_FACES = np.array([0.76, 0.89, 0.95, 0.98, 0.99, 0.995, 1.0])
"""Up to how many faces are on which share of the images."""
_OF_A_FACE: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "gender": (("female", "male"), (0.5, 1.0)),
    "emotion": (
        ("happy", "calm", "sad", "surprised", "angry", "fear", "confused", "disgusted"),
        (0.45, 0.8, 0.86, 0.9, 0.94, 0.96, 0.98, 1.0),
    ),
    "pose": (("frontal", "left", "right", "up", "down"), (0.5, 0.7, 0.9, 0.95, 1.0)),
    "smile": (("yes", "no"), (0.45, 1.0)),
    "eyes": (("open", "closed"), (0.9, 1.0)),
    "mouth": (("closed", "open"), (0.65, 1.0)),
    "eyeglasses": (("no", "yes"), (0.75, 1.0)),
    "sunglasses": (("no", "yes"), (0.92, 1.0)),
    "beard": (("no", "yes"), (0.8, 1.0)),
    "moustache": (("no", "yes"), (0.88, 1.0)),
}
AGES = ("0-12", "13-19", "20-29", "30-39", "40-49", "50-59", "60+")
SAID = 0.8
"""The share of faces of which any one thing is sure enough to be said."""


@dataclass(slots=True)
class FactSheet:
    """Gathers facts of so many assets, numbered from 0."""

    rng: np.random.Generator
    _values: list[tuple[str, str]] = field(default_factory=list)
    _parts: list[tuple[Numbers, Numbers, Numbers, Numbers]] = field(default_factory=list)

    def add(
        self,
        kind: str,
        values: Sequence[str],
        assets: Numbers,
        picks: Numbers,
        *,
        confidence: Numbers | None = None,
        faces: Numbers | None = None,
    ) -> None:
        """Notes of each asset the value picked, by its place; no confidence: it is certain."""
        first = len(self._values)
        self._values += [(kind, value) for value in values]
        sure = np.full(len(assets), np.nan) if confidence is None else confidence
        face = np.zeros(len(assets), dtype=np.int64) if faces is None else faces
        self._parts.append((assets, picks + first, sure, face))

    def rows(self, first_asset: int) -> Iterator[FactRow]:
        """All rows in the order of assets, of which the first has that key."""
        assets, values, sure, faces = (np.concatenate(part) for part in zip(*self._parts))  # noqa: B905 - all parts have four
        order = np.argsort(assets, kind="stable")
        for asset, value, confidence, face in zip(
            (assets[order] + first_asset).tolist(),
            values[order].tolist(),
            np.round(sure[order], 2).tolist(),
            faces[order].tolist(),
            strict=True,
        ):
            kind, name = self._values[value]
            yield asset, kind, name, None if isnan(confidence) else confidence, face or None

    def sure(self, number: int) -> Numbers:
        drawn: Numbers = self.rng.uniform(80, 100, number)
        return drawn


def add_recognised(sheet: FactSheet, number: int) -> Numbers:
    """Adds what recognisers said of so many assets; gives which of them have text on them."""
    rng, everyone = sheet.rng, np.arange(number)
    statuses = draw(rng, STATUS_SHARES, number)
    sheet.add("status", STATUSES, everyone, statuses)
    done = everyone[statuses == 0]
    for alias, share in (("local", 0.95), ("rekognition", 0.4)):
        by = done[rng.random(len(done)) < share]
        sheet.add("recogniser", (alias,), by, np.zeros(len(by), dtype=np.int64))
    _add_colours(sheet, done)
    _add_some(sheet, "unsafe", ("unsafe",), done, share=0.01)
    _add_some(sheet, "moderation", MODERATION, done, share=0.02)
    _add_some(sheet, "custom", PRODUCTS, done, share=0.05)
    _add_faces(sheet, done)
    texts: Numbers = done[rng.random(len(done)) < 0.1]
    sheet.add("text", ("yes",), texts, np.zeros(len(texts), dtype=np.int64))
    return texts


def add_of_file(
    sheet: FactSheet, number: int, formats: Numbers, shape: Numbers, moments: Numbers
) -> None:
    """Adds what the files say: formats, orientations and moments (not a time: unknown) as drawn."""
    everyone = np.arange(number)
    sheet.add("format", FORMATS, everyone, formats)
    sheet.add("orientation", ("landscape", "portrait", "square"), everyone, shape)
    known = everyone[sheet.rng.random(number) < 0.7]
    sheet.add("camera", CAMERAS, known, draw(sheet.rng, shares(len(CAMERAS)), len(known)))
    dated = everyone[~np.isnat(moments)]
    for kind, unit in (("year", "Y"), ("month", "M")):
        values, picks = np.unique(moments[dated].astype(f"M8[{unit}]"), return_inverse=True)
        sheet.add(kind, [str(value) for value in values], dated, picks)


def _add_some(
    sheet: FactSheet, kind: str, values: Sequence[str], among: Numbers, *, share: float
) -> None:
    some = among[sheet.rng.random(len(among)) < share]
    picks = sheet.rng.integers(len(values), size=len(some))
    sheet.add(kind, values, some, picks, confidence=sheet.sure(len(some)))


def _add_colours(sheet: FactSheet, among: Numbers) -> None:
    """One to three colours an asset, all different."""
    rng = sheet.rng
    first = draw(rng, shares(len(COLOURS)), len(among))
    number = rng.integers(1, 4, len(among))
    for place, step in enumerate((0, 1, 5)):
        has = number > place
        share = rng.uniform(10, 60, int(has.sum()))
        picks = (first[has] + step) % len(COLOURS)
        sheet.add("colour", COLOURS, among[has], picks, confidence=share)


def _add_faces(sheet: FactSheet, among: Numbers) -> None:
    rng = sheet.rng
    numbers = draw(rng, _FACES, len(among))
    sheet.add("faces", [str(number) for number in range(len(_FACES))], among, numbers)
    assets = np.repeat(among, numbers)
    last = np.cumsum(numbers)
    faces = np.arange(len(assets)) - np.repeat(last - numbers, numbers) + 1
    for kind, (values, upto) in _OF_A_FACE.items():
        said = rng.random(len(assets)) < SAID
        picks = draw(rng, np.array(upto), int(said.sum()))
        sure = sheet.sure(len(picks))
        sheet.add(kind, values, assets[said], picks, confidence=sure, faces=faces[said])
    _add_ages(sheet, assets, faces)


def _add_ages(sheet: FactSheet, assets: Numbers, faces: Numbers) -> None:
    """An age range lies in one band, or in two that are neighbours."""
    rng = sheet.rng
    youngest = rng.integers(len(AGES), size=len(assets))
    both = (rng.random(len(assets)) < 0.5) & (youngest + 1 < len(AGES))
    for has, picks in ((np.ones(len(assets), dtype=bool), youngest), (both, youngest + 1)):
        sure = sheet.sure(int(has.sum()))
        sheet.add("age", AGES, assets[has], picks[has], confidence=sure, faces=faces[has])
