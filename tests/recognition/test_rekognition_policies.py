"""The policies that the documentation and a command give for Amazon Rekognition."""

import json
import re
from io import StringIO
from pathlib import Path

import botocore.session
import pytest
from django.core.management import CommandError, call_command

from recognition.recognisers.rekognition.features import ABILITIES, Feature
from recognition.recognisers.rekognition.policies import make_policy
from recognition.registry import recognisers

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-amazon-rekognition.md"
BY_FEATURE = r"For ((?:`[a-z]+`(?: and )?)+)(?:, [^:]*)?:\n\n```json\n(.*?)```"
MODEL = "arn:aws:rekognition:eu-west-1:123456789012:project/garden/version/first/1700000000000"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
BACKEND = "recognition.recognisers.rekognition.RekognitionRecogniser"
EVERYTHING = make_policy(list(Feature), model=MODEL, bucket="my-bucket", kms_key=KEY)


def policies():
    """The policy of each feature that the page has one for."""
    return {
        Feature(name): json.loads(policy)
        for names, policy in re.findall(BY_FEATURE, PAGE.read_text(), re.DOTALL)
        for name in re.findall(r"`([a-z]+)`", names)
    }


class TestThePage:
    def test_has_a_policy_for_every_feature(self):
        assert set(policies()) == set(Feature)

    @pytest.mark.parametrize("feature", Feature)
    def test_gives_the_policy_of_a_feature_as_the_command_does(self, feature):
        assert policies()[feature] == make_policy([feature], model=MODEL)

    def test_gives_the_policy_of_the_originals_as_the_command_does(self):
        *_, last = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
        assert json.loads(last) == make_policy([], bucket="my-bucket", kms_key=KEY)


class TestAPolicy:
    def test_allows_the_operations_of_its_features_and_nothing_else(self):
        features = [Feature.PROPERTIES, Feature.LABELS, Feature.FACES]
        assert make_policy(features) == {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["rekognition:DetectFaces", "rekognition:DetectLabels"],
                    "Resource": "*",
                }
            ],
        }

    @pytest.mark.parametrize("feature", Feature)
    def test_of_a_feature_allows_its_operation(self, feature):
        (statement,) = make_policy([feature], model=MODEL)["Statement"]
        assert statement["Action"] == f"rekognition:{ABILITIES[feature].operation}"

    def test_names_operations_that_the_service_has(self):
        known = botocore.session.get_session().get_service_model("rekognition").operation_names
        general, custom, *_ = EVERYTHING["Statement"]
        for action in [*general["Action"], custom["Action"]]:
            assert action.removeprefix("rekognition:") in known

    def test_of_custom_labels_is_for_the_versions_of_one_project(self):
        (statement,) = make_policy([Feature.CUSTOM], model=MODEL)["Statement"]
        assert statement["Resource"] == MODEL.removesuffix("first/1700000000000") + "*"

    def test_lets_originals_be_read_and_nothing_else_of_the_bucket(self):
        *_, bucket, key = EVERYTHING["Statement"]
        assert (bucket["Action"], bucket["Resource"]) == (
            ["s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::my-bucket/originals/*",
        )  # fmt: skip
        assert (key["Action"], key["Resource"]) == ("kms:Decrypt", KEY)


class TestTheCommand:
    @pytest.fixture
    def printed(self, settings):
        settings.BROMO_S3_BUCKET = "my-bucket"

        def printed(*arguments, **options):
            params = {"BACKEND": BACKEND, "OPTIONS": options}
            settings.RECOGNISERS = settings.RECOGNISERS | {"rekognition": params}
            recognisers.clear()
            out = StringIO()
            call_command("rekognition_policy", *arguments, stdout=out)
            return json.loads(out.getvalue())

        yield printed
        recognisers.clear()

    def test_prints_what_the_features_need_that_are_set(self, printed):
        policy = make_policy([Feature.LABELS, Feature.TEXT], bucket="my-bucket")
        assert printed(features=["text", "labels"]) == policy

    def test_prints_all_of_it(self, printed):
        features = [feature.value for feature in Feature]
        policy = printed("--kms-key", KEY, features=features, custom_labels_arn=MODEL)
        assert policy == EVERYTHING

    def test_lets_no_bucket_be_read_where_it_is_not_needed(self, printed):
        policy = make_policy([Feature.LABELS])
        assert printed("--bucket", "") == policy
        assert printed(by_reference=False) == policy

    def test_says_what_is_not_set_up_right(self, printed):
        with pytest.raises(CommandError, match="needs the ARN of a version"):
            printed(features=["custom"])

    def test_says_who_needs_no_policy(self, printed):
        with pytest.raises(CommandError, match="“dummy” does not ask Amazon Rekognition"):
            printed("dummy")
