"""What people are told of recognition as a whole: who works, what waits, what failed."""

from recognition.overview._alerts import Alert, find_alerts
from recognition.overview._cards import Card, Condition, configured_aliases
from recognition.overview._lists import FailedRun, FailureRow, failed_runs, failure_rows
from recognition.overview._page import AlertLine, Overview, overview_for
from recognition.overview._queue import Queue
from recognition.overview._throughput import Bar, Pace, Throughput

__all__ = [
    "Alert",
    "AlertLine",
    "Bar",
    "Card",
    "Condition",
    "FailedRun",
    "FailureRow",
    "Overview",
    "Pace",
    "Queue",
    "Throughput",
    "configured_aliases",
    "failed_runs",
    "failure_rows",
    "find_alerts",
    "overview_for",
]
