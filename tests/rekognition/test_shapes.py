"""Values are held against every constraint of botocore's model."""

import json
import math
import re

import pytest

from tests.rekognition.examples import ARN
from tests.rekognition.model import OPERATIONS, input_shape, output_shape
from tests.rekognition.recorded import FOLDER
from tests.rekognition.shapes import MistypedError, from_wire, violations

IMAGE = {"Bytes": b"x"}


def of_labels(**parameters):
    return violations(input_shape("DetectLabels"), {"Image": IMAGE} | parameters)


class TestViolations:
    def test_are_none_where_a_value_keeps_to_its_shape(self):
        assert of_labels(MaxLabels=0, MinConfidence=100, Features=["IMAGE_PROPERTIES"]) == []
        shape = input_shape("DetectCustomLabels")
        assert violations(shape, {"Image": IMAGE, "ProjectVersionArn": ARN}) == []

    @pytest.mark.parametrize(
        ("parameters", "told"),
        [
            ({"MinConfidence": 100.5}, "'100.5' at 'MinConfidence' failed .* equal to 100"),
            ({"MinConfidence": -1}, "at 'MinConfidence' .* greater than or equal to 0"),
            ({"MinConfidence": math.nan}, "at 'MinConfidence' .* finite"),
            ({"MinConfidence": "5"}, "MinConfidence is str, not float"),
            ({"MaxLabels": True}, "MaxLabels is bool, not integer"),
            ({"MaxLabels": 1.5}, "MaxLabels is float, not integer"),
            ({"Features": ["FACES"]}, "'FACES' at 'Features.1.member' .* enum value set"),
            ({"Features": ["IMAGE_PROPERTIES"] * 3}, "at 'Features' .* length less than"),
            ({"Image": {"Bytes": b""}}, "at 'Image.Bytes' .* length greater than or equal to 1"),
            ({"Image": {"Bytes": bytes(5_242_881)}}, "at 'Image.Bytes' .* equal to 5242880"),
            ({"Image": {"S3Object": {"Bucket": "a/b"}}}, "'a/b' at 'Image.S3Object.Buc.* pattern"),
            ({"Labels": 1}, "Labels is no member of DetectLabelsRequest"),
            (
                {"Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Sky", "a" * 51]}}},
                "at 'Settings.GeneralLabels.LabelInclusionFilters.2.member' .* equal to 50",
            ),
        ],
    )  # fmt: skip
    def test_name_the_place_the_value_and_the_constraint(self, parameters, told):
        [sentence] = of_labels(**parameters)
        assert re.search(told, sentence)

    def test_are_all_told(self):
        assert len(of_labels(MinConfidence=101, MaxLabels=-1, Features=["X", "Y"])) == 4

    def test_ask_for_what_is_required(self):
        assert "'Image' failed" in violations(input_shape("DetectFaces"), {})[0]

    def test_hold_a_pattern_against_the_whole_of_a_text(self):
        shape = output_shape("RecognizeCelebrities")
        assert violations(shape, {"CelebrityFaces": [{"Id": "a1B2"}]}) == []
        assert "pattern" in violations(shape, {"CelebrityFaces": [{"Id": "a1-B2"}]})[0]


class TestWhatComesOverTheWire:
    def test_has_its_blobs_decoded_and_its_nulls_left_out(self):
        wire = {"Image": {"Bytes": "aGVsbG8=", "S3Object": None}, "Features": ["GENERAL_LABELS"]}
        value = from_wire(input_shape("DetectLabels"), wire)
        assert value == {"Image": {"Bytes": b"hello"}, "Features": ["GENERAL_LABELS"]}

    @pytest.mark.parametrize(
        "wire",
        [[], None, {"Image": ""}, {"Image": {"Bytes": "?"}}, {"Image": {"Bytes": 7}}, {"Image": 1}],
    )  # fmt: skip
    def test_is_refused_where_it_cannot_be_read(self, wire):
        with pytest.raises(MistypedError):
            from_wire(input_shape("DetectLabels"), wire)


class TestTheRecordedAnswers:
    @pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
    def test_keep_to_botocores_model(self, path):
        operation = path.stem.split(".")[0]
        answer = json.loads(path.read_text())
        assert violations(output_shape(operation), answer) == []
        assert "OrientationCorrection" not in answer

    def test_are_there_for_every_operation(self):
        assert {path.stem.split(".")[0] for path in FOLDER.glob("*.json")} == OPERATIONS.keys()
