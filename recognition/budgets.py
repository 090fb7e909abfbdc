"""Budgets of recognisers that ask services: telling what is spent, and going on in time."""

import logging
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured
from django.template.defaultfilters import pluralize

from recognition.calls import Budget
from recognition.models import Pause, Spending, this_month
from recognition.recognisers.base import ServiceRecogniser
from recognition.registry import recognisers

logger = logging.getLogger(__name__)


def budget_of(alias: str) -> Budget | None:
    """What may be spent on a recogniser a month; None for one that costs nothing."""
    try:
        recogniser = recognisers[alias]
    except ImproperlyConfigured:
        return None
    return recogniser.budget if isinstance(recogniser, ServiceRecogniser) else None


def has_room(alias: str) -> bool:
    """Whether a recogniser may make any one more call this month; always so without a budget."""
    budget, spent = budget_of(alias), Spending.of(alias)
    return budget is None or budget.has_room_for(
        calls=spent.calls + 1, cost=spent.cost + _dearest_call(alias)
    )


def service_aliases() -> list[str]:
    """The recognisers that ask services."""
    return [alias for alias in recognisers.aliases if budget_of(alias) is not None]


def tell_spent(budget: Budget) -> str:
    """Says that a budget is spent, how large it is, and when it goes on."""
    limits = _amount(budget.calls, budget.cost)
    return (
        f"The budget of {limits} for {this_month():%B %Y} is used up. It goes on "
        "next month, or when the budget is raised."
    )


def tell_left(alias: str) -> str:
    """Says what a recogniser's budget leaves for this month; empty where there is none."""
    budget, spent = budget_of(alias), Spending.of(alias)
    if budget is None or not budget.is_limited:
        return ""
    left = _amount(
        None if budget.calls is None else max(0, budget.calls - spent.calls),
        None if budget.cost is None else max(Decimal(0), budget.cost - spent.cost).normalize(),
    )
    return f"The budget of {alias} for {this_month():%B %Y} leaves {left}."


def lift_pauses() -> list[str]:
    """Ends the pauses of recognisers whose budget has room again; answers which.

    What waited for it is due from then on.
    """
    lifted = []
    for pause in Pause.objects.filter(cause=Pause.Cause.BUDGET):
        if has_room(pause.recogniser):
            Pause.objects.filter(pk=pause.pk, cause=Pause.Cause.BUDGET).delete()
            logger.info("%s goes on: its budget has room again", pause.recogniser)
            lifted.append(pause.recogniser)
    return lifted


def _amount(calls: int | None, cost: Decimal | None) -> str:
    """Calls and money in words, as far as there is a limit to them."""
    told = [] if calls is None else [f"{calls:,} call{pluralize(calls)}"]
    if cost is not None:
        told.append(f"{cost:f} in money")
    return " and ".join(told)


def _dearest_call(alias: str) -> Decimal:
    """What the dearest call costs: room for less would not last for one image."""
    recogniser = recognisers[alias]
    planned = recogniser.plan(()) if isinstance(recogniser, ServiceRecogniser) else ()
    return max((call.price for call in planned), default=Decimal(0))
