"""The page that staff look at, put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.paginator import Page, Paginator
from django.template.defaultfilters import pluralize
from django.utils import timezone

from recognition.failures import MOST, Failure, list_failures
from recognition.overview._alerts import Alert, count_failed_lately, find_alerts, put_off
from recognition.overview._cards import Card, configured_aliases, known_aliases, list_cards
from recognition.overview._lists import FailureRow, failure_rows

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """An alert in words."""

    text: str
    is_urgent: bool
    about: str
    """What its link shows, in words."""
    anchor: str
    """The part of the page that says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything the page shows."""

    now: datetime
    alerts: tuple[AlertLine, ...]
    cards: tuple[Card, ...]
    failures: tuple[FailureRow, ...]
    """Those of the page."""
    page: Page[Failure]


def overview_for(user: User | AnonymousUser, page: str | None = None) -> Overview:
    """The state of recognition, as a person may see it; `page` is that of the failures."""
    alerts, aliases = find_alerts(), known_aliases()
    failures = list_failures(configured_aliases())
    cards = {card.alias: card for card in list_cards(aliases, failures, alerts)}
    shown = Paginator(failures, PAGE_SIZE).get_page(page)
    return Overview(
        now=timezone.now(),
        alerts=tuple(_line(alert, cards) for alert in alerts if alert.recogniser in cards),
        cards=tuple(cards.values()),
        failures=tuple(failure_rows(shown, user)),
        page=shown,
    )


def _line(alert: Alert, cards: Mapping[str, Card]) -> AlertLine:
    card = cards[alert.recogniser]
    tell = {
        Alert.Kind.HALTED: _halted,
        Alert.Kind.STALLED: _stalled,
        Alert.Kind.PUT_OFF: _put_off,
        Alert.Kind.PROBLEM: _problem,
        Alert.Kind.FAILED: _failed,
        Alert.Kind.SPENT: _spent,
        Alert.Kind.PAUSED: _paused,
    }
    is_failed = alert.kind is Alert.Kind.FAILED
    return AlertLine(
        text=tell[alert.kind](card),
        is_urgent=alert.kind not in (Alert.Kind.SPENT, Alert.Kind.PAUSED),
        about=f"what failed of {card.alias}" if is_failed else f"how {card.alias} fares",
        anchor="failures" if is_failed else card.anchor,
    )


def _halted(card: Card) -> str:
    count = card.queue.unfinished
    waiting = f"{_runs(count)} {_wait(count)}."
    return f"{card.alias} stands still: {_reason(card)} {waiting} Mend it, then resume."


def _stalled(card: Card) -> str:
    queue = card.queue
    since = f", the oldest for {queue.oldest_wait}" if queue.oldest_wait else ""
    if queue.last_error:
        cause = f"The last error: {queue.last_error}"
    elif settings.BROKER_URL:
        cause = "Check that a worker runs and that it reaches the broker and the database."
    else:
        cause = "BROKER_URL is not set, so no worker is told."
    told = f"{_runs(queue.unfinished)} of {card.alias} {_wait(queue.unfinished)}{since}."
    return f"No run is being finished. {told} {cause}"


def _put_off(card: Card) -> str:
    runs = put_off(card.alias)
    count = runs[:MOST].count()
    error = runs.order_by("-next_try_at").values_list("error", flat=True).first() or ""
    told = f"{_runs(count)} of {card.alias} cannot be done for now"
    return f"{told} and {pluralize(count, 'is,are')} tried again and again: {error}"


def _problem(card: Card) -> str:
    return f"{card.alias} is not set up right. " + " ".join(p.message for p in card.problems)


def _failed(card: Card) -> str:
    count = count_failed_lately(card.alias)
    more = " or more" if count == MOST else ""
    return f"{_runs(count)}{more} of {card.alias} failed within the last day."


def _spent(card: Card) -> str:
    count = card.queue.unfinished
    return f"{card.alias} stands still: {_reason(card)} {_runs(count)} {_wait(count)}."


def _paused(card: Card) -> str:
    count = card.queue.unfinished
    return f"{card.alias} is paused, and {_runs(count)} {_wait(count)}."


def _reason(card: Card) -> str:
    """Why it stopped by itself, as a sentence."""
    reason = card.pause.reason.strip() if card.pause else ""
    return f"{reason.rstrip('.')}." if reason else "No reason is known."


def _runs(number: int) -> str:
    return f"{number:,} run{pluralize(number)}"


def _wait(number: int) -> str:
    return f"wait{pluralize(number, 's,')}"
