"""What follows from detections besides tags: facts and texts of an asset (pure).

Several recognisers may have spoken, and each may see what another saw too:

- Faces are those of every recogniser. Faces of different recognisers whose boxes overlap by half or
  more are one face: the more confident one says where it is, and of each thing that is said of it
  the more confident saying counts. Celebrities, and the faces that a search for them did not
  recognise, count as faces only where their recogniser found none as such. Faces that are sure
  enough are numbered from 1, the largest first.
- Lines of text are joined in the same way, and read from top to bottom, then from left to right.
- Of a colour the largest share counts, of moderation and of a custom label the highest confidence.
"""

from collections.abc import Iterable

from recognition.facts._colours import colour_facts
from recognition.facts._custom import custom_facts
from recognition.facts._faces import face_facts, numbered_faces
from recognition.facts._lines import read_lines, text_facts
from recognition.facts._moderation import moderation_facts
from recognition.facts._values import FactValue, FoundFacts, SeenDetection
from recognition.predictions import Kind

FACT_KINDS = frozenset(
    {Kind.FACE, Kind.CELEBRITY, Kind.TEXT, Kind.MODERATION, Kind.COLOUR, Kind.LABEL}
)
"""Kinds of detections from which facts follow."""

__all__ = [
    "FACT_KINDS",
    "FactValue",
    "FoundFacts",
    "SeenDetection",
    "facts_from",
    "numbered_faces",
    "read_lines",
]


def facts_from(
    detections: Iterable[SeenDetection],
    *,
    unsafe_threshold: float,
    fact_threshold: float,
    looked_for_faces: bool,
) -> FoundFacts:
    """The facts and texts that follow from everything that was detected on one image.

    Both thresholds are inclusive: `unsafe_threshold` is for moderation, `fact_threshold` for a
    face, what is said of one, a line of text and a custom label. How many faces there are is a
    fact only where somebody looked for faces.
    """
    seen = list(detections)
    lines = read_lines(seen, fact_threshold)
    return FoundFacts(
        facts=(
            *moderation_facts(seen, unsafe_threshold),
            *face_facts(seen, fact_threshold, looked_for_faces=looked_for_faces),
            *colour_facts(seen),
            *text_facts(lines),
            *custom_facts(seen, fact_threshold),
        ),
        texts={"text": "\n".join(line.text for line in lines)} if lines else {},
    )
