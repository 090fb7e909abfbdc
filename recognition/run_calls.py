"""The calls of one recognition run: at the set rate, within the budget, and never twice.

What a call gave is stored before the next one is made, so that an attempt that ends half-way leaves
only the rest to be paid for.
"""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from dam.durability import on_disk_at_end, unless_power_fails
from dam.storages import StorageError
from recognition.budgets import service_aliases
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
from recognition.recognisers.base import BusyError, RecogniserError, UnansweredError

T = TypeVar("T")

_SHARE = 0.3
"""The part of a lease after which no further call is begun. What is left is enough for one that
is answered late, and for storing the answer."""


class RunCalls(Calls):
    """Makes the calls that a run takes, and knows what its content was answered before."""

    def __init__(self, run: RecognitionRun, budget: Budget) -> None:
        self._run, self._budget = run, budget
        self._known = run.known_answers()
        self._is_begun = False

    @property
    def known(self) -> Answers:
        return self._known

    def tell_sent(self, sent_as: SentAs, reason: str) -> None:
        self._run.tell_sent(sent_as, reason)

    def make(self, call: Call, prepare: Callable[[], T], send: Callable[[T], Answers]) -> Answers:
        self._give_way()
        self._take_turn(call)
        prepared = prepare()
        self._give_way()
        reserved = self._reserve(call)
        self._is_begun = True
        answers = self._send(call, partial(send, prepared), reserved)
        if not insist(self._run, partial(self._keep, call, answers)):
            raise SupersededError
        return answers

    def _reserve(self, call: Call) -> Spending:
        """Has a call counted before it is made, so that one that kills the process is counted.

        Where there is a limit to keep, a power cut does not undo that either.
        """
        with on_disk_at_end() if self._budget.is_limited else unless_power_fails():
            reserved = Spending.reserve(self._run.recogniser, call, self._budget)
        if reserved is None:
            raise BudgetSpentError
        return reserved

    def _send(self, call: Call, send: Callable[[], Answers], reserved: Spending) -> Answers:
        try:
            answers = send()
        except UnansweredError:
            self._count(call, "unanswered")
            with on_disk_at_end():
                self._run.count_unanswered(call.price)
            raise
        except (RecogniserError, StorageError):
            with unless_power_fails():  # which would make it too much rather than too little
                reserved.give_back(call.price)
            self._count(call, "refused")
            raise
        self._count(call, "answered")
        service_cost.labels(recogniser=self._run.recogniser).inc(float(call.price))
        return answers

    def _keep(self, call: Call, answers: Answers) -> bool:
        """Stores what a call gave and cost; False where another attempt took over meanwhile."""
        with on_disk_at_end():
            return self._run.keep_answers(answers, price=call.price)

    def _give_way(self) -> None:
        """Leaves the rest for another attempt rather than be overtaken by the end of the lease."""
        lease = timedelta(seconds=settings.BROMO_LEASE_SECONDS)
        begun = self._run.started_at or timezone.now()
        if timezone.now() - begun > _SHARE * lease:
            if self._is_begun:
                raise DeferredError
            msg = "It took too long to get as far as asking: storage, database or worker are busy."
            raise BusyError(msg)
        if not self._is_begun and not self._is_first():
            raise DeferredError(timedelta(seconds=random.uniform(1, 3)))  # noqa: S311 - no secret

    def _is_first(self) -> bool:
        """Whether no other recogniser is just asking about the same content."""
        aliases = service_aliases()
        return len(aliases) < 2 or self._run.begin_asking(aliases)

    def _take_turn(self, call: Call) -> None:
        turn = take_turn(call.rate)
        if not turn.is_taken:
            raise DeferredError(timedelta(seconds=turn.wait))
        time.sleep(turn.wait)

    def _count(self, call: Call, outcome: str) -> None:
        service_calls.labels(
            recogniser=self._run.recogniser, operation=call.operation, outcome=outcome
        ).inc()
