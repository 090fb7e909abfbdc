"""What is measured about recognition, for Prometheus."""

import logging
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from dam.storages import StorageError
from recognition.calls import NotNowError
from recognition.models import Pause, RecognitionRun
from recognition.recognisers.base import HaltError, PermanentError, TransientError
from recognition.registry import active_aliases

logger = logging.getLogger(__name__)
State = RecognitionRun.State

recogniser_seconds = Histogram(
    "bromo_recogniser_seconds",
    "How long a recogniser took over an image, by how it ended.",
    ["recogniser", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60),
)
publish_failures = Counter(
    "bromo_publish_failures", "Times that the broker did not take a message; a sweep repeats it."
)
service_calls = Counter(
    "bromo_service_calls",
    "Billable calls of services, by how they ended.",
    ["recogniser", "operation", "outcome"],
)
service_cost = Counter(
    "bromo_service_cost", "What those calls cost, by the configured prices.", ["recogniser"]
)
sweeps = Counter("bromo_sweeps", "Times that runs were looked for which nobody works on.")


@contextmanager
def timing_recogniser(alias: str) -> Iterator[None]:
    """Measures the block, the call of a recogniser; the error that it raises is its outcome."""
    start, outcome = time.perf_counter(), "error"
    try:
        yield
        outcome = "answered"
    except NotNowError:
        outcome = "deferred"
        raise
    except (TransientError, StorageError):
        outcome = "transient"
        raise
    except HaltError:
        outcome = "halted"
        raise
    except (PermanentError, ImproperlyConfigured):
        outcome = "permanent"
        raise
    finally:
        seconds = time.perf_counter() - start
        recogniser_seconds.labels(recogniser=alias, outcome=outcome).observe(seconds)


class RunCollector(Collector):
    """Tells of the runs as they are in the database at the moment of asking.

    Both queries are answered by one index: at a million runs, a tenth of a second.
    """

    def describe(self) -> list[GaugeMetricFamily]:
        return [_runs(), _queue_age(), _paused()]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            counts = _count_runs()
            causes = dict(Pause.objects.order_by().values_list("recogniser", "cause"))
            ages = _waiting_seconds(counts, paused=causes)
        except DatabaseError as error:
            # What the processes counted themselves is worth telling without it.
            logger.warning("the runs cannot be counted: %s", error)
            return
        runs, queue_age, paused = _runs(), _queue_age(), _paused()
        for alias, by_state in sorted(counts.items()):
            for state in State.values:
                runs.add_metric([alias, state], by_state.get(state, 0))
            queue_age.add_metric([alias], ages[alias])
        for alias, cause in causes.items():
            paused.add_metric([alias, cause], 1)
        yield runs
        yield queue_age
        yield paused


def _runs() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "bromo_runs", "Recognition runs, by state.", labels=["recogniser", "state"]
    )


def _queue_age() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "bromo_queue_age_seconds",
        "For how long the run has waited that waits for a worker the longest.",
        labels=["recogniser"],
    )


def _paused() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "bromo_recogniser_paused",
        "1 for each recogniser that stands still, by the cause.",
        labels=["recogniser", "cause"],
    )


def _count_runs() -> dict[str, dict[str, int]]:
    """How many runs each recogniser has in which state; the active ones are always there."""
    counts: dict[str, dict[str, int]] = {alias: {} for alias in active_aliases()}
    grouped = RecognitionRun.objects.order_by().values_list("recogniser", "state")
    for alias, state, number in grouped.annotate(number=Count("*")):
        counts.setdefault(alias, {})[state] = number
    return counts


def _waiting_seconds(
    counts: dict[str, dict[str, int]], *, paused: Collection[str]
) -> dict[str, float]:
    """For how long each recogniser's oldest due run has been due; 0 where none is, or it pauses."""
    now = timezone.now()
    ages = dict.fromkeys(counts, 0.0)
    for alias in counts.keys() - set(paused):
        runs = RecognitionRun.objects.order_by().filter(recogniser=alias)
        # Apart from each other, as only so the database reads the index no further than needed.
        waiting = runs.filter(state=State.QUEUED, next_try_at__lte=now)
        left = runs.filter(state=State.RUNNING, lease_until__lt=now)
        since: list[datetime | None] = [
            waiting.aggregate(oldest=Min("next_try_at"))["oldest"],
            left.aggregate(oldest=Min("lease_until"))["oldest"],
        ]
        ages[alias] = max(((now - moment).total_seconds() for moment in since if moment), default=0)
    return ages
