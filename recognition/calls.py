"""Calls of a service that bills them: what one asks, what it costs, and who stands in between.

A recogniser plans its calls and makes them through `Calls`, which knows what was answered before,
and may refuse one because it is too early or too much has been spent.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from recognition.predictions import Json

T = TypeVar("T")
Answers = Mapping[str, Json]
"""What a service answered, by the key of the question."""


class SentAs(StrEnum):
    """How a service gets to see an image."""

    REFERENCE = "reference"
    """It is told where the original lies and fetches it itself."""
    BYTES = "bytes"
    """It is sent a JPEG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often something may be called; everybody who names it alike shares it."""

    name: str
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a service about one image."""

    operation: str
    """As the service names it."""
    price: Decimal
    """In the currency of the configured prices."""
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that may be spent in a calendar month (UTC); None: no limit."""

    calls: int | None = None
    cost: Decimal | None = None

    @property
    def is_limited(self) -> bool:
        """Whether there is any limit at all."""
        return self.calls is not None or self.cost is not None

    def has_room_for(self, *, calls: int, cost: Decimal) -> bool:
        """Whether a month may have so many calls at such a cost."""
        return (self.calls is None or calls <= self.calls) and (
            self.cost is None or cost <= self.cost
        )


class NotNowError(Exception):
    """A call was not made, for no reason that lies in the image or the service."""


class DeferredError(NotNowError):
    """The call is to be made later; what was answered so far is kept."""

    def __init__(self, wait: timedelta = timedelta(0)) -> None:
        super().__init__(f"to be continued in {wait.total_seconds():.1f} s")
        self.wait = wait


class BudgetSpentError(NotNowError):
    """The budget has no room for the call."""


class SupersededError(NotNowError):
    """Somebody else has taken the work over."""


class Calls(ABC):
    """What stands between a recogniser and a service, for one image."""

    @property
    @abstractmethod
    def known(self) -> Answers:
        """What was answered about this content before and need not be asked again."""

    @abstractmethod
    def tell_sent(self, sent_as: SentAs, reason: str) -> None:
        """Takes down how the service gets to see the image, and why so."""

    @abstractmethod
    def make(self, call: Call, prepare: Callable[[], T], send: Callable[[T], Answers]) -> Answers:
        """Makes a call, unless it may not be made now, and keeps what was answered.

        `prepare` makes ready what `send` sends, once it is known that the call may be made.
        Raises what they raise, and NotNowError, which is no business of the recogniser.
        """


class UncountedCalls(Calls):
    """Makes each call at once and remembers nothing: for trying a recogniser out."""

    def __init__(self) -> None:
        self.sent_as: SentAs | None = None
        self.sent_reason = ""

    @property
    def known(self) -> Answers:
        return {}

    def tell_sent(self, sent_as: SentAs, reason: str) -> None:
        self.sent_as, self.sent_reason = sent_as, reason

    def make(self, call: Call, prepare: Callable[[], T], send: Callable[[T], Answers]) -> Answers:
        return send(prepare())
