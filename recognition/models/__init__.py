"""Recognition runs, what they found, and the rules that make tags of it."""

from recognition.models._detections import Detection
from recognition.models._kinds import Kinds
from recognition.models._pauses import Pause
from recognition.models._rules import Evidence, Rule
from recognition.models._runs import (
    LONGEST_POSTPONED,
    MAX_ATTEMPTS,
    RecognitionRun,
    RunQuerySet,
    current_request_id,
)
from recognition.models._spendings import Spending, this_month

__all__ = [
    "LONGEST_POSTPONED",
    "MAX_ATTEMPTS",
    "Detection",
    "Evidence",
    "Kinds",
    "Pause",
    "RecognitionRun",
    "Rule",
    "RunQuerySet",
    "Spending",
    "current_request_id",
    "this_month",
]
