"""What the picture as a whole shows: EfficientNet-Lite3 over the 1,000 classes of ImageNet-1k.

Model: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
"""

from pathlib import Path

import numpy as np
from PIL import Image

from recognition.recognisers.local.sessions import Array, TfLiteSession

MODEL = "efficientnet_lite3.tflite"
SIDE = 280
_MEAN, _SPREAD = 127.0, 128.0  # the model was trained on (pixel - 127) / 128


class Classifier:
    """Gives each class its share of the answer."""

    def __init__(self, model_dir: Path, *, threads: int) -> None:
        self.session = TfLiteSession(model_dir, MODEL, threads=threads)

    def classify(self, image: Image.Image) -> Array:
        """The softmax over all classes: 1,000 numbers 0-1, in the model's own steps of 1/256."""
        scale, zero_point = self.session.input_quantisation()
        (shares,) = self.session.run(prepare(image, scale=scale, zero_point=zero_point))
        return shares.astype(np.float64) / 256


def prepare(image: Image.Image, *, scale: float, zero_point: int) -> Array:
    """An RGB image as the model's quantised input, 280 x 280 x 3, its aspect ratio given up.

    Giving the model plain bytes instead of values in its own quantisation costs seven points of
    accuracy.
    """
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32)
    quantised = np.round((pixels - _MEAN) / _SPREAD / scale + zero_point)
    return np.clip(quantised, 0, 255).astype(np.uint8)
