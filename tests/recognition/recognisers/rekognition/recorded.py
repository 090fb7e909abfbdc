"""Answers as Rekognition gives them, kept beside this file, and ways to spoil them."""

import copy
import json
from pathlib import Path

from hypothesis import strategies as st

OPERATIONS = {
    "labels": "DetectLabels",
    "properties": "DetectLabels",
    "faces": "DetectFaces",
    "moderation": "DetectModerationLabels",
    "text": "DetectText",
    "celebrities": "RecognizeCelebrities",
    "custom": "DetectCustomLabels",
}
"""By feature, which is also the name of the file."""

JUNK = (
    None,
    "",
    " ",
    "\0",
    "\ud800",
    "x" * 300,
    -1,
    -0.00001,
    100.00001,
    250,
    10**400,
    True,
    [],
    {},
)
JUNK += (float("nan"), float("inf"), [None], [7], ["x"], [{}], {"Name": None})


def recorded(feature):
    return json.loads((Path(__file__).parent / "answers" / f"{feature}.json").read_text())


def places(value, path=()):
    """The path of every member and item in a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in inside:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def spoiled(feature):
    """Strategy: the recorded answer with members left out, null, or not what they should be."""
    answer = recorded(feature)
    wounds = st.tuples(
        st.sampled_from(sorted(places(answer), key=str)), st.sampled_from((*JUNK, ...))
    )
    return st.lists(wounds, max_size=40).map(lambda chosen: _wounded(answer, chosen))


def _wounded(answer, wounds):
    spoiled_answer = copy.deepcopy(answer)
    # What is deeper and later goes first, so that most of the paths still lead somewhere.
    for path, junk in sorted(wounds, key=lambda wound: str(wound[0]), reverse=True):
        *outer, key = path
        holder = spoiled_answer
        try:
            for step in outer:
                holder = holder[step]
            if junk is ...:
                del holder[key]
            else:
                holder[key] = copy.deepcopy(junk)
        except (KeyError, IndexError, TypeError):
            continue  # something around it is gone already
    return spoiled_answer
