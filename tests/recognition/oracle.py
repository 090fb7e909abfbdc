"""A recogniser that asks a service which is not there, for tests of what stands in between."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import partial

from recognition.calls import Answers, Budget, Call, Calls, Rate
from recognition.images import ImageSource
from recognition.predictions import Kind, Outcome, Prediction
from recognition.recognisers.base import ServiceRecogniser

BACKEND = f"{__name__}.OracleRecogniser"


class OracleRecogniser(ServiceRecogniser):
    """Has one question for each thing that it may see, and sees all of them."""

    def __init__(
        self,
        *,
        prices: Mapping[str, str],
        budget_calls: int | None = None,
        budget_cost: str | None = None,
    ) -> None:
        self.budget = Budget(
            calls=budget_calls, cost=None if budget_cost is None else Decimal(budget_cost)
        )
        self.asked: list[str] = []
        """What the service was asked, whatever it said."""
        self.error: BaseException | None = None
        """What it says instead of an answer."""
        self._prices = prices

    @property
    def fingerprint(self) -> str:
        return f"oracle-{'-'.join(sorted(self._prices))}"

    def plan(self, known: Collection[str]) -> tuple[Call, ...]:
        return tuple(self._call(key) for key in self._missing(known))

    def _missing(self, known: Collection[str]) -> list[str]:
        return [key for key in self._prices if key not in known]

    def _call(self, key: str) -> Call:
        rate = Rate(name="oracle", per_second=10_000)
        return Call(operation=f"See{key}", price=Decimal(self._prices[key]), rate=rate)

    def ask(self, image: ImageSource, calls: Calls) -> Outcome:
        answers = {key: calls.known[key] for key in self._prices if key in calls.known}
        for key in self._missing(answers):

            def send(key: str) -> Answers:
                self.asked.append(key)
                if self.error:
                    raise self.error
                return {key: "seen"}

            answers |= calls.make(self._call(key), partial(str, key), send)
        seen = (Prediction(kind=Kind.LABEL, name=key, confidence=90) for key in answers)
        return Outcome(predictions=tuple(seen), model_version="oracle", raw=answers)
