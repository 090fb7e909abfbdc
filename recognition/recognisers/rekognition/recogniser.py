"""The recogniser that asks Amazon Rekognition.

boto3 is imported where somebody is about to be asked, or to look at the set-up: a web process asks
a recogniser for its fingerprint only, and should not pay for it in memory and start-up time.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

from recognition.calls import Answers, Budget, Call, Calls, Rate
from recognition.images import ImageSource
from recognition.predictions import Kind, Outcome, Prediction
from recognition.recognisers.base import Problem, ServiceRecogniser
from recognition.recognisers.rekognition.answers import join_labels, model_version, storable
from recognition.recognisers.rekognition.features import ABILITIES, API_VERSION, Feature
from recognition.recognisers.rekognition.options import (
    read_amount,
    read_arn,
    read_confidence,
    read_features,
    read_numbers,
)
from recognition.recognisers.rekognition.questions import Questions, part_of
from recognition.recognisers.rekognition.sending import Sending, choose_sending

if TYPE_CHECKING:
    from recognition.recognisers.rekognition.service import RekognitionService

BACKEND_VERSION = 1
"""Raise it with any change here that changes what is made of an answer."""
DEFAULT_RATE = 5.0
"""Calls a second: the least that Amazon grants an account by default, in any region."""


class RekognitionRecogniser(ServiceRecogniser):
    """Sends an image to Amazon Rekognition, or tells it where the original lies.

    Each feature is one question, and an answer is asked for once for each content. Everything above
    a low floor is asked for, as thresholds are applied afterwards.
    """

    default_threshold: ClassVar[float] = 70.0

    def __init__(
        self,
        *,
        features: Sequence[str] = (Feature.LABELS,),
        custom_labels_arn: str = "",
        floor: float = 5.0,
        max_labels: int = 200,
        moderation_first: bool = False,
        unsafe_threshold: float = 80.0,
        by_reference: bool = True,
        profile: str = "",
        region: str = "",
        prices: Mapping[str, Any] | str = "",
        rates: Mapping[str, Any] | str = "",
        budget_calls: int | str | None = None,
        budget_cost: Decimal | str | None = None,
    ) -> None:
        """
        features: what to ask for, by the values of `Feature`.
        custom_labels_arn: the version of a project that "custom" asks.
        floor: the least confidence asked for, 0-100; at most `max_labels` labels.
        moderation_first: asks nothing else of an image found unsafe with `unsafe_threshold`.
        by_reference: False has images sent although they lie in a bucket of the region.
        profile, region: those of boto3's that are to be used, where not the ones that it finds.
        prices: of one image by feature, where they are not Amazon's.
        rates: calls a second by feature; "default" for the others. Like prices, as a mapping or
        as text, "labels=50,default=5".
        budget_calls, budget_cost: the most a calendar month may have.
        """
        asked = read_features(features)
        self.moderation_first = moderation_first
        if moderation_first and Feature.MODERATION not in asked:
            msg = 'moderation_first needs "moderation" among the features.'
            raise ValueError(msg)
        if not 1 <= max_labels <= 1000:
            msg = f"max_labels={max_labels}: give a number from 1 to 1000."
            raise ValueError(msg)
        self.unsafe_threshold = read_confidence("unsafe_threshold", unsafe_threshold)
        self.by_reference = by_reference
        self.questions = Questions(
            features=asked,
            floor=read_confidence("floor", floor),
            max_labels=max_labels,
            custom_labels_arn=read_arn(custom_labels_arn, asked),
        )
        self.budget = Budget(
            calls=None if budget_calls is None else int(read_amount("budget_calls", budget_calls)),
            cost=None if budget_cost is None else read_amount("budget_cost", budget_cost),
        )
        self._prices = read_numbers("prices", prices, least=0, others=())
        self._rates = read_numbers("rates", rates, least=0.001, others=("default",))
        self._place = {"profile": profile, "region": region}
        self._lock = Lock()
        self._service: RekognitionService | None = None

    @property
    def service(self) -> "RekognitionService":
        with self._lock:  # threads share a recogniser
            if self._service is None:
                from recognition.recognisers.rekognition.service import RekognitionService

                self._service = RekognitionService(**self._place)
            return self._service

    @property
    def fingerprint(self) -> str:
        # Which way an image is sent is left out, like prices and rates: the answer is the same.
        facts = {
            "backend": BACKEND_VERSION,
            "questions": sorted(self.questions.key(f) for f in self.questions.features),
            "stops_at": self.unsafe_threshold if self.moderation_first else None,
        }
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return f"rekognition-{BACKEND_VERSION}-{digest[:48]}"

    def plan(self, known: Collection[str]) -> tuple[Call, ...]:
        return tuple(self._call(features) for features in self.questions.missing(known))

    def ask(self, image: ImageSource, calls: Calls) -> Outcome:
        answers = dict(self._answered(calls.known))

        @cache
        def show() -> Mapping[str, Any]:
            """The image as requests hold it; whatever it takes is done once and if need be."""
            sending = self._choose_sending(image)
            calls.tell_sent(sending.sent_as, sending.reason)
            return sending.request_image(image)

        for features in self.questions.missing(answers):
            if self._stops(answers):
                break
            answers |= calls.make(self._call(features), show, partial(self._send, features))
        return self._outcome(answers)

    def warm_up(self) -> None:
        _ = self.service.client

    def find_problems(self) -> Iterator[Problem]:
        from recognition.recognisers.rekognition.set_up import find_problems

        arn = self.questions.custom_labels_arn
        yield from find_problems(**self._place, custom_labels_arn=arn)

    def _answered(self, known: Answers) -> Iterator[tuple[str, Any]]:
        for key in map(self.questions.key, self.questions.features):
            if key in known:
                yield key, known[key]

    def _choose_sending(self, image: ImageSource) -> Sending:
        return choose_sending(
            image,
            region=self.service.region,
            endpoint=self.service.endpoint,
            by_reference=self.by_reference,
        )

    def _call(self, features: Sequence[Feature]) -> Call:
        operation = ABILITIES[features[0]].operation
        # Labels come before properties, and the operation is theirs.
        per_second = self._rates.get(features[0], self._rates.get("default", DEFAULT_RATE))
        return Call(
            operation=operation,
            price=sum((self._price(feature) for feature in features), Decimal(0)),
            # Quotas are those of an account in a region, whatever the alias here.
            rate=Rate(
                name=":".join(("rekognition", *self._place.values(), operation)),
                per_second=float(per_second),
            ),
        )

    def _price(self, feature: Feature) -> Decimal:
        return self._prices.get(feature, ABILITIES[feature].price)

    def _send(self, features: Sequence[Feature], shown: Mapping[str, Any]) -> Answers:
        operation = ABILITIES[features[0]].operation
        parameters = self.questions.parameters(features)
        response = storable(self.service.call(operation, Image=shown, **parameters))
        return {
            self.questions.key(feature): {
                "feature": feature.value,
                "operation": operation,
                "response": part_of(feature, response),
            }
            for feature in features
        }

    def _stops(self, answers: Answers) -> bool:
        """Whether what moderation said leaves the other questions out."""
        moderation = answers.get(self.questions.key(Feature.MODERATION))
        return self.moderation_first and any(
            label.confidence >= self.unsafe_threshold
            for label in _read(Feature.MODERATION, moderation)
        )

    def _outcome(self, answers: Answers) -> Outcome:
        by_feature = {
            feature: answers[key]
            for feature in self.questions.features
            if (key := self.questions.key(feature)) in answers
        }
        read = {feature: _read(feature, answer) for feature, answer in by_feature.items()}
        versions = (
            f"{feature} {version}"
            for feature, answer in by_feature.items()
            if (version := model_version(feature, answer["response"]))
        )
        left_out = [feature for feature in self.questions.features if feature not in by_feature]
        return Outcome(
            predictions=tuple(_joined(read)),
            model_version=", ".join(versions) or f"API {API_VERSION}",
            raw=dict(answers),
            looked_for=frozenset(ABILITIES[feature].looks_for for feature in by_feature),
            remark=_remark(left_out),
        )


def _read(feature: Feature, answer: Any) -> list[Prediction]:
    return ABILITIES[feature].read(answer["response"]) if answer else []


def _joined(read: Mapping[Feature, list[Prediction]]) -> Iterator[Prediction]:
    """All predictions; a label that both the general and the own model give comes once."""
    predictions = [prediction for each in read.values() for prediction in each]
    yield from join_labels(p for p in predictions if p.kind is Kind.LABEL)
    yield from (p for p in predictions if p.kind is not Kind.LABEL)


def _remark(left_out: Sequence[Feature]) -> str:
    if not left_out:
        return ""
    return f"Found unsafe, so it was not asked for {', '.join(left_out)}."
