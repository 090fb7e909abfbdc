"""Looking at what an application rests on, without waiting for what does not answer."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock, Thread

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing to look at."""

    name: str
    look: Callable[[], None]
    """Raises whatever is wrong with it."""
    is_vital: bool
    """Whether nothing works without it."""


class Watch:
    """Says what works, at most `patience` seconds after it is asked.

    Each look is taken in a thread of its own. One that hangs counts as failed, and is waited for
    again the next time instead of being repeated, so that threads cannot pile up. Answers are kept
    for `keep` seconds, however many ask.
    """

    def __init__(
        self, probes: Iterable[Probe], *, patience: float = 1.0, keep: float = 2.0
    ) -> None:
        self.probes = tuple(probes)
        self._patience, self._keep = patience, keep
        self._lock = Lock()
        self._looks: dict[str, _Look] = {}
        self._answers: dict[str, bool] = {}
        self._kept_until = 0.0

    def answers(self) -> dict[str, bool]:
        """By name, whether it works."""
        with self._lock:
            if time.monotonic() >= self._kept_until:
                self._look()
                self._kept_until = time.monotonic() + self._keep
            return self._answers

    def _look(self) -> None:
        deadline = time.monotonic() + self._patience
        for probe in self.probes:
            if probe.name not in self._looks or not self._looks[probe.name].is_alive():
                self._looks[probe.name] = _Look(probe)
                self._looks[probe.name].start()
        before, self._answers = self._answers, {}
        for name, look in self._looks.items():
            look.join(max(0.0, deadline - time.monotonic()))
            problem = "it does not answer" if look.is_alive() else look.problem
            self._answers[name] = not problem
            _tell(name, problem, worked=before.get(name, True))


class _Look(Thread):
    def __init__(self, probe: Probe) -> None:
        super().__init__(name=f"probe-{probe.name}", daemon=True)
        self._probe = probe
        self.problem = ""

    def run(self) -> None:
        try:
            self._probe.look()
        except Exception as error:  # noqa: BLE001 - databases, stores and brokers have their own
            self.problem = f"{type(error).__name__}: {error}"


def _tell(name: str, problem: str, *, worked: bool) -> None:
    """Logs what has changed, and not every time anew."""
    if problem and worked:
        logger.warning("%s does not work: %s", name, problem)
    elif not problem and not worked:
        logger.info("%s works again", name)
