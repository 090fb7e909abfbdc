"""Labels, those of one's own and those of the service."""

import pytest

from dam.geometry import BoundingBox
from recognition.predictions import Instance, Kind, Prediction
from recognition.recognisers.rekognition.answers import join_labels, read_custom, read_labels
from tests.recognition.recognisers.rekognition.recorded import recorded


def label(name, confidence, **extra):
    return {"Name": name, "Confidence": confidence, **extra}


def box(left, top, width, height):
    return {"BoundingBox": {"Left": left, "Top": top, "Width": width, "Height": height}}


def by_name(predictions):
    return {prediction.name: prediction for prediction in predictions}


class TestLabels:
    def test_keep_the_confidence_just_as_it_was_given(self):
        labels = by_name(read_labels(recorded("labels")))
        assert labels["Volcano"].confidence == 70.46000671386719
        assert labels["Jeep"].confidence == 70.0
        assert labels["Car"].confidence == 69.98999786376953

    def test_know_their_relatives_in_the_order_given(self):
        labels = by_name(read_labels(recorded("labels")))
        assert labels["Volcano"].parents == ("Mountain", "Nature", "Outdoors")
        assert labels["Car"].aliases == ("Automobile",)
        assert labels["Car"].categories == ("Vehicles and Automotive",)
        assert labels["Nature"].parents == ()

    def test_know_where_they_occur_even_beyond_the_edge(self):
        person = by_name(read_labels(recorded("labels")))["Person"]
        given = recorded("labels")["Labels"][3]["Instances"]
        assert person.instances[0].box.left == given[0]["BoundingBox"]["Left"] < 0
        assert [i.confidence for i in person.instances] == [i["Confidence"] for i in given]

    def test_without_a_name_or_a_confidence_are_left_out(self):
        answer = {"Labels": [{"Name": "A"}, {"Confidence": 9.0}, label("", 9), label("B", None)]}
        assert read_labels(answer) == []

    @pytest.mark.parametrize(
        ("given", "kept"), [(100.00001, 100), (-0.00001, 0), (0, 0), (100, 100)]
    )
    def test_have_a_confidence_a_hair_outside_brought_in(self, given, kept):
        (only,) = read_labels({"Labels": [label("Cat", given)]})
        assert only.confidence == kept

    @pytest.mark.parametrize("given", [250, -3, float("nan"), float("inf"), "90", True, 10**400])
    def test_with_a_confidence_that_is_none_are_left_out(self, given):
        assert read_labels({"Labels": [label("Cat", given)]}) == []

    def test_leave_out_occurrences_of_negative_size_or_without_a_box(self):
        odd = [box(0.1, 0.1, -0.2, 0.2), box(0.1, 0.1, 0.2, -0.2), {"BoundingBox": {"Left": 0.1}}]
        good = box(0.1, 0.2, 0.3, 0.4)
        instances = [{**each, "Confidence": 90.0} for each in (*odd, good)]
        (cat,) = read_labels({"Labels": [label("Cat", 90, Instances=instances)]})
        assert [i.box for i in cat.instances] == [
            BoundingBox(left=0.1, top=0.2, width=0.3, height=0.4)
        ]

    def test_that_come_twice_are_one_with_the_higher_confidence_and_all_boxes(self):
        here, there = box(0, 0, 1, 1) | {"Confidence": 60}, box(0, 0, 0.5, 1) | {"Confidence": 90}
        first = label("Cat", 60, Parents=[{"Name": "Pet"}], Instances=[here])
        second = label("Cat", 90, Parents=[{"Name": "Animal"}], Instances=[there, here])
        (cat,) = read_labels({"Labels": [first, second, label("Cat", 70)]})
        assert cat.confidence == 90
        assert [instance.confidence for instance in cat.instances] == [60, 90]
        assert cat.parents == ("Animal", "Pet")

    def test_with_a_name_too_long_to_store_are_cut_and_keep_the_whole(self):
        name = "long " * 50
        (cut,) = read_labels({"Labels": [label(name, 90)]})
        assert cut.name == name[:200]
        assert cut.attributes == {"text": name}


class TestCustomLabels:
    def test_are_labels_with_a_box_an_occurrence_and_the_highest_confidence(self):
        batik, scene = read_custom(recorded("custom"))
        assert (batik.kind, batik.name) == (Kind.LABEL, "Batik")
        given = [entry["Confidence"] for entry in recorded("custom")["CustomLabels"]]
        assert batik.confidence == given[1] > given[0]
        assert [instance.confidence for instance in batik.instances] == given[:2]
        assert (scene.name, scene.instances) == ("Indoor scene", ())

    def test_say_that_they_are_custom(self):
        assert all(p.attributes == {"custom": True} for p in read_custom(recorded("custom")))


class TestJoiningLabels:
    def test_makes_one_of_a_custom_and_a_general_one(self):
        here = Instance(box=BoundingBox(left=0, top=0, width=1, height=1), confidence=80)
        general = Prediction(kind=Kind.LABEL, name="Dog", confidence=70, parents=("Pet",))
        custom = Prediction(
            kind=Kind.LABEL,
            name="Dog",
            confidence=80,
            instances=(here,),
            attributes={"custom": True},
        )
        (joined,) = join_labels([general, custom])
        assert (joined.confidence, joined.parents) == (80, ("Pet",))
        assert (joined.instances, joined.attributes) == ((here,), {"custom": True})

    def test_leaves_different_ones_as_they_are_and_in_order(self):
        labels = read_labels(recorded("labels"))
        assert join_labels(labels) == labels
