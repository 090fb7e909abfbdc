"""The recogniser that asks Amazon Rekognition, by boto3 over HTTP, with a service on loopback."""

from decimal import Decimal

import pytest
from PIL import Image

from recognition.calls import SentAs, UncountedCalls
from recognition.predictions import Kind
from recognition.recognisers.base import (
    BusyError,
    HaltError,
    PermanentError,
    RecogniserError,
    TransientError,
    UnansweredError,
)
from recognition.recognisers.rekognition import Feature, RekognitionRecogniser, service
from tests.recognition.recognisers.contract import RecogniserContract, as_source, make_picture
from tests.rekognition.boxes import Box
from tests.rekognition.palette import Thing, painted

ARN = "arn:aws:rekognition:us-east-1:123456789012:project/crates/version/crates.2026/1767225600000"
EVERYTHING = [feature.value for feature in Feature]


def full_picture():
    """One that has something of everything in it."""
    things = (Thing.FACE, Thing.CELEBRITY, Thing.TEXT, Thing.CRATE)
    return painted(*((thing, Box(n * 0.25, 0.2, 0.2, 0.5)) for n, thing in enumerate(things)))


@pytest.fixture(autouse=True)
def _credentials(rekognition_service, monkeypatch):
    for name, value in rekognition_service.environment.items():
        monkeypatch.setenv(name, value)


class TestRekognitionRecogniser(RecogniserContract):
    def make(self, **options):
        asked = {"features": EVERYTHING, "custom_labels_arn": ARN}
        return RekognitionRecogniser(**asked | options)

    @pytest.fixture
    def recogniser(self):
        return self.make()


class TestFeatures:
    def test_are_each_asked_by_one_call(self, rekognition_service):
        RekognitionRecogniser(features=EVERYTHING, custom_labels_arn=ARN).recognise(
            as_source(make_picture())
        )
        assert rekognition_service.requests.counts == dict.fromkeys(
            [
                "DetectModerationLabels", "DetectLabels", "DetectFaces", "DetectText",
                "RecognizeCelebrities", "DetectCustomLabels",
            ],
            1,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("feature", "kinds"),
        [
            ("labels", {Kind.LABEL}),
            ("properties", {Kind.COLOUR, Kind.QUALITY}),
            ("faces", {Kind.FACE}),
            ("moderation", {Kind.MODERATION}),
            ("text", {Kind.TEXT}),
            ("celebrities", {Kind.CELEBRITY, Kind.FACE}),
            ("custom", {Kind.LABEL}),
        ],
    )
    def test_give_predictions_of_their_kinds(self, rekognition_service, feature, kinds):
        if feature == "moderation":
            rekognition_service.answers["DetectModerationLabels"] = {
                "ModerationLabels": [{"Name": "Alcohol", "Confidence": 61.5, "ParentName": ""}]
            }
        recogniser = RekognitionRecogniser(features=[feature], custom_labels_arn=ARN)
        outcome = recogniser.recognise(as_source(full_picture()))
        assert {prediction.kind for prediction in outcome.predictions} == kinds
        assert len(rekognition_service.requests.of()) == 1

    def test_of_one_operation_share_a_call_and_keep_their_own_answers(self, rekognition_service):
        recogniser = RekognitionRecogniser(features=["labels", "properties"])
        outcome = recogniser.recognise(as_source(make_picture()))
        (asked,) = rekognition_service.requests.of()
        assert asked.parameters["Features"] == ["GENERAL_LABELS", "IMAGE_PROPERTIES"]
        members = {
            answer["feature"]: {"Labels", "ImageProperties"} & answer["response"].keys()
            for answer in outcome.raw.values()
        }
        assert members == {"labels": {"Labels"}, "properties": {"ImageProperties"}}

    def test_are_asked_for_all_that_is_above_a_low_floor(self, rekognition_service):
        RekognitionRecogniser(
            features=["labels", "faces", "moderation", "text", "custom"], custom_labels_arn=ARN
        ).recognise(as_source(make_picture()))
        asked = {
            request.operation: request.parameters for request in rekognition_service.requests.of()
        }
        assert asked["DetectLabels"]["MinConfidence"] == 5
        assert asked["DetectModerationLabels"]["MinConfidence"] == 5
        assert asked["DetectCustomLabels"]["MinConfidence"] == 5
        assert asked["DetectText"]["Filters"]["WordFilter"]["MinConfidence"] == 5
        assert asked["DetectFaces"]["Attributes"] == ["ALL"]

    def test_keep_confidences_exactly_as_they_came(self, rekognition_service):
        confidences = {"Volcano": 70.46000671386719, "Lake": 69.99, "Sky": 70.0, "Fog": 5.000000001}
        rekognition_service.answers["DetectLabels"] = {
            "Labels": [{"Name": name, "Confidence": n} for name, n in confidences.items()],
            "LabelModelVersion": "3.0",
        }
        outcome = RekognitionRecogniser().recognise(as_source(make_picture()))
        assert {p.name: p.confidence for p in outcome.predictions} == confidences
        assert outcome.model_version == "labels 3.0"

    def test_say_what_was_looked_for_though_nothing_was_there(self, rekognition_service):
        rekognition_service.answers["DetectFaces"] = {"FaceDetails": []}
        outcome = RekognitionRecogniser(features=["faces"]).recognise(as_source(make_picture()))
        assert (outcome.predictions, outcome.looked_for) == ((), {Kind.FACE})


class TestModerationFirst:
    UNSAFE = {
        "ModerationLabels": [{"Name": "Violence", "Confidence": 93.1, "ParentName": ""}],
        "ModerationModelVersion": "7.0",
    }

    def make(self, **options):
        return RekognitionRecogniser(
            features=["labels", "faces", "moderation"], moderation_first=True, **options
        )

    def test_asks_nothing_more_of_an_unsafe_picture(self, rekognition_service):
        rekognition_service.answers["DetectModerationLabels"] = self.UNSAFE
        outcome = self.make().recognise(as_source(make_picture()))
        assert rekognition_service.requests.counts == {"DetectModerationLabels": 1}
        assert [p.name for p in outcome.predictions] == ["Violence"]
        assert outcome.remark == "Found unsafe, so it was not asked for labels, faces."

    def test_asks_the_rest_of_a_safe_one(self, rekognition_service):
        rekognition_service.answers["DetectModerationLabels"] = self.UNSAFE
        outcome = self.make(unsafe_threshold=93.2).recognise(as_source(make_picture()))
        asked = [request.operation for request in rekognition_service.requests.of()]
        assert asked == ["DetectModerationLabels", "DetectLabels", "DetectFaces"]
        assert outcome.remark == ""

    def test_needs_moderation(self):
        with pytest.raises(ValueError, match='needs "moderation"'):
            RekognitionRecogniser(features=["labels"], moderation_first=True)


class TestWhatIsKnown:
    def test_is_not_asked_again(self, rekognition_service):
        first = RekognitionRecogniser(features=["labels"])
        known = first.recognise(as_source(make_picture())).raw
        more = RekognitionRecogniser(features=["labels", "properties", "text"])
        assert [call.operation for call in more.plan(known)] == ["DetectLabels", "DetectText"]
        outcome = more.ask(as_source(full_picture()), Remembering(known))
        properties, _text = rekognition_service.requests.of()[1:]
        assert properties.parameters["Features"] == ["IMAGE_PROPERTIES"]
        assert {p.kind for p in outcome.predictions} >= {Kind.LABEL, Kind.COLOUR, Kind.TEXT}

    def test_is_asked_again_where_it_was_asked_otherwise(self):
        known = RekognitionRecogniser(floor=50).recognise(as_source(make_picture())).raw
        assert len(RekognitionRecogniser(floor=5).plan(known)) == 1

    def test_needs_no_service(self, rekognition_service):
        recogniser = RekognitionRecogniser(features=["labels", "faces"])
        known = recogniser.recognise(as_source(make_picture())).raw
        calls = Remembering(known)
        recogniser.ask(as_source(make_picture()), calls)
        assert len(rekognition_service.requests.of()) == 2
        assert calls.sent_as is None


class Remembering(UncountedCalls):
    def __init__(self, known):
        super().__init__()
        self._known = known

    @property
    def known(self):
        return self._known


class TestPlans:
    def test_add_up_the_prices_of_what_a_call_asks_for(self):
        recogniser = RekognitionRecogniser(
            features=["labels", "properties", "faces"], prices={"faces": "0.0008"}
        )
        assert [(call.operation, call.price) for call in recogniser.plan(())] == [
            ("DetectLabels", Decimal("0.00175")),
            ("DetectFaces", Decimal("0.0008")),
        ]

    def test_have_the_rate_of_the_feature(self):
        recogniser = RekognitionRecogniser(
            features=["labels", "faces", "text"], rates={"labels": 50, "default": 7}
        )
        rates = {call.operation: call.rate.per_second for call in recogniser.plan(())}
        assert rates == {"DetectLabels": 50, "DetectFaces": 7, "DetectText": 7}

    def test_share_their_rates_with_those_of_the_same_operation_in_the_same_place(self):
        def names(**options):
            return {call.rate.name for call in RekognitionRecogniser(**options).plan(())}

        places = [{}, {"region": "eu-west-1"}, {"region": "eu-west-2"}, {"profile": "photos"}]
        places += [{"profile": "photos", "region": "eu-west-1"}]
        assert len(set.union(*(names(**place) for place in places))) == len(places)
        assert names(features=["properties"]) == names(features=["labels"], floor=50)
        assert names(features=["labels", "faces"]) == names() | names(features=["faces"])


class TestTheFingerprint:
    def test_changes_with_what_changes_answers(self):
        options = [
            {}, {"features": ["faces"]}, {"floor": 20}, {"max_labels": 10},
            {"features": ["labels", "moderation"]},
            {"features": ["labels", "moderation"], "moderation_first": True},
            {"features": ["labels", "custom"], "custom_labels_arn": ARN},
        ]  # fmt: skip
        prints = {RekognitionRecogniser(**each).fingerprint for each in options}
        assert len(prints) == len(options)

    def test_stays_whatever_it_costs(self):
        same = {"prices": {"labels": 9}, "rates": {"labels": 9}, "budget_calls": 9}
        same |= {"by_reference": False, "budget_cost": Decimal(9), "unsafe_threshold": 9}
        assert RekognitionRecogniser(**same).fingerprint == RekognitionRecogniser().fingerprint


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "told"),
        [
            ({"features": []}, "at least one of"),
            ({"features": ["labels", "smells"]}, r"features has \['smells'\]"),
            ({"features": ["custom"]}, "needs the ARN"),
            ({"features": ["custom"], "custom_labels_arn": "arn:aws:s3:::x"}, "needs the ARN"),
            ({"floor": 101}, "floor=101"),
            ({"floor": "low"}, "floor=low"),
            ({"max_labels": 0}, "max_labels=0"),
            ({"unsafe_threshold": -1}, "unsafe_threshold=-1"),
            ({"prices": {"label": 1}}, "prices has “label”"),
            ({"prices": {"labels": -1}}, "labels=-1"),
            ({"rates": {"labels": 0}}, "labels=0"),
            ({"rates": {"faces": float("nan")}}, "faces=nan"),
            ({"budget_calls": -1}, "budget_calls=-1"),
            ({"budget_cost": "much"}, "budget_cost=much"),
        ],
    )
    def test_that_make_no_sense_are_refused_by_name(self, options, told):
        with pytest.raises(ValueError, match=told):
            RekognitionRecogniser(**options)


class TestErrors:
    def recognise(self):
        RekognitionRecogniser().recognise(as_source(make_picture()))

    @pytest.mark.parametrize(
        "error", ["ThrottlingException", "ProvisionedThroughputExceededException"]
    )
    def test_of_a_busy_service_are_told_and_not_tried_again_here(self, rekognition_service, error):
        rekognition_service.faults.throttle(1, error=error)
        with pytest.raises(BusyError, match=f"DetectLabels: {error}"):
            self.recognise()
        assert len(rekognition_service.requests.of()) == 1

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_of_the_way_to_it_are_those_of_a_busy_service(self, rekognition_service, status):
        rekognition_service.faults.fail(1, status=status)
        with pytest.raises(BusyError):
            self.recognise()

    def test_inside_the_service_may_pass(self, rekognition_service):
        rekognition_service.faults.fail(1)
        with pytest.raises(TransientError, match="InternalServerError") as raised:
            self.recognise()
        assert type(raised.value) is TransientError
        assert len(rekognition_service.requests.of()) == 1

    def test_that_are_no_answer_may_have_been_billed(self, rekognition_service):
        rekognition_service.faults.close(1)
        with pytest.raises(UnansweredError):
            self.recognise()
        assert rekognition_service.requests.billed == {"DetectLabels": 1}

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param("<html>Please sign in.</html>", id="a page"),
            pytest.param("", id="nothing"),
            pytest.param("OK", id="a word"),
            pytest.param('{"message": "Please sign in."}', id="something else"),
            pytest.param('{"Labels": [{"Name": "Sk', id="a half"),
            pytest.param("[]", id="a list"),
            pytest.param("null", id="null"),
            pytest.param('{"Labels": {"Name": "Sky"}}', id="an object for a list"),
            pytest.param('{"Labels": ["Sky"]}', id="a string for an object"),
        ],
    )
    def test_of_what_answers_in_its_place_may_have_been_billed(self, rekognition_service, body):
        rekognition_service.faults.garble(body)
        with pytest.raises(UnansweredError, match="is no answer of Amazon Rekognition"):
            self.recognise()

    def test_are_none_where_the_service_has_nothing_to_say(self, rekognition_service):
        rekognition_service.faults.garble("{}")
        outcome = RekognitionRecogniser().recognise(as_source(make_picture()))
        assert (outcome.predictions, outcome.looked_for) == ((), {Kind.LABEL})

    def test_of_a_service_that_stalls_are_no_answer(self, rekognition_service, monkeypatch):
        monkeypatch.setattr(service, "READ_SECONDS", 0.3)
        rekognition_service.faults.stall(3)
        with pytest.raises(UnansweredError, match="not answered"):
            self.recognise()

    def test_of_an_address_where_nobody_listens_are_those_of_a_busy_service(self, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", "http://127.0.0.1:9")
        with pytest.raises(BusyError, match="cannot be reached"):
            self.recognise()

    @pytest.mark.parametrize(
        "error",
        [
            "InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException",
            "InvalidS3ObjectException", "ResourceNotFoundException", "ResourceNotReadyException",
        ],
    )  # fmt: skip
    def test_of_the_image_end_it_with_the_reason(self, rekognition_service, error):
        rekognition_service.faults.refuse(error, message="So it is.", times=1)
        with pytest.raises(PermanentError, match=f"DetectLabels: {error}: So it is."):
            self.recognise()
        assert len(rekognition_service.requests.of()) == 1

    @pytest.mark.parametrize(
        "error", ["ResourceNotReadyException", "InternalServerError", "ThrottlingException"]
    )
    @pytest.mark.parametrize(
        ("message", "told"),
        [
            (f"ProjectVersion {ARN} is not RUNNING.", "ProjectVersion … is not RUNNING."),
            ("User: arn:aws-cn:iam::123456789012:user/x, no.", "User: …, no."),
            ("Account 123456789012 has no such thing.", "Account … has no such thing."),
            ("It has 15728640 bytes.", "It has 15728640 bytes."),
        ],
        ids=["version", "user", "account", "none"],
    )
    def test_about_a_run_name_no_account(self, rekognition_service, error, message, told):
        rekognition_service.faults.refuse(error, message=message, times=1)
        with pytest.raises(RecogniserError) as raised:
            self.recognise()
        assert str(raised.value) == f"DetectLabels: {error}: {told}"

    def test_of_a_connection_that_cannot_be_trusted_halt(self, rekognition_service, monkeypatch):
        url = rekognition_service.url.replace("http:", "https:")
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", url)
        with pytest.raises(HaltError, match="SSL"):
            self.recognise()
        assert rekognition_service.requests.of() == []

    def test_of_a_missing_permission_name_it(self, rekognition_service):
        rekognition_service.faults.deny("DetectLabels")
        with pytest.raises(HaltError, match="rekognition:DetectLabels"):
            self.recognise()

    @pytest.mark.parametrize(
        ("name", "value"),
        [("AWS_ACCESS_KEY_ID", "somebody"), ("AWS_SECRET_ACCESS_KEY", "wrong")],
    )
    def test_of_wrong_credentials_halt(self, monkeypatch, name, value):
        monkeypatch.setenv(name, value)
        with pytest.raises(HaltError):
            self.recognise()

    @pytest.mark.parametrize(
        "name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"]
    )
    def test_of_a_set_up_that_lacks_something_halt(self, monkeypatch, tmp_path, name):
        monkeypatch.delenv(name)
        if name == "AWS_ACCESS_KEY_ID":
            monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        without_aws_files(monkeypatch, tmp_path)
        with pytest.raises(HaltError, match="cannot be asked"):
            self.recognise()

    def test_of_the_set_up_pass_once_it_is_mended(self, monkeypatch, rekognition_service):
        recogniser = RekognitionRecogniser()
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        with pytest.raises(HaltError):
            recogniser.recognise(as_source(make_picture()))
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
        assert recogniser.recognise(as_source(make_picture())).predictions


def without_aws_files(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class TestAProfileOfItsOwn:
    @pytest.fixture(autouse=True)
    def _files(self, monkeypatch, tmp_path):
        """Variables that are those of another store, and a profile for this service."""
        without_aws_files(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-store")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
        keys = "aws_access_key_id = test-key\naws_secret_access_key = test-secret\n"
        (tmp_path / "credentials").write_text(f"[recognition]\n{keys}")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))

    def test_is_used_whatever_the_variables_say(self):
        recogniser = RekognitionRecogniser(profile="recognition", region="us-east-1")
        assert recogniser.recognise(as_source(make_picture())).predictions
        assert list(recogniser.find_problems()) == []

    def test_that_does_not_exist_is_named(self):
        recogniser = RekognitionRecogniser(profile="recogniton", region="us-east-1")
        (problem,) = recogniser.find_problems()
        assert "recogniton" in problem.message
        with pytest.raises(HaltError, match="recogniton"):
            recogniser.recognise(as_source(make_picture()))


class TestTheCheckOfTheSetUp:
    def problems(self):
        return [problem.message for problem in RekognitionRecogniser().find_problems()]

    def test_finds_nothing_wrong_with_a_complete_one(self):
        assert self.problems() == []

    def test_names_what_is_missing_without_the_network(self, monkeypatch, tmp_path):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name)
        without_aws_files(monkeypatch, tmp_path)
        assert self.problems() == [
            "No AWS region is set.",
            "No AWS credentials are found in variables and files.",
        ]

    @pytest.mark.parametrize(
        "address", ["localhost:1234", "rekognition.example.com", "ftp://a.example", "http://a:b"]
    )
    @pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_REKOGNITION", "AWS_ENDPOINT_URL"])
    def test_names_an_address_that_is_none(self, name, address, monkeypatch):
        monkeypatch.delenv("AWS_ENDPOINT_URL_REKOGNITION")
        monkeypatch.setenv(name, address)
        (problem,) = RekognitionRecogniser().find_problems()
        assert problem.message == f"{name} is “{address}”, which is no address."
        assert f"Set {name} to one that begins with https://" in problem.hint

    def test_leaves_alone_an_address_that_is_not_used(self, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", "localhost:1234")
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        assert self.problems() == []

    @pytest.mark.parametrize(
        ("region", "likely"), [("eu-wst-1", "eu-west-1"), ("us-east1", "us-east-1"), ("x", "eu-")]
    )
    def test_names_a_region_in_which_nobody_answers(self, region, likely, monkeypatch):
        monkeypatch.delenv("AWS_ENDPOINT_URL_REKOGNITION")
        (problem,) = RekognitionRecogniser(region=region).find_problems()
        assert f"“{region}”" in problem.message
        assert problem.hint.startswith(
            "Set BROMO_REKOGNITION_REGION or AWS_DEFAULT_REGION to one that has it, such as "
            + likely
        )

    def test_takes_any_region_that_has_an_address_of_its_own(self, monkeypatch):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "here")
        assert self.problems() == []

    def test_names_a_model_that_is_in_another_region(self):
        own = {"features": ["custom"], "custom_labels_arn": ARN}
        assert list(RekognitionRecogniser(**own, region="us-east-1").find_problems()) == []
        (problem,) = RekognitionRecogniser(**own, region="eu-west-1").find_problems()
        assert f"{ARN} is in us-east-1, and Rekognition is asked in eu-west-1" in problem.message
        assert "Set BROMO_REKOGNITION_REGION to us-east-1, or BROMO_REK" in problem.hint
        assert problem.is_fatal
        unasked = RekognitionRecogniser(custom_labels_arn=ARN, region="eu-west-1")
        assert list(unasked.find_problems()) == []

    def test_names_half_of_the_credentials(self, monkeypatch, tmp_path):
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        without_aws_files(monkeypatch, tmp_path)
        (problem,) = self.problems()
        assert "AWS_SECRET_ACCESS_KEY" in problem

    def test_names_a_profile_that_does_not_exist(self, monkeypatch, tmp_path):
        without_aws_files(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_PROFILE", "photos")
        (problem,) = self.problems()
        assert "photos" in problem

    @pytest.mark.parametrize(
        "line", ["role_arn = arn:aws:iam::1:role/x\nsource_profile = y", "credential_process = id"]
    )
    def test_takes_a_profile_for_what_it_says(self, monkeypatch, tmp_path, line):
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        without_aws_files(monkeypatch, tmp_path)
        (tmp_path / "config").write_text(f"[default]\n{line}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        assert self.problems() == []


class TestSending:
    def test_is_of_bytes_where_there_is_no_more_than_a_picture(self, rekognition_service):
        calls = UncountedCalls()
        RekognitionRecogniser().ask(as_source(Image.new("RGB", (300, 200), "red")), calls)
        (asked,) = rekognition_service.requests.of()
        assert (asked.sent_as, asked.media_type) == ("bytes", "image/jpeg")
        assert (calls.sent_as, calls.sent_reason) == (
            SentAs.BYTES, "the original is not in a bucket",
        )  # fmt: skip
