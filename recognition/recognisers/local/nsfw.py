"""How unsafe for work the picture is: Yahoo's open_nsfw.

Model: https://github.com/yahoo/open_nsfw
"""

from pathlib import Path

import numpy as np
from PIL import Image

from recognition.recognisers.local.sessions import Array, OnnxSession

MODEL = "open-nsfw.onnx"
_RESIZED, _SIDE = 256, 224
_MEAN_BGR = np.array([104, 117, 123], np.float32)


class UnsafeContentModel:
    """Gives one number to how unsafe a picture is."""

    def __init__(self, model_dir: Path, *, threads: int) -> None:
        self.session = OnnxSession(model_dir, MODEL, threads=threads)

    def rate(self, image: Image.Image) -> float:
        """The probability, 0-1, that an RGB image is unsafe for work."""
        (shares,) = self.session.run(prepare(image))
        return min(max(float(shares[1]), 0.0), 1.0)


def prepare(image: Image.Image) -> Array:
    """An RGB image as the model's input: the middle of it, 224 x 224 x 3, BGR less the mean."""
    resized = image.resize((_RESIZED, _RESIZED), Image.Resampling.BILINEAR)
    edge = (_RESIZED - _SIDE) // 2
    middle = resized.crop((edge, edge, edge + _SIDE, edge + _SIDE))
    return np.asarray(middle, np.float32)[:, :, ::-1] - _MEAN_BGR
