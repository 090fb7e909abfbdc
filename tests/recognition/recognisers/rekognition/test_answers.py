"""What holds for the answers to every feature."""

import json
import math

import pytest
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognition.predictions import Kind, Prediction
from recognition.recognisers.rekognition import answers
from recognition.recognisers.rekognition.answers import model_version
from tests.recognition.recognisers.rekognition.recorded import OPERATIONS, recorded, spoiled
from tests.rekognition.model import output_shape
from tests.rekognition.shapes import violations

READERS = {feature: getattr(answers, f"read_{feature}") for feature in OPERATIONS}
every_feature = pytest.mark.parametrize("feature", OPERATIONS)


@every_feature
class TestARecordedAnswer:
    def test_is_one_that_the_service_could_give(self, feature):
        shape = output_shape(OPERATIONS[feature])
        report = ParamValidator().validate(recorded(feature), shape)
        assert not report.has_errors(), report.generate_report()
        assert violations(shape, recorded(feature)) == []

    def test_says_something(self, feature):
        assert READERS[feature](recorded(feature))

    def test_says_the_same_whenever_it_is_read(self, feature):
        answer = recorded(feature)
        assert READERS[feature](answer) == READERS[feature](answer)
        assert answer == recorded(feature)


@every_feature
class TestAnAnswer:
    @pytest.mark.parametrize("answer", [{}, {"ResponseMetadata": {"HTTPStatusCode": 200}}])
    def test_may_be_empty(self, feature, answer):
        assert READERS[feature](answer) == []

    def test_may_have_null_for_everything(self, feature):
        assert READERS[feature](dict.fromkeys(recorded(feature))) == []

    @given(data=st.data())
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_may_lack_anything_or_say_nonsense(self, feature, data):
        answer = data.draw(spoiled(feature))
        predictions = READERS[feature](answer)
        assert all(isinstance(prediction, Prediction) for prediction in predictions)
        assert all(0 < len(prediction.name) <= 200 for prediction in predictions)
        assert all(_is_storable(prediction) for prediction in predictions)
        labels = [p.name for p in predictions if p.kind is Kind.LABEL]
        assert len(labels) == len(set(labels))
        assert isinstance(model_version(feature, answer), str)


class TestTheModelVersion:
    @pytest.mark.parametrize(
        ("feature", "version"),
        [
            ("labels", "3.0"), ("properties", "3.0"), ("moderation", "7.0"), ("text", "3.0"),
            ("faces", ""), ("celebrities", ""), ("custom", ""),
        ],
    )  # fmt: skip
    def test_is_what_the_service_says_or_empty(self, feature, version):
        assert model_version(feature, recorded(feature)) == version
        assert model_version(feature, {}) == ""


def _is_storable(prediction):
    """Whether every database takes it: JSON without NaN, text without NUL and in whole."""
    stored = json.dumps(
        [prediction.name, dict(prediction.attributes), prediction.parents, prediction.aliases],
        allow_nan=False,
        ensure_ascii=False,
    )
    boxes = [instance.box for instance in prediction.instances]
    boxes += [prediction.box] if prediction.box else []
    numbers = [number for box in boxes for number in box.as_dict().values()]
    return (
        "\\u0000" not in stored
        and bool(stored.encode())
        and all(math.isfinite(number) for number in numbers)
    )
