"""What services were paid, month by month."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round

from recognition.calls import Budget, Call

_PLACES = 6
"""Of a sum, behind its point."""


def this_month() -> date:
    """The first day of the present month; services bill by UTC."""
    return datetime.now(UTC).date().replace(day=1)


class Spending(models.Model):
    """The calls of one recogniser in one month, counted before they are made.

    A call whose answer never came stays counted, as it may have been billed; so a process that
    dies makes it too much rather than too little.
    """

    recogniser = models.CharField(max_length=50, help_text="Its alias in RECOGNISERS.")
    month = models.DateField(help_text="Its first day, by UTC.")
    calls = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=_PLACES, default=0)

    class Meta:
        ordering = ["-month", "recogniser"]
        constraints = [
            models.UniqueConstraint(fields=["recogniser", "month"], name="spending_once_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.recogniser} in {self.month:%B %Y}: {self.calls} calls, {self.cost}"

    @classmethod
    def of(cls, alias: str) -> "Spending":
        """What was spent on a recogniser this month; not stored where that is nothing."""
        month = this_month()
        found = cls.objects.filter(recogniser=alias, month=month).first()
        return found or cls(recogniser=alias, month=month)

    @classmethod
    def reserve(cls, alias: str, call: Call, budget: Budget) -> "Spending | None":
        """Counts a call that is about to be made; None where the budget has no room for it."""
        month = this_month()
        room = Q()
        if budget.calls is not None:
            room &= Q(calls__lt=budget.calls)
        if budget.cost is not None:
            room &= Q(cost__lte=budget.cost - call.price)
        # In one statement, so that no two processes take the same room.
        mine = cls.objects.filter(room, recogniser=alias, month=month)
        more = {"calls": F("calls") + 1, "cost": _cost_and(call.price)}
        if not mine.update(**more):
            _, is_new = cls.objects.get_or_create(recogniser=alias, month=month)
            if not (is_new and mine.update(**more)):
                return None
        return cls(recogniser=alias, month=month)

    def give_back(self, price: Decimal) -> None:
        """Takes back a call that was reserved and was not billed."""
        mine = Spending.objects.filter(recogniser=self.recogniser, month=self.month, calls__gt=0)
        mine.update(calls=F("calls") - 1, cost=_cost_and(-price))


def _cost_and(price: Decimal) -> Round:
    """The cost with a price added to it, exactly: SQLite reckons in binary fractions, whose errors
    would add up until the last call within a budget did not fit any more."""
    return Round(F("cost") + price, _PLACES)
