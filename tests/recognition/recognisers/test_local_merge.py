import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dam.geometry import BoundingBox
from recognition.recognisers.local.calibration import CALIBRATION
from recognition.recognisers.local.detector import FoundObject
from recognition.recognisers.local.merge import Merger, Scores
from recognition.recognisers.local.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
BOX = BoundingBox(left=0.1, top=0.1, width=0.5, height=0.5)


@pytest.fixture(scope="module")
def merger():
    return Merger(TAXONOMY, CALIBRATION)


def shares(**by_label):
    """A softmax that gives labels their shares, each on its first class."""
    result = [0.0] * 1000
    for name, share in by_label.items():
        result[TAXONOMY.classifier.index(name.replace("_", " "))] = share
    return result


def found(name, score, box=BOX):
    (category,) = [key for key, label in TAXONOMY.detector.items() if label == name]
    return FoundObject(category=category, score=score, box=box)


def confidences(merger, softmax, objects=(), floor=0.0, max_labels=2000):
    claims = merger.merge(softmax, list(objects), floor=floor, max_labels=max_labels)
    return {claim.name: claim.confidence for claim in claims}


softmaxes = st.dictionaries(st.integers(0, 999), st.integers(1, 256), max_size=20).map(
    lambda weights: [weights.get(i, 0) / max(256, sum(weights.values())) for i in range(1000)]
)
objects = st.lists(
    st.builds(
        FoundObject,
        category=st.sampled_from(sorted(TAXONOMY.detector)),
        score=st.floats(0.05, 1),
        box=st.just(BOX),
    ),
    max_size=10,
)


class TestMerger:
    @settings(max_examples=150, deadline=None)
    @given(softmax=softmaxes, seen=objects, floor=st.sampled_from([0.0, 5.0, 40.0]))
    def test_is_never_less_sure_of_a_parent_than_of_its_child(self, softmax, seen, floor):
        result = confidences(Merger(TAXONOMY, CALIBRATION), softmax, seen, floor, 50)
        for name, confidence in result.items():
            for parent in TAXONOMY.labels[name].parents:
                assert result[parent] >= confidence

    @settings(max_examples=150, deadline=None)
    @given(softmax=softmaxes, seen=objects)
    def test_lists_the_surest_first_and_a_parent_before_its_child(self, softmax, seen):
        result = confidences(Merger(TAXONOMY, CALIBRATION), softmax, seen)
        assert list(result.values()) == sorted(result.values(), reverse=True)
        order = list(result)
        for name in order:
            for parent in TAXONOMY.labels[name].parents:
                assert order.index(parent) < order.index(name)

    @settings(max_examples=100, deadline=None)
    @given(softmax=softmaxes, seen=objects, cut=st.integers(0, 60))
    def test_cuts_a_list_without_changing_it(self, softmax, seen, cut):
        merger = Merger(TAXONOMY, CALIBRATION)
        everything = merger.merge(softmax, seen, floor=5, max_labels=2000)
        assert merger.merge(softmax, seen, floor=5, max_labels=cut) == everything[:cut]

    def test_adds_up_what_lies_below_a_label(self, merger):
        softmax = shares(Golden_Retriever=0.3, Labrador_Retriever=0.3, Beagle=0.3)
        result = confidences(merger, softmax)
        assert result["Dog"] > 90
        assert result["Golden Retriever"] < 40

    def test_takes_the_best_box_and_never_their_sum(self, merger):
        one = confidences(merger, shares(), [found("Person", 0.5)])
        many = confidences(merger, shares(), [found("Person", 0.5), found("Person", 0.4)] * 3)
        assert many == one

    def test_believes_the_surer_model(self, merger):
        of_classifier = confidences(merger, shares(Banana=0.9))["Banana"]
        of_detector = confidences(merger, shares(), [found("Banana", 0.3)])["Banana"]
        both = confidences(merger, shares(Banana=0.9), [found("Banana", 0.3)])["Banana"]
        assert of_classifier > of_detector
        assert both == of_classifier

    def test_carries_a_box_up_to_the_parents(self, merger):
        result = confidences(merger, shares(), [found("Couch", 0.8)])
        assert result["Furniture"] == result["Couch"] > 80

    def test_doubts_an_animal_where_the_classifier_sees_another(self, merger):
        alone = confidences(merger, shares(), [found("Bird", 0.75)])["Bird"]
        squirrel = confidences(merger, shares(Squirrel=0.8), [found("Bird", 0.75)])
        assert alone > 90
        assert squirrel["Bird"] < 50
        assert squirrel["Squirrel"] > 70

    def test_lets_things_that_go_together_stand(self, merger):
        softmax = shares(Computer_Mouse=0.8)
        assert confidences(merger, softmax, [found("Laptop", 0.8)])["Laptop"] > 90

    def test_says_which_model_spoke_with_which_score(self, merger):
        claims = merger.merge(
            shares(Tabby_Cat=0.5, Egyptian_Mau=0.25), [found("Cat", 0.6)], floor=5, max_labels=50
        )
        by_name = {claim.name: claim for claim in claims}
        assert by_name["Cat"].scores == {"classifier": 0.75, "detector": 0.6}
        assert by_name["Mammal"].scores == {"classifier": 0.75, "detector": 0.6}
        assert by_name["Tabby Cat"].scores == {"classifier": 0.5}

    def test_keeps_the_boxes_with_the_label_they_name(self, merger):
        other = BoundingBox(left=0.6, top=0.6, width=0.2, height=0.2)
        seen = [found("Cat", 0.9), found("Cat", 0.6, other)]
        claims = {c.name: c for c in merger.merge(shares(), seen, floor=5, max_labels=50)}
        assert [instance.box for instance in claims["Cat"].instances] == [BOX, other]
        assert claims["Cat"].instances[0].confidence == claims["Cat"].confidence
        assert claims["Animal"].instances == ()


class TestScores:
    def test_never_lets_rounding_pass_a_whole(self):
        softmax = np.full(1000, 0.00101).tolist()
        scores = Scores.gather(softmax, [], TAXONOMY)
        assert max(scores.shares.values()) <= 1


class TestCalibration:
    @given(st.floats(0, 1), st.floats(0, 1), st.booleans(), st.floats(0, 1), st.floats(0, 1))
    def test_never_falls_as_a_score_rises(self, one, other, is_specific, rivals, fewer):
        low, high = sorted((one, other))
        assert CALIBRATION.from_classifier(
            low, is_specific=is_specific
        ) <= CALIBRATION.from_classifier(high, is_specific=is_specific)
        fewer, rivals = sorted((fewer, rivals))
        assert CALIBRATION.from_detector(low, rivals=rivals) <= CALIBRATION.from_detector(
            high, rivals=fewer
        )

    @given(st.floats(0, 1))
    def test_stays_a_probability(self, score):
        for is_specific in (True, False):
            assert 0 <= CALIBRATION.from_classifier(score, is_specific=is_specific) <= 1
        assert 0 <= CALIBRATION.from_detector(score) <= 1

    def test_says_nothing_of_nothing(self):
        assert CALIBRATION.from_classifier(0.0, is_specific=False) == 0
        assert CALIBRATION.from_detector(0.0) == 0
