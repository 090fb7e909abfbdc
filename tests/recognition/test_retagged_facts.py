"""Facts and texts of assets after retagging."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dam import tagging
from dam.geometry import BoundingBox
from dam.models import Asset
from recognition.checks import check_thresholds
from recognition.models import Rule
from recognition.predictions import Kind, Prediction
from recognition.retagging import retag, retag_original
from tests.factories import finish_run, label, make_asset, make_user, unsafe

pytestmark = pytest.mark.django_db


def face(confidence=99.0, *, left=0.1, size=0.3, **attributes):
    return Prediction(
        kind=Kind.FACE,
        name="Face",
        confidence=confidence,
        box=BoundingBox(left=left, top=0.1, width=size, height=size),
        attributes=attributes,
    )


def line(text, top=0.1):
    return Prediction(
        kind=Kind.TEXT,
        name=text,
        confidence=95.0,
        box=BoundingBox(left=0.1, top=top, width=0.5, height=0.05),
        attributes={"type": "line"},
    )


def colour(name, share):
    attributes = {"share": share, "area": "image"}
    return Prediction(kind=Kind.COLOUR, name=name, confidence=100.0, attributes=attributes)


def facts(asset):
    rows = asset.facts.exclude(kind__in=["format", "orientation", "status", "recogniser"])
    return {(row.kind, row.value, row.face) for row in rows}


def texts(asset):
    return dict(asset.texts.values_list("kind", "text"))


SMILE = {"value": True, "confidence": 97.5}


class TestRetagging:
    def test_writes_what_recognisers_saw_as_facts(self):
        asset = make_asset()
        finish_run(asset, face(smile=SMILE), colour("green", 41.5), line("BROMO"), unsafe(90))
        assert facts(asset) == {
            ("faces", "1", None),
            ("smile", "yes", 1),
            ("colour", "green", None),
            ("text", "yes", None),
            ("unsafe", "unsafe", None),
            ("moderation", "Unsafe", None),
        }
        assert asset.facts.get(kind="smile").confidence == 97.5
        assert asset.facts.get(kind="colour").confidence == 41.5
        assert asset.facts.get(kind="status").value == "recognised"

    def test_makes_no_tags_of_them(self):
        asset = make_asset()
        finish_run(asset, face(), colour("green", 41.5), line("BROMO"), unsafe(90))
        assert not asset.tagged.exists()

    def test_writes_the_lines_as_a_text_beside_other_words_for_tags(self):
        asset = make_asset()
        finish_run(
            asset, line("SEMERU", top=0.3), line("BROMO"), label("Cat", 90, aliases=("Kitty",))
        )
        assert texts(asset) == {"text": "BROMO\nSEMERU", "aliases": "Kitty"}

    def test_numbers_the_faces_by_size(self):
        asset = make_asset()
        small = face(left=0.6, size=0.1, gender={"value": "male", "confidence": 95.0})
        large = face(size=0.3, gender={"value": "female", "confidence": 95.0})
        finish_run(asset, small, large)
        assert dict(asset.facts.filter(kind="gender").values_list("face", "value")) == {
            1: "female",
            2: "male",
        }

    def test_takes_back_what_is_not_said_any_more(self):
        asset = make_asset()
        finish_run(asset, face(smile=SMILE), line("BROMO"))
        finish_run(asset, label("Cat", 90))
        assert (facts(asset), texts(asset)) == (set(), {})

    def test_applies_another_threshold_to_what_was_stored(self, settings):
        asset = make_asset()
        finish_run(asset, face(85.0, smile=SMILE), line("BROMO"))
        settings.BROMO_FACT_THRESHOLD = 97.0
        retag_original(asset.original_id)
        assert facts(asset) == {("faces", "0", None)}
        settings.BROMO_FACT_THRESHOLD = 85.0
        retag_original(asset.original_id)
        assert facts(asset) >= {("faces", "1", None), ("smile", "yes", 1), ("text", "yes", None)}

    def test_says_nothing_of_faces_where_nobody_looked_for_any(self):
        asset = make_asset()
        finish_run(asset, label("Cat", 90))
        assert not asset.facts.filter(kind="faces").exists()

    def test_gives_each_asset_of_an_original_its_facts(self):
        asset = make_asset()
        twin = Asset.objects.create(original=asset.original, file_name="twin.jpg")
        finish_run(asset, face(smile=SMILE))
        assert facts(twin) == facts(asset) != set()

    def test_writes_custom_labels_as_facts_beside_their_tags(self, settings):
        asset = make_asset()
        custom = {"attributes": {"custom": True}}
        finish_run(asset, label("Old logo", 95, **custom), label("Cat", 95))
        assert facts(asset) == {("custom", "Old logo", None)}
        assert asset.facts.get(kind="custom").confidence == 95
        settings.BROMO_FACT_THRESHOLD = 95.5
        retag_original(asset.original_id)
        assert facts(asset) == set()


def spoken(asset):
    return set(asset.facts.filter(kind="recogniser").values_list("value", flat=True))


class TestTheRecognisersOfAnAsset:
    def test_are_those_that_have_said_something_of_it(self):
        asset = make_asset()
        assert spoken(asset) == set()
        finish_run(asset, label("Cat", 90), recogniser="local")
        finish_run(asset, recogniser="dummy")
        assert spoken(asset) == {"dummy", "local"}

    def test_are_known_of_a_new_asset_with_the_same_content_at_once(self):
        asset = make_asset()
        finish_run(asset, label("Cat", 90), recogniser="gone")
        twin = Asset.objects.create(original=asset.original, file_name="twin.jpg")
        assert spoken(twin) == {"gone"}

    def test_stay_where_only_one_of_them_is_retagged(self):
        asset = make_asset()
        for alias in ("dummy", "local"):
            finish_run(asset, label("Cat", 90), recogniser=alias)
        retag_original(asset.original_id, only=["local"])
        assert spoken(asset) == {"dummy", "local"}


class TestSeveralRecognisers:
    def test_see_one_face_together(self):
        asset = make_asset()
        finish_run(asset, face(smile=SMILE), recogniser="dummy")
        beard = {"value": False, "confidence": 99.0}
        finish_run(asset, face(beard=beard), recogniser="local")
        assert facts(asset) == {("faces", "1", None), ("smile", "yes", 1), ("beard", "no", 1)}

    def test_keep_the_facts_of_all_where_only_one_is_retagged(self):
        asset = make_asset()
        finish_run(asset, face(smile=SMILE), line("BROMO"), recogniser="dummy")
        finish_run(asset, colour("green", 50), unsafe(95), label("Cat", 90), recogniser="local")
        before, read = facts(asset), texts(asset)
        retag_original(asset.original_id, only=["local"])
        assert (facts(asset), texts(asset)) == (before, read)
        assert len(before) == 6
        retag_original(asset.original_id, only=["gone"])
        assert (facts(asset), texts(asset)) == (before, read)


class TestTheNumberOfQueries:
    def test_does_not_grow_with_the_number_of_assets(self):
        assets = [make_asset() for _ in range(6)]
        for asset in assets:
            finish_run(asset, face(smile=SMILE), colour("green", 50), line("BROMO"), unsafe(95))
        pks = [asset.pk for asset in assets]
        retag(pks)
        assert _queries(pks[:1]) == _queries(pks)


class TestTheThresholds:
    def test_are_from_0_to_100(self, settings):
        assert check_thresholds() == []
        settings.BROMO_FACT_THRESHOLD = 101
        (error,) = check_thresholds()
        assert (error.id, error.msg) == ("recognition.E003", "BROMO_FACT_THRESHOLD is 101.")
        settings.BROMO_UNSAFE_THRESHOLD = -1
        assert len(check_thresholds()) == 2


def _queries(pks):
    with CaptureQueriesContext(connection) as queries:
        retag(pks)
    return len(queries)


class TestPeople:
    def celebrity(self, name="Ada Lovelace", confidence=97.0):
        return Prediction(kind=Kind.CELEBRITY, name=name, confidence=confidence)

    def people(self, asset):
        rows = asset.facts.filter(kind="person")
        return [(row.value, row.confidence) for row in rows]

    def test_are_the_celebrities_that_are_tags(self):
        asset = make_asset()
        finish_run(asset, self.celebrity(), self.celebrity("Alan Turing", 12.0), label("Cat", 99))
        assert self.people(asset) == [("Ada Lovelace", 97.0)]

    def test_go_with_the_tag_that_a_person_removes_and_take_its_name_from_rules(self):
        asset = make_asset()
        Rule.objects.create(action="rename", label="Ada Lovelace", new_name="Countess Lovelace")
        finish_run(asset, self.celebrity())
        assert self.people(asset) == [("Countess Lovelace", 97.0)]
        tagging.decide(asset, ["Countess Lovelace"], is_yes=False, user=make_user())
        assert self.people(asset) == []

    def test_stay_when_another_recogniser_alone_is_retagged(self):
        asset = make_asset()
        finish_run(asset, self.celebrity())
        finish_run(asset, label("Cat", 99), recogniser="local")
        retag([asset.pk], only=["local"])
        assert self.people(asset) == [("Ada Lovelace", 97.0)]
