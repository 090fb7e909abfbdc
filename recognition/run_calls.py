"""The calls of one recognition run: at the set rate, within the budget, and never twice.

What a call gave is stored before the next one is made, so that an attempt that ends half-way leaves
only the rest to be paid for.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.utils import timezone

from recognition.calls import (
    Answers,
    Budget,
    BudgetSpentError,
    Call,
    Calls,
    DeferredError,
    SentAs,
    SupersededError,
)
from recognition.insisting import insist
from recognition.metrics import service_calls, service_cost
from recognition.models import RecognitionRun, Spending
from recognition.rates import take_turn
from recognition.recognisers.base import RecogniserError, UnansweredError

_SHARE = 0.3
"""The part of a lease after which no further call is begun. What is left is enough for one that
is answered late, and for storing the answer."""


class RunCalls(Calls):
    """Makes the calls that a run takes, and knows what its content was answered before."""

    def __init__(self, run: RecognitionRun, budget: Budget) -> None:
        self._run, self._budget = run, budget
        self._known = run.known_answers()
        self._own = dict(run.raw or {})
        self._is_begun = False

    @property
    def known(self) -> Answers:
        return self._known

    def tell_sent(self, sent_as: SentAs, reason: str) -> None:
        self._run.tell_sent(sent_as, reason)

    def make(self, call: Call, send: Callable[[], Answers]) -> Answers:
        self._give_way()
        self._take_turn(call)
        spending = Spending.reserve(self._run.recogniser, call, self._budget)
        if spending is None:
            raise BudgetSpentError
        self._is_begun = True
        try:
            answers = send()
        except UnansweredError:
            self._count(call, "unanswered")
            raise
        except RecogniserError:
            spending.give_back(call.price)
            self._count(call, "refused")
            raise
        self._count(call, "answered")
        service_cost.labels(recogniser=self._run.recogniser).inc(float(call.price))
        self._own |= answers
        keep = partial(self._run.keep_answers, self._own, price=call.price)
        if not insist(self._run, keep):
            raise SupersededError
        return answers

    def _give_way(self) -> None:
        """Leaves the rest for another attempt rather than be overtaken by the end of the lease."""
        lease = timedelta(seconds=settings.BROMO_LEASE_SECONDS)
        begun = self._run.started_at or timezone.now()
        if self._is_begun and timezone.now() - begun > _SHARE * lease:
            raise DeferredError

    def _take_turn(self, call: Call) -> None:
        turn = take_turn(call.rate)
        if not turn.is_taken:
            raise DeferredError(timedelta(seconds=turn.wait))
        time.sleep(turn.wait)

    def _count(self, call: Call, outcome: str) -> None:
        service_calls.labels(
            recogniser=self._run.recogniser, operation=call.operation, outcome=outcome
        ).inc()
