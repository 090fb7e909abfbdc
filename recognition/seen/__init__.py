"""What recognisers saw on an asset's image, beside its tags: faces, text, colours and the like.

The runs whose detections count for tags and facts count here too, and what is sure enough for a
fact comes first; the rest is there, folded away.
"""

from recognition.seen._panel import SeenPanel, seen_panel
from recognition.seen._values import Found, Link, Mark, SeenFace, SeenModeration, SeenText

__all__ = [
    "Found",
    "Link",
    "Mark",
    "SeenFace",
    "SeenModeration",
    "SeenPanel",
    "SeenText",
    "seen_panel",
]
