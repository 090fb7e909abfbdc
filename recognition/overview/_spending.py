"""What a recogniser that asks a service has spent this month, and of what."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from recognition.budgets import budget_of
from recognition.models import Spending

_NEAR = 80
"""Percent of a limit from which it is nearly used up."""


class Level(StrEnum):
    """How far a limit is used."""

    FINE = "fine"
    NEAR = "near"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much of a part of the budget is used."""

    total: str
    percent: int
    """Rounded down, so that nothing is called used up that is not; above 100 where the budget was
    lowered."""

    @property
    def told(self) -> str:
        """How much of it is used, in words; there is no part of nothing."""
        return "the limit is 0" if self.total == "0" else f"{self.percent} % of {self.total}"

    @property
    def filled(self) -> int:
        """What a bar of 100 shows."""
        return min(self.percent, 100)

    @property
    def level(self) -> Level:
        if self.percent >= 100:
            return Level.FULL
        return Level.NEAR if self.percent >= _NEAR else Level.FINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A number that services bill by."""

    name: str
    used: str
    limit: Limit | None
    """None where the budget says nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a recogniser has spent in a month."""

    month: date
    uses: tuple[Use, ...]

    @property
    def is_limited(self) -> bool:
        return any(use.limit for use in self.uses)


def spent_by(alias: str) -> Spent | None:
    """What a recogniser has spent this month; None for one that costs nothing."""
    budget = budget_of(alias)
    if budget is None:
        return None
    spending = Spending.of(alias)
    calls = None if budget.calls is None else Decimal(budget.calls)
    return Spent(
        month=spending.month,
        uses=(
            _use("Calls", Decimal(spending.calls), calls),
            _use("Cost", Decimal(spending.cost), budget.cost),
        ),
    )


def _use(name: str, used: Decimal, total: Decimal | None) -> Use:
    return Use(name=name, used=_told(used), limit=None if total is None else _limit(used, total))


def _limit(used: Decimal, total: Decimal) -> Limit:
    return Limit(total=_told(total), percent=int(100 * used / total) if total else 100)


def _told(number: Decimal) -> str:
    """As short as it is exact: prices are of fractions of a cent."""
    return f"{number.normalize():,f}"
