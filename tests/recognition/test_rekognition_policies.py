"""The policies that the documentation gives for Amazon Rekognition."""

import json
import re
from pathlib import Path

import botocore.session
import pytest

from recognition.recognisers.rekognition.features import ABILITIES, Feature
from recognition.recognisers.rekognition.options import read_arn

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-amazon-rekognition.md"
BY_FEATURE = r"For ((?:`[a-z]+`(?: and )?)+)(?:, [^:]*)?:\n\n```json\n(.*?)```"


def statements(policy):
    """What a policy allows: pairs of an action and a resource."""
    told = json.loads(policy)
    assert told["Version"] == "2012-10-17"
    for statement in told["Statement"]:
        assert set(statement) == {"Effect", "Action", "Resource"}
        assert statement["Effect"] == "Allow"
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            yield action, statement["Resource"]


def policies():
    """The statements of each feature that the page has a policy for."""
    found = {}
    for names, policy in re.findall(BY_FEATURE, PAGE.read_text(), re.DOTALL):
        for name in re.findall(r"`([a-z]+)`", names):
            found[Feature(name)] = list(statements(policy))
    return found


class TestAPolicy:
    def test_is_there_for_every_feature(self):
        assert set(policies()) == set(Feature)

    @pytest.mark.parametrize("feature", Feature)
    def test_allows_the_operation_of_its_feature_and_no_other(self, feature):
        ((action, _),) = policies()[feature]
        assert action == f"rekognition:{ABILITIES[feature].operation}"

    def test_of_custom_labels_is_for_the_versions_of_one_project(self):
        ((_, resource),) = policies()[Feature.CUSTOM]
        assert resource.endswith("/version/*")
        version = f"{resource.removesuffix('*')}first/1700000000000"
        assert read_arn(version, [Feature.CUSTOM]) == version

    @pytest.mark.parametrize("feature", [f for f in Feature if f is not Feature.CUSTOM])
    def test_of_what_has_no_resource_of_its_own_is_for_all(self, feature):
        assert [resource for _, resource in policies()[feature]] == ["*"]


class TestThePolicies:
    @pytest.fixture
    def allowed(self):
        blocks = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
        return [pair for block in blocks for pair in statements(block)]

    def test_together_allow_just_the_operations_that_are_asked(self, allowed):
        actions = {action for action, _ in allowed if action.startswith("rekognition:")}
        asked = {ability.operation for ability in ABILITIES.values()}
        assert actions == {f"rekognition:{operation}" for operation in asked}

    def test_name_operations_that_the_service_has(self, allowed):
        model = botocore.session.get_session().get_service_model("rekognition")
        for action, _ in allowed:
            if action.startswith("rekognition:"):
                assert action.removeprefix("rekognition:") in model.operation_names

    def test_let_originals_be_read_and_nothing_else_of_the_bucket(self, allowed):
        others = {pair for pair in allowed if not pair[0].startswith("rekognition:")}
        objects = "arn:aws:s3:::my-bucket/originals/*"
        key = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
        assert others == {
            ("s3:GetObject", objects),
            ("s3:GetObjectVersion", objects),
            ("kms:Decrypt", key),
        }
