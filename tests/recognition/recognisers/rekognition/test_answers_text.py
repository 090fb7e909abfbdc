"""Text, and what some would rather not see."""

from recognition.predictions import Kind
from recognition.recognisers.rekognition.answers import read_moderation, read_text
from tests.recognition.recognisers.rekognition.recorded import recorded


class TestText:
    def test_is_lines_and_words_that_know_their_line(self):
        found = read_text(recorded("text"))
        assert {p.kind for p in found} == {Kind.TEXT}
        lines = [p for p in found if p.attributes["type"] == "line"]
        words = [p for p in found if p.attributes["type"] == "word"]
        assert [line.name for line in lines] == ["BROMO TENGGER", "SEMERU", "km 7"]
        assert [word.attributes["parent"] for word in words] == [0, 0, 1, 2, 2]
        assert (lines[1].attributes["id"], "parent" in lines[1].attributes) == (1, False)

    def test_has_a_box_and_an_outline(self):
        line = read_text(recorded("text"))[0]
        assert line.box is not None
        assert len(line.attributes["polygon"]) == 4
        assert line.attributes["polygon"][0] == {"x": line.box.left, "y": line.box.top}

    def test_too_long_to_store_is_cut_and_kept_whole_beside(self):
        whole = "so much to say " * 20
        (line,) = read_text({"TextDetections": [{"DetectedText": whole, "Confidence": 90.0}]})
        assert line.name == whole[:200]
        assert line.attributes["text"] == whole

    def test_without_a_type_is_a_word_if_it_has_a_line(self):
        texts = [
            {"DetectedText": "a b", "Confidence": 90.0},
            {"DetectedText": "a", "Confidence": 90.0, "ParentId": 0},
        ]
        types = [p.attributes["type"] for p in read_text({"TextDetections": texts})]
        assert types == ["line", "word"]

    def test_has_no_outline_where_a_point_is_missing(self):
        text = {
            "DetectedText": "a",
            "Confidence": 90.0,
            "Geometry": {"Polygon": [{"X": 0.1, "Y": 0.1}, {"X": 0.2}]},
        }
        (line,) = read_text({"TextDetections": [text]})
        assert "polygon" not in line.attributes


class TestModeration:
    def test_knows_the_label_above_and_the_level(self):
        smoking, _, drugs, _ = read_moderation(recorded("moderation"))
        assert (smoking.kind, smoking.name) == (Kind.MODERATION, "Smoking")
        assert smoking.parents == ("Drugs & Tobacco Paraphernalia & Use",)
        assert smoking.attributes == {"level": 3}
        assert (drugs.parents, drugs.attributes) == ((), {"level": 1})

    def test_of_an_earlier_model_has_no_level(self):
        (label,) = read_moderation({"ModerationLabels": [{"Name": "Alcohol", "Confidence": 51}]})
        assert (label.parents, label.attributes) == ((), {})
