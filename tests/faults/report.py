"""The table: one line a scenario, and what went wrong below it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.faults.trial import GOAL_SECONDS, Result, Row, Scenario

_HEAD = ("scenario", "N", "", "lost", "duplicated", "stuck", "recovered")
_MOST_SENTENCES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a scenario: a result, a reason to skip it, or the error that broke it off."""

    scenario: Scenario
    result: Result | None = None
    skipped: str = ""
    broken: str = ""
    took: float = 0.0
    """Seconds, everything that had to be started for it included."""

    @property
    def is_failure(self) -> bool:
        return bool(self.broken) or (self.result is not None and not self.result.is_good)

    @property
    def word(self) -> str:
        if self.skipped:
            return "skipped"
        return "FAILED" if self.is_failure else "ok"

    def as_dict(self) -> dict[str, Any]:
        known = {
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "outcome": self.word,
            "took_seconds": round(self.took, 1),
        }
        if self.result is None:
            return known | {"reason": self.skipped or self.broken}
        return known | self.result.as_dict()


def table(outcomes: Iterable[Outcome]) -> str:
    """One line a scenario, but for those that show a figure."""
    rows = [_HEAD, *(_cells(outcome) for outcome in outcomes if not outcome.scenario.is_figure)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEAD))]
    lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def explanations(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Every figure, what was not played and why, and what is wrong with those that failed."""
    for outcome in outcomes:
        result, name = outcome.result, outcome.scenario.name
        if outcome.skipped:
            yield f"{name} was skipped: {outcome.skipped}"
        elif outcome.broken:
            yield f"{name} broke off: {outcome.broken}"
        elif not isinstance(result, Row):
            yield f"{outcome.scenario.title}: {result} ({outcome.word})"
        elif outcome.is_failure:
            yield "\n  ".join([f"{name} failed:", *_sentences(result)])
        elif result.notes:
            yield f"{name} met with {', '.join(result.notes)}"


def _cells(outcome: Outcome) -> tuple[str, ...]:
    row = outcome.result
    if not isinstance(row, Row):
        return (outcome.scenario.title, "-", "", "-", "-", "-", outcome.word)
    found = row.findings
    recovered = "never" if row.recovered is None else f"{row.recovered:.1f} s"
    counts = (str(len(some)) for some in (found.lost, found.duplicated, found.stuck))
    end = recovered + (" FAILED" if outcome.is_failure else "")
    return (outcome.scenario.title, str(row.n), row.of, *counts, end)


def _aligned(row: Iterable[str], widths: list[int]) -> Iterator[str]:
    for column, (text, width) in enumerate(zip(row, widths, strict=True)):
        yield text.ljust(width) if column in {0, 2} else text.rjust(width)


def _sentences(row: Row) -> Iterator[str]:
    found: Mapping[str, tuple[str, ...]] = {
        "lost": row.findings.lost,
        "duplicated": row.findings.duplicated,
        "stuck": row.findings.stuck,
    }
    for word, sentences in found.items():
        yield from (f"{word}: {sentence}" for sentence in sentences[:_MOST_SENTENCES])
        if len(sentences) > _MOST_SENTENCES:
            yield f"{word}: and {len(sentences) - _MOST_SENTENCES} more"
    if row.recovered is None or row.recovered > GOAL_SECONDS:
        yield f"It had not recovered within {GOAL_SECONDS:.0f} s."
    yield from (f"met with {note}" for note in row.notes)
