"""A recogniser without a model, for trying out the pipeline and for tests of all around it."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from PIL import Image, ImageStat

from recognition.images import ImageSource
from recognition.predictions import Kind, Outcome, Prediction
from recognition.recognisers.base import ImageRecogniser, PermanentError, TransientError
from recognition.recognisers.pixels import read_pixels

BACKEND_VERSION = 1
"""Raise it with any change here that changes answers."""

Failure = Literal["", "transient", "permanent"]

_SIDE = 64
# Where on the colour circle, in degrees, each name ends; the next one begins there.
_HUES = (
    (15, "Red"),
    (45, "Orange"),
    (70, "Yellow"),
    (165, "Green"),
    (190, "Cyan"),
    (260, "Blue"),
    (310, "Purple"),
    (345, "Pink"),
    (361, "Red"),
)
_PALE = 40
"""Below this saturation, 0-255, a pixel has no colour to speak of."""
_BLACK, _WHITE = 50, 205
"""The brightness, 0-255, below and from which it is called so."""


class DummyRecogniser(ImageRecogniser):
    """Describes the looks of an image: its colours, how bright it is, which way round it is."""

    default_threshold: ClassVar[float] = 50.0

    def __init__(
        self,
        *,
        labels: Sequence[tuple[str, float]] = (),
        delay: float = 0.0,
        fail: Failure = "",
    ) -> None:
        """
        labels: names with confidences, 0-100, to report of every image in place of its looks.
        delay: seconds that an answer takes.
        fail: the error, "transient" or "permanent", that every readable image meets.
        """
        if fail not in {"", "transient", "permanent"}:
            msg = f'fail="{fail}" is no failure: give "transient", "permanent" or nothing.'
            raise ValueError(msg)
        self.labels = tuple((str(name), float(confidence)) for name, confidence in labels)
        self.delay = delay
        self.fail = fail

    @property
    def fingerprint(self) -> str:
        # Delays and failures are left out: the answer, once there is one, does not depend on them.
        digest = hashlib.sha256(json.dumps(self.labels).encode()).hexdigest()
        return f"dummy-{BACKEND_VERSION}-{digest[:32]}"

    def recognise(self, image: ImageSource) -> Outcome:
        time.sleep(self.delay)
        pixels = read_pixels(image, least_side=_SIDE)
        if self.fail == "transient":
            msg = "The dummy recogniser is set to fail in a way that may pass."
            raise TransientError(msg)
        if self.fail == "permanent":
            msg = "The dummy recogniser is set to fail for good."
            raise PermanentError(msg)
        return Outcome(
            predictions=tuple(self._fixed() if self.labels else describe(pixels)),
            model_version=str(BACKEND_VERSION),
        )

    def _fixed(self) -> Iterator[Prediction]:
        for name, confidence in self.labels:
            yield Prediction(kind=Kind.LABEL, name=name, confidence=confidence)


def describe(pixels: Image.Image) -> Iterator[Prediction]:
    """Labels for the looks of an RGB image, from its pixels alone."""
    yield _label(_orientation(*pixels.size), 100.0)
    small = pixels.resize((_SIDE, _SIDE), Image.Resampling.BOX)
    brightness = ImageStat.Stat(small.convert("L")).mean[0] / 255
    yield _label("Bright", round(100 * brightness, 2))
    yield _label("Dark", round(100 * (1 - brightness), 2))
    shares = sorted(_colour_shares(small).items(), key=lambda item: (-item[1], item[0]))
    for name, share in shares:
        yield _label(name, share)


def _label(name: str, confidence: float) -> Prediction:
    return Prediction(kind=Kind.LABEL, name=name, confidence=confidence, categories=("Appearance",))


def _orientation(width: int, height: int) -> str:
    if width == height:
        return "Square"
    return "Landscape" if width > height else "Portrait"


def _colour_shares(image: Image.Image) -> dict[str, float]:
    """What percentage of an image's pixels has which colour, by its name."""
    counts: dict[str, int] = {}
    pixels = image.convert("HSV").tobytes()
    for hue, saturation, value in zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True):
        name = _colour_name(hue, saturation, value)
        counts[name] = counts.get(name, 0) + 1
    total = image.width * image.height
    return {name: round(100 * count / total, 2) for name, count in counts.items()}


def _colour_name(hue: int, saturation: int, value: int) -> str:
    """A plain name for a colour given as Pillow's HSV, each 0-255."""
    if value < _BLACK:
        return "Black"
    if saturation < _PALE:
        return "White" if value >= _WHITE else "Gray"
    degrees = hue * 360 / 255
    return next(name for end, name in _HUES if degrees < end)
