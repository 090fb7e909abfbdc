"""The dummy recogniser, but one colour kills the process that looks at it."""

import os
import signal

from PIL import ImageStat

from recognition.images import ImageSource
from recognition.predictions import Outcome
from recognition.recognisers.dummy import DummyRecogniser
from recognition.recognisers.pixels import read_pixels
from tests.faults.photos import POISON

_NEAR = 12
"""How far a channel may be off, 0-255, and still be the same colour after JPEG compression."""


class FragileRecogniser(DummyRecogniser):
    """Ends its own process at a poison image as a fault in a native library would."""

    def recognise(self, image: ImageSource) -> Outcome:
        mean = ImageStat.Stat(read_pixels(image, least_side=64)).mean
        if all(abs(is_now - poison) < _NEAR for is_now, poison in zip(mean, POISON, strict=True)):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().recognise(image)
