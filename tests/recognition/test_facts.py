"""What follows from detections besides tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.facts import SeenDetection, facts_from
from recognition.predictions import Kind

WHOLE = (0.0, 0.0, 1.0, 1.0)


def seen(kind, name, confidence=90.0, *, box=None, recogniser="rekognition", **attributes):
    return SeenDetection(
        kind=kind,
        name=name,
        confidence=confidence,
        recogniser=recogniser,
        box=dict(zip(("left", "top", "width", "height"), box, strict=True)) if box else None,
        attributes=attributes,
    )


def face(confidence=99.0, *, box=WHOLE, recogniser="rekognition", **attributes):
    return seen(Kind.FACE, "Face", confidence, box=box, recogniser=recogniser, **attributes)


def stranger(confidence=99.0, **extra):
    attributes = {"from": "celebrities"}
    return seen(Kind.FACE, "Unrecognised face", confidence, **extra, **attributes)


def celebrity(name="Ada Lovelace", confidence=90.0, **extra):
    return seen(Kind.CELEBRITY, name, confidence, **extra)


def line(name, confidence=90.0, *, box=None, recogniser="rekognition", **attributes):
    attributes = {"type": "line"} | attributes
    return seen(Kind.TEXT, name, confidence, box=box, recogniser=recogniser, **attributes)


def colour(name, share, area="image", recogniser="rekognition"):
    return seen(Kind.COLOUR, name, 100.0, recogniser=recogniser, share=share, area=area)


def sure(value, confidence=95.0):
    return {"value": value, "confidence": confidence}


def find(*detections, unsafe=80.0, least=80.0, looked=True):
    return facts_from(
        detections, unsafe_threshold=unsafe, fact_threshold=least, looked_for_faces=looked
    )


def values(found, kind):
    return [fact.value for fact in found.facts if fact.kind == kind]


def by_face(found, kind):
    return {fact.face: fact.value for fact in found.facts if fact.kind == kind}


def said(found, *kinds):
    return [(f.kind, f.value, f.confidence) for f in found.facts if f.kind in kinds]


class TestTheNumberOfFaces:
    def test_is_told_where_somebody_looked(self):
        assert values(find(looked=True), "faces") == ["0"]
        assert values(find(looked=False), "faces") == []
        assert values(find(face(), face(box=(0, 0, 0.1, 0.1))), "faces") == ["2"]

    def test_counts_faces_from_the_threshold_on(self):
        found = find(face(80.0), face(79.99, box=(0, 0, 0.1, 0.1)))
        assert values(found, "faces") == ["1"]

    def test_leaves_out_those_found_on_the_way_to_celebrities(self):
        found = find(face(box=(0, 0, 0.5, 0.5)), stranger(box=(0.6, 0, 0.2, 0.2)), celebrity())
        assert values(found, "faces") == ["1"]

    def test_counts_those_where_the_recogniser_looked_for_no_others(self):
        found = find(
            celebrity(box=(0, 0, 0.5, 0.5), face_confidence=99.0),
            stranger(box=(0.6, 0, 0.2, 0.2)),
            face(box=(0, 0.7, 0.1, 0.1), recogniser="local"),
        )
        assert values(found, "faces") == ["3"]

    def test_counts_a_face_though_whose_it_is_is_doubtful(self):
        found = find(celebrity(confidence=12.0, face_confidence=99.0))
        assert values(found, "faces") == ["1"]


class TestAFace:
    @pytest.mark.parametrize(
        ("attribute", "value", "fact"),
        [
            ("smile", True, ("smile", "yes")),
            ("smile", False, ("smile", "no")),
            ("beard", True, ("beard", "yes")),
            ("moustache", False, ("moustache", "no")),
            ("eyeglasses", True, ("eyeglasses", "yes")),
            ("sunglasses", True, ("sunglasses", "yes")),
            ("eyes_open", True, ("eyes", "open")),
            ("eyes_open", False, ("eyes", "closed")),
            ("mouth_open", True, ("mouth", "open")),
            ("mouth_open", False, ("mouth", "closed")),
            ("gender", "female", ("gender", "female")),
        ],
    )
    def test_has_what_is_surely_said_of_it(self, attribute, value, fact):
        kind, text = fact
        found = find(face(**{attribute: sure(value, 80.0)}))
        assert said(found, kind) == [(kind, text, 80.0)]
        assert values(find(face(**{attribute: sure(value, 79.9)})), kind) == []

    def test_has_its_strongest_emotion_if_that_is_sure(self):
        emotions = [{"name": "happy", "confidence": 85.0}, {"name": "calm", "confidence": 82.0}]
        assert values(find(face(emotions=emotions)), "emotion") == ["happy"]
        assert values(find(face(emotions=emotions), least=86.0), "emotion") == []

    def test_has_no_emotion_that_nobody_knows(self):
        unknown = [{"name": "unknown", "confidence": 99.0}]
        assert values(find(face(emotions=unknown)), "emotion") == []

    def test_has_the_ages_it_may_be_of_as_sure_as_itself(self):
        found = find(face(97.0, age={"low": 25, "high": 35}))
        assert said(found, "age") == [("age", "20-29", 97.0), ("age", "30-39", 97.0)]
        assert values(find(face(age={"low": 25})), "age") == []

    @pytest.mark.parametrize(
        ("yaw", "pitch", "pose"),
        [
            (0, 0, "frontal"),
            (19.9, -19.9, "frontal"),
            (20, 0, "right"),
            (-33, 10, "left"),
            (5, 22.7, "up"),
            (-21, -40, "down"),
        ],
    )
    def test_looks_where_it_is_turned_most(self, yaw, pitch, pose):
        found = find(face(98.0, pose={"yaw": yaw, "pitch": pitch, "roll": 90}))
        assert said(found, "pose") == [("pose", pose, 98.0)]

    def test_of_which_not_all_angles_are_known_has_no_pose(self):
        assert values(find(face(pose={"yaw": 3.0})), "pose") == []

    def test_is_numbered_by_its_size(self):
        small = face(box=(0, 0, 0.1, 0.1), gender=sure("male"))
        large = face(box=(0.5, 0, 0.4, 0.4), gender=sure("female"))
        nowhere = face(box=None, gender=sure("nonbinary"))
        numbered = by_face(find(nowhere, small, large), "gender")
        assert numbered == {1: "female", 2: "male", 3: "nonbinary"}

    def test_of_a_celebrity_has_the_gender_known_of_them_if_it_is_surely_them(self):
        assert values(find(celebrity(gender="female")), "gender") == ["female"]
        doubtful = celebrity(confidence=30.0, gender="female", face_confidence=99.0)
        assert values(find(doubtful), "gender") == []
        assert values(find(celebrity(gender="unlisted")), "gender") == []

    @pytest.mark.parametrize(
        "attributes",
        [
            {"smile": True, "gender": "male", "age": 7, "emotions": "happy", "pose": None},
            {"smile": {"value": "yes"}, "gender": {}, "emotions": ["happy"], "age": {"low": "1"}},
            {"emotions": [{"name": None, "confidence": 99}], "gender": sure(None)},
        ],
    )
    def test_that_is_oddly_described_is_a_face_all_the_same(self, attributes):
        assert [fact.kind for fact in find(face(**attributes)).facts] == ["faces"]


class TestFacesThatSeveralRecognisersSee:
    def test_are_one_where_half_of_their_boxes_overlaps(self):
        one = face(box=(0.0, 0.0, 0.4, 0.4))
        same = face(box=(0.0, 0.1, 0.4, 0.4), recogniser="local")
        other = face(box=(0.0, 0.2, 0.4, 0.4), recogniser="local")
        assert values(find(one, same), "faces") == ["1"]
        assert values(find(one, other), "faces") == ["2"]

    def test_of_one_recogniser_are_never_one(self):
        assert values(find(face(), face()), "faces") == ["2"]

    def test_each_belong_to_the_nearest(self):
        left, right = (0.0, 0.0, 0.4, 0.4), (0.1, 0.0, 0.4, 0.4)
        found = find(
            face(box=left, gender=sure("male", 90)),
            face(box=right, gender=sure("female", 90)),
            face(box=right, gender=sure("female", 99), recogniser="local"),
            face(box=left, gender=sure("male", 99), recogniser="local"),
        )
        assert sorted(said(found, "gender")) == [("gender", "female", 99), ("gender", "male", 99)]

    def test_have_of_each_thing_what_is_said_most_surely(self):
        found = find(
            face(95.0, gender=sure("male", 81.0), smile=sure(True, 99.0)),
            face(90.0, gender=sure("female", 97.0), smile=sure(False, 85.0), recogniser="local"),
        )
        assert said(found, "gender", "smile") == [
            ("gender", "female", 97.0),
            ("smile", "yes", 99.0),
        ]

    def test_are_sure_enough_if_one_recogniser_is(self):
        found = find(face(60.0), face(85.0, recogniser="local"))
        assert values(found, "faces") == ["1"]


class TestColours:
    def test_are_those_of_a_tenth_of_the_image_taken_together(self):
        found = find(
            colour("green", 23.5), colour("green", 18.0), colour("grey", 10.0), colour("blue", 9.9)
        )
        assert said(found, "colour") == [("colour", "green", 41.5), ("colour", "grey", 10.0)]

    def test_of_the_foreground_and_the_background_do_not_count(self):
        assert values(find(colour("red", 90, "foreground"), colour("red", 5)), "colour") == []

    def test_have_the_larger_share_where_two_recognisers_say_so_and_no_more_than_all(self):
        found = find(colour("red", 60), colour("red", 70, recogniser="local"), colour("red", 50))
        assert said(found, "colour") == [("colour", "red", 100.0)]


class TestModeration:
    def test_is_a_fact_by_name_from_its_own_threshold_on(self):
        found = find(
            seen(Kind.MODERATION, "Smoking", 93.0),
            seen(Kind.MODERATION, "Smoking", 97.0, recogniser="local"),
            seen(Kind.MODERATION, "Alcohol", 80.0),
            seen(Kind.MODERATION, "Gambling", 79.9),
            least=99.0,
        )
        assert said(found, "unsafe", "moderation") == [
            ("unsafe", "unsafe", 97.0),
            ("moderation", "Alcohol", 80.0),
            ("moderation", "Smoking", 97.0),
        ]

    def test_that_is_not_sure_enough_makes_nothing_unsafe(self):
        assert find(seen(Kind.MODERATION, "Smoking", 79.9), looked=False).facts == ()


class TestText:
    def test_is_a_fact_and_a_text_where_a_line_was_read(self):
        found = find(line("BROMO", 85.0), line("SEMERU", 80.0), line("???", 79.9))
        assert said(found, "text") == [("text", "yes", 85.0)]
        assert found.texts == {"text": "BROMO\nSEMERU"}

    def test_is_neither_where_none_was(self):
        found = find(line("BROMO", type="word"), looked=False)
        assert (found.facts, found.texts) == ((), {})

    def test_is_read_from_top_to_bottom_and_then_from_left_to_right(self):
        found = find(
            line("last", box=None),
            line("third", box=(0.1, 0.5, 0.3, 0.1)),
            line("second", box=(0.6, 0.1, 0.3, 0.1)),
            line("first", box=(0.1, 0.12, 0.3, 0.1)),
        )
        assert found.texts["text"] == "first\nsecond\nthird\nlast"

    def test_is_the_whole_of_a_line_that_was_cut(self):
        assert find(line("so", text="so much to say")).texts["text"] == "so much to say"

    def test_that_two_recognisers_read_is_read_once_by_the_surer(self):
        box = (0.1, 0.1, 0.5, 0.1)
        found = find(line("BR0MO", 85, box=box), line("BROMO", 95, box=box, recogniser="local"))
        assert found.texts["text"] == "BROMO"


class TestCustomLabels:
    def test_that_are_sure_are_facts_by_their_highest_confidence(self):
        found = find(
            seen(Kind.LABEL, "Logo", 85.0, custom=True),
            seen(Kind.LABEL, "Logo", 91.0, custom=True, recogniser="other"),
            seen(Kind.LABEL, "Damage", 80.0, custom=True),
            seen(Kind.LABEL, "Pallet", 79.9, custom=True),
            seen(Kind.LABEL, "Cat", 99.0),
        )
        mine = [(fact.value, fact.confidence) for fact in found.facts if fact.kind == "custom"]
        assert mine == [("Damage", 80.0), ("Logo", 91.0)]


numbers = st.floats(0, 100)
boxes = st.none() | st.tuples(*[st.floats(-0.2, 1)] * 2, *[st.floats(0, 1)] * 2)
detections = st.builds(
    seen,
    st.sampled_from(Kind),
    st.sampled_from(["Face", "green", "Smoking", "Ada"]),
    numbers,
    box=boxes,
    recogniser=st.sampled_from(["local", "rekognition", "other"]),
    area=st.sampled_from(["image", "background"]),
    share=numbers,
    type=st.sampled_from(["line", "word"]),
    custom=st.booleans(),
    smile=st.builds(sure, st.booleans(), numbers),
    gender=st.sampled_from(["male", "unlisted"]) | st.builds(sure, st.just("female"), numbers),
    age=st.fixed_dictionaries({"low": st.integers(0, 90), "high": st.integers(0, 90)}),
)


@given(st.lists(detections, max_size=12), st.randoms())
def test_facts_are_told_once_each_and_do_not_depend_on_the_order(found, shuffler):
    facts = find(*found).facts
    told = [(fact.kind, fact.value, fact.face) for fact in facts]
    assert len(told) == len(set(told))
    assert all(len(fact.kind) <= 30 and 0 < len(fact.value) <= 200 for fact in facts)
    assert all(fact.confidence is None or 0 <= fact.confidence <= 100 for fact in facts)
    shuffled = list(found)
    shuffler.shuffle(shuffled)
    again = find(*shuffled).facts
    assert [f for f in again if f.face is None] == [f for f in facts if f.face is None]
