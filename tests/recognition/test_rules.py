"""Which claims become tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.predictions import Kind
from recognition.rules import Action, Claim, RuleBook, RuleValue, Scope

ASSET = Scope(asset=7, collections=frozenset({3, 4}))


def claim(name="Dog", confidence=70.0, *, recogniser="local", kind=Kind.LABEL, detection=1):
    return Claim(
        detection=detection, recogniser=recogniser, kind=kind, name=name, confidence=confidence
    )


def threshold(value, **scope):
    return RuleValue(action=Action.THRESHOLD, threshold=value, **scope)


def tags(claims, *rules, default=50.0):
    book = RuleBook(rules=rules, defaults={"local": default, "dummy": default})
    return {tag.name: tag.confidence for tag in book.supported_tags(ASSET, claims)}


class TestThresholds:
    @pytest.mark.parametrize(
        ("confidence", "becomes_tag"), [(70.46, True), (70.0, True), (69.99, False)]
    )
    def test_are_inclusive(self, confidence, becomes_tag):
        assert bool(tags([claim(confidence=confidence)], threshold(70))) is becomes_tag

    def test_default_to_the_recognisers_own(self):
        assert tags([claim(confidence=49.9)]) == {}
        assert tags([claim(confidence=50)]) == {"Dog": 50}

    def test_of_an_unknown_recogniser_let_only_certainty_through(self):
        assert tags([claim(recogniser="gone", confidence=99.9)]) == {}

    def test_each_narrower_rule_wins_over_all_wider_ones(self):
        from_wide_to_narrow = [
            threshold(90, recogniser="local"),
            threshold(40, kind="label"),
            threshold(90, label="dog"),
            threshold(40, collection=3),
            threshold(90, asset=7),
        ]
        rules = [threshold(40)]
        for rule, expected in zip(from_wide_to_narrow, [0, 1, 0, 1, 0], strict=True):
            rules.append(rule)
            assert len(tags([claim()], *rules)) == expected, rule
            assert len(tags([claim()], *reversed(rules))) == expected, rule

    def test_of_two_collections_the_stricter_one_wins(self):
        assert tags([claim()], threshold(80, collection=3), threshold(60, collection=4)) == {}

    def test_of_other_assets_and_collections_do_not_matter(self):
        assert tags([claim()], threshold(99, asset=8), threshold(99, collection=5)) == {"Dog": 70}


class TestRenames:
    def test_give_the_tag_another_name(self):
        rule = RuleValue(action=Action.RENAME, label="Dog", new_name="Hound")
        assert tags([claim()], rule) == {"Hound": 70}

    def test_may_join_two_labels_in_one_tag_with_the_higher_confidence(self):
        rule = RuleValue(action=Action.RENAME, label="Dog", new_name="pet")
        claims = [claim(), claim("Pet", 90, detection=2)]
        (tag,) = RuleBook(rules=[rule], defaults={"local": 50}).supported_tags(ASSET, claims)
        assert tag.confidence == 90
        assert {support.detection for support in tag.supports} == {1, 2}


class TestBlocks:
    def test_keep_a_label_from_becoming_a_tag(self):
        assert tags([claim(confidence=100)], RuleValue(action=Action.BLOCK, label="DOG")) == {}

    def test_may_be_for_one_recogniser_only(self):
        block = RuleValue(action=Action.BLOCK, label="Dog", recogniser="dummy")
        assert tags([claim()], block) == {"Dog": 70}


class TestKinds:
    @pytest.mark.parametrize("kind", [Kind.MODERATION, Kind.FACE, Kind.TEXT])
    def test_that_are_facts_never_become_tags(self, kind):
        assert tags([claim(kind=kind, confidence=100)], threshold(0)) == {}

    def test_that_name_people_become_tags(self):
        assert tags([claim("Ada Lovelace", 80, kind=Kind.CELEBRITY)]) == {"Ada Lovelace": 80}


@given(
    st.lists(st.tuples(st.sampled_from("ABCab"), st.floats(0, 100)), max_size=20),
    st.floats(0, 100),
)
def test_a_higher_threshold_never_adds_a_tag(pairs, least):
    claims = [claim(name, c, detection=i) for i, (name, c) in enumerate(pairs)]
    low = tags(claims, threshold(least / 2))
    high = tags(claims, threshold(least))
    assert {name.casefold() for name in high} <= {name.casefold() for name in low}
    assert all(confidence >= least for confidence in high.values())
