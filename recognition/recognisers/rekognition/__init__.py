"""Asks Amazon Rekognition what a still image shows."""

from recognition.recognisers.rekognition.features import Feature
from recognition.recognisers.rekognition.recogniser import RekognitionRecogniser

__all__ = ["Feature", "RekognitionRecogniser"]
