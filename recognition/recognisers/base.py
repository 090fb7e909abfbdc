"""What every recogniser is: an image in, predictions out.

A recogniser knows no model, no setting and no queue. It raises the errors below and nothing else
that a caller should expect; a vendor's errors and units become ours inside it.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar

from recognition.calls import Budget, Call, Calls, UncountedCalls
from recognition.images import ImageSource
from recognition.predictions import Outcome


class RecogniserError(Exception):
    """A recogniser could not answer; the message says why and, where possible, what to do."""


class TransientError(RecogniserError):
    """Asking again later may work: a time-out, a service that is busy."""


class BusyError(TransientError):
    """The service takes nothing just now, whatever the image: it is asked again, for long."""


class UnansweredError(TransientError):
    """A call went out and no answer came; it may have been billed."""


class HaltError(RecogniserError):
    """Nothing can be asked before somebody mends the set-up: no credentials, no permission."""


class PermanentError(RecogniserError):
    """Asking again about the same image gives the same error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something about a recogniser's set-up that an administrator should know."""

    message: str
    hint: str
    is_fatal: bool
    """True where every image would fail for a reason that waiting cannot mend."""


class ImageRecogniser(ABC):
    """Turns an image into predictions. One instance a process, made by the registry.

    Subclasses take their options as keyword arguments, so an unknown option is a TypeError.
    """

    default_threshold: ClassVar[float] = 50.0
    """The least confidence (0-100, inclusive) that becomes a tag where no rule says otherwise."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Names everything that can change an answer: backend version, options, model hashes.

        Known without loading a model or calling a service; at most 64 characters.
        """

    @abstractmethod
    def recognise(self, image: ImageSource) -> Outcome:
        """Says what an image shows.

        Raises TransientError where asking again may help, PermanentError where it cannot.
        """

    def warm_up(self) -> None:  # noqa: B027 - most recognisers have nothing to load
        """Loads whatever the first call would load. Raises as `recognise` does."""

    def find_problems(self) -> Iterable[Problem]:
        """What is wrong with this set-up, found without the network."""
        return ()


class ServiceRecogniser(ImageRecogniser):
    """A recogniser that asks a service which bills each call.

    Besides those of `recognise` its `ask` may raise BusyError, UnansweredError and HaltError.
    """

    budget: Budget
    """What may be spent on it."""

    @abstractmethod
    def plan(self, known: Collection[str]) -> tuple[Call, ...]:
        """The calls that an image takes of which some questions are answered, in order.

        An answer may make those after it needless.
        """

    @abstractmethod
    def ask(self, image: ImageSource, calls: Calls) -> Outcome:
        """Says what an image shows. `raw` of the outcome holds every answer by its key."""

    def recognise(self, image: ImageSource) -> Outcome:
        return self.ask(image, UncountedCalls())
