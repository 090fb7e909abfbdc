"""The recorded answers, from which every answer is made that a test does not set itself."""

import copy
import json
from functools import cache
from pathlib import Path

from tests.rekognition.boxes import Answer

FOLDER = Path(__file__).with_name("answers")
UNSAFE = "DetectModerationLabels.unsafe"
"""What is answered of a picture that is unsafe."""


def recorded(name: str) -> Answer:
    """A recorded answer of its own, by the name of its operation."""
    return copy.deepcopy(_read(name))


@cache
def _read(name: str) -> Answer:
    answer = json.loads((FOLDER / f"{name}.json").read_text())
    assert isinstance(answer, dict)
    return answer
