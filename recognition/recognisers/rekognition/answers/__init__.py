"""What Rekognition answers, as predictions (pure).

One function a feature. Any member of an answer may be missing or null, as servers that speak the
protocol leave out what they please: what cannot be told is left out, and nothing raises. Numbers
stay as the service gave them.
"""

from recognition.recognisers.rekognition.answers._celebrities import read_celebrities
from recognition.recognisers.rekognition.answers._custom import read_custom
from recognition.recognisers.rekognition.answers._faces import read_faces
from recognition.recognisers.rekognition.answers._labels import join_labels, read_labels
from recognition.recognisers.rekognition.answers._members import storable
from recognition.recognisers.rekognition.answers._moderation import read_moderation
from recognition.recognisers.rekognition.answers._properties import read_properties
from recognition.recognisers.rekognition.answers._text import read_text
from recognition.recognisers.rekognition.answers._versions import model_version

__all__ = [
    "join_labels",
    "model_version",
    "read_celebrities",
    "read_custom",
    "read_faces",
    "read_labels",
    "read_moderation",
    "read_properties",
    "read_text",
    "storable",
]
