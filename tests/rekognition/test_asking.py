"""A request gets what it asks for, also of an answer that a test has set."""

import hashlib

import pytest

from tests.rekognition.boxes import Box
from tests.rekognition.examples import ARN, HERE, image_of
from tests.rekognition.palette import Thing
from tests.rekognition.recorded import recorded

IMAGE = image_of((Thing.FACE, HERE), (Thing.TEXT, Box(0.5, 0.5, 0.4, 0.1)))
FIVE_MARKS = {"eyeLeft", "eyeRight", "mouthLeft", "mouthRight", "nose"}


def confidences(items):
    return [item["Confidence"] for item in items]


class TestMinConfidence:
    @pytest.mark.parametrize(
        ("asked", "least"), [({}, 55), ({"MinConfidence": 70}, 70), ({"MinConfidence": 0}, 3)]
    )
    def test_of_labels_is_inclusive_and_55_by_default(self, client, asked, least):
        found = confidences(client.detect_labels(Image=IMAGE, **asked)["Labels"])
        assert least <= found[-1] < least + 1
        assert found == sorted(found, reverse=True)

    def test_of_moderation_is_50_by_default(self, client):
        call = client.detect_moderation_labels
        assert 50 <= min(confidences(call(Image=IMAGE)["ModerationLabels"])) < 55
        assert min(confidences(call(Image=IMAGE, MinConfidence=5)["ModerationLabels"])) < 50
        assert call(Image=IMAGE, MinConfidence=99)["ModerationLabels"] == []

    def test_of_words_is_80_by_default(self, client, rekognition_service):
        rekognition_service.answers["DetectText"] = recorded("DetectText")
        words = [r["DetectedText"] for r in client.detect_text(Image=IMAGE)["TextDetections"]]
        assert "m" in words
        assert "dpl" not in words
        asked = {"WordFilter": {"MinConfidence": 5}}
        found = client.detect_text(Image=IMAGE, Filters=asked)["TextDetections"]
        assert "dpl" in [item["DetectedText"] for item in found]

    def test_drops_lines_whose_words_are_all_dropped(self, client):
        for word_filter in ({"MinConfidence": 100}, {"MinBoundingBoxHeight": 0.2}):
            asked = {"WordFilter": word_filter}
            assert client.detect_text(Image=IMAGE, Filters=asked)["TextDetections"] == []

    def test_of_custom_labels_is_asked_for(self, client):
        asked = {"Image": IMAGE, "ProjectVersionArn": ARN}
        for least, names in ((60, ["Expedition", "Archive"]), (70, ["Expedition"])):
            answer = client.detect_custom_labels(MinConfidence=least, **asked)
            assert [label["Name"] for label in answer["CustomLabels"]] == names


class TestMaximums:
    def test_leave_the_surest_labels(self, client):
        everything = client.detect_labels(Image=IMAGE)["Labels"]
        assert client.detect_labels(Image=IMAGE, MaxLabels=4)["Labels"] == everything[:4]

    def test_leave_the_surest_custom_labels(self, client):
        answer = client.detect_custom_labels(Image=IMAGE, ProjectVersionArn=ARN, MaxResults=1)
        assert [label["Name"] for label in answer["CustomLabels"]] == ["Expedition"]

    def test_leave_the_most_frequent_colours(self, client):
        answer = client.detect_labels(
            Image=IMAGE,
            Features=["IMAGE_PROPERTIES"],
            Settings={"ImageProperties": {"MaxDominantColors": 1}},
        )
        assert len(answer["ImageProperties"]["DominantColors"]) == 1


class TestFeatures:
    @pytest.mark.parametrize(
        ("features", "members"),
        [
            (None, {"Labels"}),
            (["GENERAL_LABELS"], {"Labels"}),
            (["IMAGE_PROPERTIES"], {"ImageProperties"}),
            (["GENERAL_LABELS", "IMAGE_PROPERTIES"], {"Labels", "ImageProperties"}),
        ],
    )
    @pytest.mark.parametrize("is_set", [True, False])
    def test_choose_what_is_told(self, client, rekognition_service, features, members, is_set):
        if is_set:
            rekognition_service.answers["DetectLabels"] = recorded("DetectLabels")
        asked = {"Features": features} if features else {}
        answer = client.detect_labels(Image=IMAGE, **asked)
        assert answer.keys() - {"ResponseMetadata"} == members | {"LabelModelVersion"}


class TestAttributes:
    always = {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}

    @pytest.mark.parametrize(
        ("attributes", "more"),
        [([], set()), (["DEFAULT"], set()), (["DEFAULT", "SMILE"], {"Smile"}),
         (["AGE_RANGE", "FACE_OCCLUDED"], {"AgeRange", "FaceOccluded"})],
    )  # fmt: skip
    def test_choose_what_is_told(self, client, attributes, more):
        [face] = client.detect_faces(Image=IMAGE, Attributes=attributes)["FaceDetails"]
        assert face.keys() == self.always | more
        assert {mark["Type"] for mark in face["Landmarks"]} == FIVE_MARKS

    @pytest.mark.parametrize("attributes", [["ALL"], ["ALL", "DEFAULT"]])
    def test_are_all_told_where_all_are_asked_for(self, client, attributes):
        [face] = client.detect_faces(Image=IMAGE, Attributes=attributes)["FaceDetails"]
        assert len(face) == 17
        assert len(face["Landmarks"]) == 30


class TestASetAnswer:
    def test_takes_the_place_of_what_is_seen(self, client, rekognition_service):
        sky = {"Name": "Sky", "Confidence": 70.46}
        rekognition_service.answers["DetectLabels"] = {"Labels": [sky], "LabelModelVersion": "9"}
        answer = client.detect_labels(Image=IMAGE)
        assert (answer["Labels"], answer["LabelModelVersion"]) == ([sky], "9")

    def test_may_be_for_one_image(self, client, rekognition_service):
        sha256 = hashlib.sha256(IMAGE["Bytes"]).hexdigest()
        rekognition_service.answers["DetectFaces"] = recorded("DetectFaces")
        rekognition_service.answers["DetectFaces", sha256] = {"FaceDetails": []}
        assert client.detect_faces(Image=IMAGE)["FaceDetails"] == []
        assert len(client.detect_faces(Image=image_of())["FaceDetails"]) == 2

    def test_is_limited_to_what_was_asked_and_stays_as_set(self, client, rekognition_service):
        given = recorded("DetectLabels")
        rekognition_service.answers["DetectLabels"] = given
        assert len(client.detect_labels(Image=IMAGE, MaxLabels=1)["Labels"]) == 1
        assert given == recorded("DetectLabels")

    def test_is_what_is_recorded_where_the_service_does_not_look(self, client, rekognition_service):
        rekognition_service.look = False
        answer = client.detect_faces(Image={"Bytes": b"no image"}, Attributes=["ALL"])
        assert answer["FaceDetails"] == recorded("DetectFaces")["FaceDetails"]
        rekognition_service.answers["DetectFaces"] = {"FaceDetails": []}
        assert client.detect_faces(Image={"Bytes": b"no image"})["FaceDetails"] == []
