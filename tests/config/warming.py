"""A recogniser that says in which process it loads and which one it works in."""

import logging
import os

from recognition.recognisers.base import PermanentError
from recognition.recognisers.dummy import DummyRecogniser

logger = logging.getLogger(__name__)


class WarmingRecogniser(DummyRecogniser):
    def __init__(self, *, name):
        super().__init__()
        self.name = name
        self.is_warm = False

    def warm_up(self):
        logger.info("warm: %s in %s", self.name, os.getpid())
        if self.name == "broken":
            raise PermanentError("There is no such model.")
        self.is_warm = True

    def recognise(self, image):
        if not self.is_warm:
            raise PermanentError("It was not warmed up.")
        return super().recognise(image)
