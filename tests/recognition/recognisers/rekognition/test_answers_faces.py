"""Faces, whoever's."""

from dam.geometry import BoundingBox
from recognition.predictions import Kind
from recognition.recognisers.rekognition.answers import read_celebrities, read_faces
from tests.recognition.recognisers.rekognition.recorded import recorded


class TestFaces:
    def test_are_each_a_face_with_its_box(self):
        boy, woman = read_faces(recorded("faces"))
        assert {(p.kind, p.name) for p in (boy, woman)} == {(Kind.FACE, "Face")}
        given = recorded("faces")["FaceDetails"][1]
        assert woman.confidence == given["Confidence"]
        assert woman.box == BoundingBox(
            **{side.lower(): number for side, number in given["BoundingBox"].items()}
        )

    def test_say_yes_or_no_and_how_sure(self):
        _, woman = read_faces(recorded("faces"))
        said = woman.attributes
        assert said["smile"] == {"value": True, "confidence": 97.55010223388672}
        assert said["moustache"] == {"value": False, "confidence": 99.44180297851562}
        assert {"eyeglasses", "sunglasses", "beard", "eyes_open", "mouth_open", "occluded"} <= set(
            said
        )

    def test_say_gender_and_age(self):
        _, woman = read_faces(recorded("faces"))
        assert woman.attributes["gender"] == {"value": "female", "confidence": 99.63089752197266}
        assert woman.attributes["age"] == {"low": 25, "high": 35}

    def test_have_the_strongest_emotion_first(self):
        _, woman = read_faces(recorded("faces"))
        emotions = woman.attributes["emotions"]
        assert emotions[0] == {"name": "happy", "confidence": 96.80919647216797}
        assert [e["confidence"] for e in emotions] == sorted(
            (e["confidence"] for e in emotions), reverse=True
        )

    def test_have_landmarks_by_the_names_of_the_service(self):
        _, woman = read_faces(recorded("faces"))
        landmarks = woman.attributes["landmarks"]
        assert len(landmarks) == 30
        assert set(landmarks[0]) == {"name", "x", "y"}
        assert landmarks[0]["name"] == "eyeLeft"

    def test_have_pose_quality_and_where_the_eyes_look(self):
        boy, _ = read_faces(recorded("faces"))
        assert set(boy.attributes["pose"]) == {"roll", "yaw", "pitch"}
        assert set(boy.attributes["quality"]) == {"brightness", "sharpness"}
        assert set(boy.attributes["eye_direction"]) == {"yaw", "pitch", "confidence"}

    def test_of_which_little_is_said_have_few_attributes(self):
        bare = {"Confidence": 90.0, "AgeRange": {"Low": 0}, "Smile": {"Value": True}}
        (face,) = read_faces({"FaceDetails": [bare]})
        assert (face.box, face.attributes) == (None, {"age": {"low": 0}})

    def test_keep_what_is_said_of_them_where_the_box_is_impossible(self):
        box = {"Left": 0.1, "Top": 0.1, "Width": -0.1, "Height": 0.1}
        (face,) = read_faces({"FaceDetails": [{"Confidence": 90.0, "BoundingBox": box}]})
        assert face.box is None


class TestCelebrities:
    def test_are_named_with_the_confidence_of_the_match(self):
        ada, _ = read_celebrities(recorded("celebrities"))
        assert (ada.kind, ada.name) == (Kind.CELEBRITY, "Ada Lovelace")
        assert ada.confidence == 98.00270080566406

    def test_say_who_they_are_and_how_they_look(self):
        ada, _ = read_celebrities(recorded("celebrities"))
        assert ada.box is not None
        assert ada.attributes["id"] == "4dA1ov3"
        assert len(ada.attributes["urls"]) == 2
        assert ada.attributes["gender"] == "female"
        assert ada.attributes["face_confidence"] == 99.99140167236328
        assert ada.attributes["smile"] == {"value": False, "confidence": 91.22029876708984}
        assert ada.attributes["emotions"][0]["name"] == "calm"
        assert {"landmarks", "pose", "quality"} <= set(ada.attributes)

    def test_without_a_match_are_nobody(self):
        answer = {"CelebrityFaces": [{"Name": "Ada", "Face": {"Confidence": 99.0}}]}
        assert read_celebrities(answer) == []

    def test_may_be_no_more_than_a_name(self):
        answer = {"CelebrityFaces": [{"Name": "Ada", "MatchConfidence": 70.0}]}
        (ada,) = read_celebrities(answer)
        assert (ada.box, ada.attributes) == (None, {})


class TestUnrecognisedFaces:
    def test_are_faces_that_say_where_they_come_from(self):
        _, stranger = read_celebrities(recorded("celebrities"))
        assert (stranger.kind, stranger.name) == (Kind.FACE, "Unrecognised face")
        assert stranger.attributes["from"] == "celebrities"
        assert stranger.attributes["smile"]["value"] is True
        assert stranger.box is not None
