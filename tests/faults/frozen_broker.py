"""How long an upload takes while the broker is frozen, against how long it normally takes."""

import os
import signal
import statistics
from dataclasses import dataclass
from typing import Any

from tests.faults.installation import Installation
from tests.faults.people import People
from tests.faults.photos import Photo
from tests.faults.trial import Trial

GOAL = 2.0
"""So many times its normal length an upload may take, at the 95th percentile."""
ROUNDS = 3
"""Normal and frozen take turns, so that neither has the better machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Of all uploads, in seconds; those that were not answered with 2xx are counted apart."""

    normal: tuple[float, ...]
    frozen: tuple[float, ...]
    refused: int

    @property
    def normal_p95(self) -> float:
        return percentile_95(self.normal)

    @property
    def frozen_p95(self) -> float:
        return percentile_95(self.frozen)

    @property
    def ratio(self) -> float:
        return self.frozen_p95 / self.normal_p95

    @property
    def is_good(self) -> bool:
        return self.ratio <= GOAL and not self.refused

    def as_dict(self) -> dict[str, Any]:
        return {
            "uploads": len(self.frozen),
            "normal_p95_ms": round(1000 * self.normal_p95, 1),
            "frozen_p95_ms": round(1000 * self.frozen_p95, 1),
            "ratio": round(self.ratio, 2),
            "refused": self.refused,
        }

    def __str__(self) -> str:
        return (
            f"p95 of {len(self.frozen)} {1000 * self.frozen_p95:.0f} ms, normally "
            f"{1000 * self.normal_p95:.0f} ms: {self.ratio:.2f} times (goal: at most {GOAL:g}), "
            f"{self.refused} refused"
        )


def percentile_95(values: tuple[float, ...]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def measure(trial: Trial) -> Latencies:
    each = trial.pick(small=20, full=100)
    normal: list[Photo] = []
    frozen: list[Photo] = []
    with trial.installation() as here:
        _upload(trial, here, 10)  # the first ones find every process cold
        for _ in range(ROUNDS):
            normal += _upload(trial, here, each)
            os.kill(here.broker.pid, signal.SIGSTOP)
            try:
                frozen += _upload(trial, here, each)
            finally:
                os.kill(here.broker.pid, signal.SIGCONT)
            here.wait_until(here.is_settled, what="all photos are recognised")
    return Latencies(
        normal=tuple(trial.ledger.latencies(normal)),
        frozen=tuple(trial.ledger.latencies(frozen)),
        refused=trial.ledger.refusals.total(),
    )


def _upload(trial: Trial, here: Installation, number: int) -> list[Photo]:
    photos = trial.photos(number)
    with People(here.client, photos, trial.ledger, number=2, pause=0.0):
        pass
    return photos
