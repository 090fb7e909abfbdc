"""The only writer of tags."""

import pytest
from django.core.exceptions import ValidationError

from dam import tagging
from dam.models import Asset, Decision, Tag, TaggedAsset
from dam.permissions import SYSTEM
from dam.tagging import AutomaticTag, Fact, Findings
from tests.factories import finish_run, label, make_asset, make_user
from tests.images import exif_with, jpeg_bytes

pytestmark = pytest.mark.django_db


def found(*pairs, **rest):
    return Findings(tags=[AutomaticTag(name=n, confidence=c) for n, c in pairs], **rest)


def apply(asset, *pairs, **rest):
    return tagging.apply({asset.pk: found(*pairs, **rest)})[asset.pk]


def state(asset):
    return {r.tag.name: (r.source, r.confidence) for r in asset.tagged.select_related("tag")}


@pytest.fixture
def asset():
    return make_asset()


class TestApplying:
    def test_adds_changes_and_removes_automatic_tags(self, asset):
        assert apply(asset, ("Cat", 90), ("Sofa", 60)).added == ("Cat", "Sofa")
        change = apply(asset, ("Cat", 95), ("Window", 70))
        assert (change.added, change.removed, change.changed) == (("Window",), ("Sofa",), ("Cat",))
        assert state(asset) == {"Cat": ("automatic", 95), "Window": ("automatic", 70)}

    def test_twice_changes_nothing_the_second_time(self, asset):
        apply(asset, ("Cat", 90))
        before = list(TaggedAsset.objects.values_list("pk", "confidence"))
        assert not apply(asset, ("Cat", 90))
        assert list(TaggedAsset.objects.values_list("pk", "confidence")) == before

    def test_leaves_manual_tags_alone(self, asset):
        tagging.decide(asset, ["Holiday"], is_yes=True, user=SYSTEM)
        apply(asset)
        assert state(asset) == {"Holiday": ("manual", None)}

    def test_gives_a_manual_tag_the_confidence_that_supports_it(self, asset):
        tagging.decide(asset, ["cat"], is_yes=True, user=SYSTEM)
        apply(asset, ("Cat", 80))
        assert state(asset) == {"cat": ("manual", 80)}

    def test_never_brings_back_what_a_person_removed(self, asset):
        apply(asset, ("Cat", 90))
        tagging.decide(asset, ["CAT"], is_yes=False, user=SYSTEM)
        assert state(asset) == {}
        assert not apply(asset, ("Cat", 99))
        assert state(asset) == {}

    def test_keeps_the_first_spelling_of_a_tag(self, asset):
        tagging.decide(asset, ["Käse"], is_yes=True, user=SYSTEM)
        tagging.decide(asset, ["KÄSE", "ka\u0308se"], is_yes=True, user=SYSTEM)
        assert list(Tag.objects.values_list("name", flat=True)) == ["Käse"]

    def test_passes_over_an_asset_that_is_gone(self):
        assert tagging.apply({12345: found(("Cat", 90))}) == {}

    def test_replaces_the_facts_of_recognition_but_not_those_of_the_file(self, asset):
        unsafe = Fact(kind="unsafe", value="unsafe", confidence=91)
        apply(asset, facts=[unsafe], texts={"aliases": "Kitty"})
        assert set(asset.facts.values_list("kind", flat=True)) == {
            "format",
            "orientation",
            "unsafe",
        }
        apply(asset)
        assert set(asset.facts.values_list("kind", flat=True)) == {"format", "orientation"}
        assert not asset.texts.exists()

    def test_leaves_the_moment_alone_in_which_a_photo_was_taken(self):
        taken = exif_with(detail={0x9003: "2023:07:14 21:05:09"})
        asset = make_asset(content=jpeg_bytes(exif=taken))
        apply(asset, facts=[Fact(kind="colour", value="red")])
        apply(asset)
        kept = asset.facts.filter(kind__in=["year", "month"]).values_list("value", flat=True)
        assert set(kept) == {"2023", "2023-07"}

    def test_costs_as_many_queries_for_fifty_assets_as_for_two(self, django_assert_max_num_queries):
        pks = [make_asset().pk for _ in range(50)]
        with django_assert_max_num_queries(25):
            tagging.apply({pk: found(("Cat", 90), (f"Only {pk}", 60)) for pk in pks})


class TestDeciding:
    def test_remembers_who_and_changes_its_mind(self, asset):
        user = make_user()
        tagging.decide(asset, ["Cat"], is_yes=True, user=user)
        tagging.decide(asset, ["Cat"], is_yes=False, user=user)
        decision = Decision.objects.get()
        assert (decision.is_yes, decision.user) == (False, user)
        tagging.decide(asset, ["Cat"], is_yes=True, user=user)
        assert state(asset) == {"Cat": ("manual", None)}

    def test_yes_to_an_automatic_tag_makes_it_manual_and_keeps_its_confidence(self, asset):
        finish_run(asset, label("Cat", 90))
        tagging.decide(asset, ["Cat"], is_yes=True, user=SYSTEM)
        assert state(asset) == {"Cat": ("manual", 90)}

    @pytest.mark.parametrize("name", ["", "  \t ", "\x00\x01", "x" * 101])
    def test_refuses_what_cannot_be_a_tag_and_changes_nothing(self, asset, name):
        with pytest.raises(ValidationError):
            tagging.decide(asset, ["Fine", name], is_yes=True, user=SYSTEM)
        assert state(asset) == {}

    @pytest.mark.parametrize("name", ["!!!", "火山", "rock'n'roll", "<b>", "a/b"])
    def test_takes_any_visible_word(self, asset, name):
        tagging.decide(asset, [name], is_yes=True, user=SYSTEM)
        assert list(state(asset)) == [name]


class TestTaggitsOwnWriters:
    @pytest.mark.parametrize("method", ["add", "remove", "set", "clear"])
    def test_refuse_as_they_know_no_decisions(self, asset, method):
        with pytest.raises(TypeError, match=r"dam\.tagging"):
            getattr(asset.tags, method)("Cat")

    def test_do_not_hinder_reading(self, asset):
        tagging.decide(asset, ["Cat"], is_yes=True, user=SYSTEM)
        assert [tag.name for tag in asset.tags.all()] == ["Cat"]
        assert Asset.objects.filter(tags__name="Cat").get() == asset
        assert Asset.objects.tagged(["CAT"]).get() == asset
