"""Which objects the picture shows and where: EfficientDet-Lite0 over the 80 classes of COCO.

Model: https://ai.google.dev/edge/mediapipe/solutions/vision/object_detector. The anchors follow
"EfficientDet: Scalable and Efficient Object Detection" (Tan, Pang, Le; CVPR 2020).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from dam.geometry import BoundingBox
from recognition.recognisers.local.sessions import Array, TfLiteSession

MODEL = "object_detector.tflite"
SIDE = 320
LEAST_SCORE = 0.05
MOST_OVERLAP = 0.5

_LEVELS = range(3, 8)
_SCALES = tuple(3.0 * 2 ** (octave / 3) for octave in range(3))
_ASPECTS = (1.0, 2.0, 0.5)
_MOST_CANDIDATES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundObject:
    """One object in the picture."""

    category: int
    """COCO's category id, 1-90."""
    score: float
    box: BoundingBox


class Detector:
    """Finds objects and their boxes."""

    def __init__(self, model_dir: Path, *, threads: int) -> None:
        self.session = TfLiteSession(model_dir, MODEL, threads=threads)

    def detect(self, image: Image.Image) -> list[FoundObject]:
        """The objects of an RGB image, highest score first."""
        pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.uint8)
        scores, offsets = self.session.run(pixels)
        return find_objects(scores, offsets)


def find_objects(scores: Array, offsets: Array) -> list[FoundObject]:
    """Turns the model's answer into objects.

    `scores` is anchors x 90 (0-1), `offsets` anchors x 4: how far (y, x) and by what power (height,
    width) an object differs from its anchor, in units of the anchor.
    """
    # Through one axis: searching a table takes numpy twice as long.
    anchors, categories = np.divmod(np.flatnonzero(scores >= LEAST_SCORE), scores.shape[1])
    values = scores[anchors, categories]
    best = np.argsort(-values, kind="stable")[:_MOST_CANDIDATES]
    anchors, categories, values = anchors[best], categories[best], values[best]
    corners = decode(make_anchors()[anchors], offsets[anchors])
    return [
        FoundObject(
            category=int(categories[i]) + 1, score=float(values[i]), box=_as_box(corners[i])
        )
        for i in suppress(corners, categories)
    ]


@cache
def make_anchors() -> Array:
    """All anchors, n x 4: centre y, centre x, height, width in pixels of the model's input."""
    return np.concatenate([_level_anchors(2**level) for level in _LEVELS])


def _level_anchors(stride: int) -> Array:
    """The anchors of one level: every cell, in it every scale, of that every aspect ratio."""
    centres = (np.arange(-(-SIDE // stride)) + 0.5) * stride
    shapes = [
        (scale * stride / np.sqrt(aspect), scale * stride * np.sqrt(aspect))
        for scale in _SCALES
        for aspect in _ASPECTS
    ]
    places = np.stack(np.meshgrid(centres, centres, indexing="ij"), -1).reshape(-1, 1, 2)
    sizes = np.array(shapes).reshape(1, -1, 2)
    each = (len(places), len(shapes), 2)
    return np.concatenate(
        [np.broadcast_to(places, each), np.broadcast_to(sizes, each)], axis=-1
    ).reshape(-1, 4)


def decode(anchors: Array, offsets: Array) -> Array:
    """Corners of boxes, n x 4: top, left, bottom, right as ratios of the image, clipped to it."""
    centres = offsets[:, :2] * anchors[:, 2:] + anchors[:, :2]
    halves = np.exp(offsets[:, 2:]) * anchors[:, 2:] / 2
    corners = np.concatenate([centres - halves, centres + halves], axis=1) / SIDE
    clipped: Array = np.clip(corners, 0, 1)
    return clipped


def suppress(corners: Array, categories: Array) -> list[int]:
    """Indices of the boxes to keep: none overlaps an earlier one of its category too much.

    Boxes come best first.
    """
    overlaps = _overlaps(corners)
    rivals = (overlaps > MOST_OVERLAP) & (categories[:, np.newaxis] == categories)
    is_kept = np.ones(len(corners), bool)
    for i in range(len(corners)):
        if is_kept[i]:
            is_kept[i + 1 :] &= ~rivals[i, i + 1 :]
    return [int(i) for i in np.flatnonzero(is_kept)]


def _overlaps(corners: Array) -> Array:
    """Intersection over union of every box with every other."""
    top_left = np.maximum(corners[:, np.newaxis, :2], corners[:, :2])
    bottom_right = np.minimum(corners[:, np.newaxis, 2:], corners[:, 2:])
    shared = np.prod(np.clip(bottom_right - top_left, 0, None), axis=-1)
    areas = np.prod(corners[:, 2:] - corners[:, :2], axis=-1)
    union = areas[:, np.newaxis] + areas - shared
    overlaps: Array = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return overlaps


def _as_box(corners: Array) -> BoundingBox:
    top, left, bottom, right = (round(float(value), 5) for value in corners)
    return BoundingBox(left=left, top=top, width=right - left, height=bottom - top)
