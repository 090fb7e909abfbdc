"""Faces, celebrities, text, moderation and custom labels are where the picture has them."""

import pytest

from tests.images import exif_with, image_bytes
from tests.rekognition.boxes import Box
from tests.rekognition.examples import ARN, HERE, THERE, image_of, near
from tests.rekognition.palette import Thing, painted, places


def boxes(items):
    return [item["BoundingBox"] for item in items]


class TestDetectFaces:
    def test_finds_a_face_by_each_patch_the_largest_first(self, client):
        image = image_of((Thing.CELEBRITY, THERE), (Thing.FACE, HERE))
        faces = client.detect_faces(Image=image, Attributes=["ALL"])["FaceDetails"]
        assert boxes(faces) == [near(HERE), near(THERE)]
        for face, box in zip(faces, (HERE, THERE), strict=True):
            assert len(face["Landmarks"]) == 30
            nose = next(mark for mark in face["Landmarks"] if mark["Type"] == "nose")
            assert nose["X"] == pytest.approx(box.left + box.width / 2, abs=0.02)
            assert nose["Y"] == pytest.approx(box.top + 0.57 * box.height, abs=0.02)
        assert faces[0]["Smile"]["Value"] is True
        assert faces[1]["Beard"]["Value"] is True

    def test_finds_none_in_an_empty_picture(self, client):
        assert client.detect_faces(Image=image_of())["FaceDetails"] == []

    def test_finds_at_most_a_hundred(self, client):
        crowd = [Box(x / 12, y / 12, 0.05, 0.05) for x in range(12) for y in range(12)]
        image = image_of(*places(Thing.FACE, crowd), size=(600, 600))
        assert len(client.detect_faces(Image=image)["FaceDetails"]) == 100

    def test_turns_a_jpeg_upright_first(self, client):
        stored = painted((Thing.FACE, HERE)).transpose(2)  # a quarter to the left
        content = image_bytes(stored, "JPEG", exif=exif_with({0x0112: 6}))
        [face] = client.detect_faces(Image={"Bytes": content})["FaceDetails"]
        assert face["BoundingBox"] == near(HERE)


class TestRecognizeCelebrities:
    def test_knows_yellow_faces_and_not_magenta_ones(self, client):
        image = image_of((Thing.CELEBRITY, HERE), (Thing.FACE, THERE))
        answer = client.recognize_celebrities(Image=image)
        [known] = answer["CelebrityFaces"]
        assert (known["Name"], known["KnownGender"]) == ("Ada Lovelace", {"Type": "Female"})
        assert known["MatchConfidence"] > 99
        assert known["Face"]["BoundingBox"] == near(HERE)
        assert boxes(answer["UnrecognizedFaces"]) == [near(THERE)]


class TestDetectText:
    def test_reads_a_line_and_its_words_in_each_patch(self, client):
        above, below = Box(0.1, 0.1, 0.6, 0.1), Box(0.2, 0.5, 0.3, 0.1)
        image = image_of(*places(Thing.TEXT, [below, above]))
        found = client.detect_text(Image=image)["TextDetections"]
        lines = [item for item in found if item["Type"] == "LINE"]
        words = [item for item in found if item["Type"] == "WORD"]
        assert [line["DetectedText"] for line in lines] == ["GUNUNG BROMO", "2329 m dpl"]
        assert [line["Geometry"]["BoundingBox"] for line in lines] == [near(above), near(below)]
        assert [(word["DetectedText"], word["ParentId"]) for word in words] == [
            ("GUNUNG", 0), ("BROMO", 0), ("2329", 1), ("m", 1),
        ]  # fmt: skip
        last = words[1]["Geometry"]["BoundingBox"]
        assert last["Left"] + last["Width"] == pytest.approx(0.7, abs=0.012)
        assert len({item["Id"] for item in found}) == len(found)

    def test_reads_nothing_in_an_empty_picture(self, client):
        assert client.detect_text(Image=image_of())["TextDetections"] == []


class TestDetectModerationLabels:
    def test_finds_little_in_most_pictures(self, client):
        found = client.detect_moderation_labels(Image=image_of())["ModerationLabels"]
        assert max(label["Confidence"] for label in found) < 80
        levels = [(r["Name"], r["ParentName"], r["TaxonomyLevel"]) for r in found]
        assert ("Alcoholic Beverages", "Alcohol", 2) in levels
        assert ("Alcohol", "", 1) in levels

    def test_is_sure_of_a_green_one(self, client):
        found = client.detect_moderation_labels(Image=image_of((Thing.UNSAFE, HERE)))
        assert found["ModerationLabels"][0]["Confidence"] > 95
        assert found["ModerationModelVersion"] == "7.0"


class TestDetectCustomLabels:
    def test_finds_a_blue_crate_in_each_patch_and_labels_without_a_place(self, client):
        image = image_of(*places(Thing.CRATE, [HERE, THERE]))
        answer = client.detect_custom_labels(Image=image, ProjectVersionArn=ARN)
        crates = [label for label in answer["CustomLabels"] if label["Name"] == "Blue Crate"]
        assert boxes(crate["Geometry"] for crate in crates) == [near(HERE), near(THERE)]
        others = [label["Name"] for label in answer["CustomLabels"] if "Geometry" not in label]
        assert others == ["Expedition", "Archive"]
