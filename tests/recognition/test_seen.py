"""What an asset's page says was seen, apart from its tags."""

import re
from decimal import Decimal

import pytest

from dam.geometry import BoundingBox
from dam.models import Asset
from recognition.calls import SentAs
from recognition.models import RecognitionRun
from recognition.predictions import Kind, Outcome, Prediction
from recognition.recognisers.rekognition.answers import (
    read_celebrities,
    read_faces,
    read_moderation,
    read_properties,
    read_text,
)
from recognition.retagging import retag_original
from recognition.seen import seen_panel
from recognition.seen._links import links
from tests.factories import finish_run, label, make_asset, make_user, unsafe
from tests.recognition.recognisers.rekognition.recorded import recorded

pytestmark = pytest.mark.django_db


def face(confidence=99.0, *, size=0.2, left=0.1, **attributes):
    box = BoundingBox(left=left, top=0.1, width=size, height=size)
    return Prediction(
        kind=Kind.FACE, name="Face", confidence=confidence, box=box, attributes=attributes
    )


def yes(confidence=99.0):
    return {"value": True, "confidence": confidence}


def no(confidence=99.0):
    return {"value": False, "confidence": confidence}


def line(name, confidence=99.0, *, top=0.1, **attributes):
    box = BoundingBox(left=0.1, top=top, width=0.3, height=0.05)
    attributes = {"type": "line", **attributes}
    return Prediction(
        kind=Kind.TEXT, name=name, confidence=confidence, box=box, attributes=attributes
    )


def colour(name, share, area="image", hex_="#6b8e23"):
    attributes = {"hex": hex_, "css": name, "share": share, "area": area}
    return Prediction(kind=Kind.COLOUR, name="green", confidence=100, attributes=attributes)


def seen(*predictions, **finished):
    asset = make_asset()
    finish_run(asset, *predictions, **finished)
    return seen_panel(asset)


def find_nothing(asset, *kinds):
    """Has a recogniser have looked for this in vain."""
    run = RecognitionRun.objects.create(
        original=asset.original, recogniser="dummy", fingerprint="in vain"
    )
    claimed = RecognitionRun.claim(run.pk)
    outcome = Outcome(predictions=(), model_version="test", looked_for=frozenset(kinds))
    assert claimed.finish(outcome)
    retag_original(asset.original_id)


class TestFaces:
    def test_are_numbered_as_the_facts_about_them_are(self):
        asset = make_asset()
        finish_run(
            asset,
            face(size=0.1, left=0.7, gender={"value": "male", "confidence": 99}),
            face(size=0.3, gender={"value": "female", "confidence": 99}),
            face(60, size=0.6),
        )
        faces = seen_panel(asset).faces
        assert [(f.name, f.words) for f in faces.sure] == [("Face 1", "Female"), ("Face 2", "Male")]
        facts = asset.facts.filter(kind="gender").values_list("face", "value")
        assert sorted(facts) == [(1, "female"), (2, "male")]
        assert [f.name for f in faces.unsure] == ["Perhaps a face"]
        assert faces.rest_label == "1 less sure"

    def test_are_described_by_what_is_sure_and_out_of_the_ordinary(self):
        panel = seen(
            face(
                gender={"value": "female", "confidence": 99},
                age={"low": 25, "high": 35},
                emotions=[{"name": "happy", "confidence": 96}, {"name": "sad", "confidence": 1}],
                smile=yes(),
                eyeglasses=yes(),
                sunglasses=no(),
                beard=yes(55),
                eyes_open=yes(),
                pose={"roll": 0, "yaw": -40, "pitch": 2},
            )
        )
        (shown,) = panel.faces.shown
        assert shown.words == "Female, 25-35, happy, smiling, eyeglasses, turned left"
        rows = dict(shown.rows)
        assert rows["Beard"] == "yes 55 %"
        assert rows["Emotion"] == "happy 96 %, sad 1 %"
        assert rows["Pose"] == "roll 0°, yaw -40°, pitch 2°"

    def test_have_a_box_on_the_image_and_points_for_landmarks(self):
        outside = face(left=-0.1, landmarks=[{"name": "nose", "x": 0.123456, "y": 0.5}])
        (shown,) = seen(outside).faces.shown
        assert shown.mark.boxes == ({"left": 0.0, "top": 0.1, "width": 0.1, "height": 0.2},)
        assert shown.mark.points == ((0.1235, 0.5),)

    def test_of_two_recognisers_are_one_with_what_each_said(self):
        asset = make_asset()
        finish_run(asset, face(99, smile=yes(90)))
        finish_run(asset, face(95, smile=no(85), beard=yes()), recogniser="other")
        (shown,) = seen_panel(asset).faces.shown
        assert shown.words == "Smiling, beard"
        assert [text for label, text in shown.rows if label == "Recogniser"] == ["dummy", "other"]

    @pytest.mark.parametrize(
        "attributes",
        [
            {},
            {"age": {"low": 20}},
            {"emotions": []},
            {"gender": "unlisted"},
            {"gender": None, "age": None, "pose": {"yaw": 3}, "smile": {}, "landmarks": []},
        ],
    )
    def test_may_have_nothing_said_of_them(self, attributes):
        assert seen(face(**attributes)).faces.shown[0].words == ""

    def test_are_said_not_to_be_there_only_where_somebody_looked(self):
        asset = make_asset()
        finish_run(asset, label("Cat", 90))
        assert not seen_panel(asset).is_worth_showing
        find_nothing(asset, Kind.FACE, Kind.TEXT)
        panel = seen_panel(asset)
        assert panel.faces.is_none
        assert panel.texts.is_none
        assert not panel.moderation.is_worth_showing

    def test_are_not_there_either_where_only_celebrities_were_looked_for(self):
        asset = make_asset()
        find_nothing(asset, Kind.CELEBRITY)
        assert seen_panel(asset).faces.is_none
        assert asset.facts.get(kind="faces").value == "0"


class TestCelebrities:
    def test_come_with_confidence_and_links(self):
        panel = seen(*read_celebrities(recorded("celebrities")))
        assert panel.celebrities.sure
        assert all(c.mark.boxes and c.mark.points for c in panel.celebrities.sure)
        assert {link.url[:8] for c in panel.celebrities.sure for link in c.links} == {"https://"}
        assert panel.faces.sure


class TestLinks:
    @pytest.mark.parametrize(
        ("address", "url", "said"),
        [
            ("www.imdb.com/name/nm1757263", "https://www.imdb.com/name/nm1757263", "imdb.com"),
            (
                "https://www.wikidata.org/wiki/Q2",
                "https://www.wikidata.org/wiki/Q2",
                "wikidata.org",
            ),
            ("http://example.org", "http://example.org", "example.org"),
        ],
    )
    def test_lead_to_web_sites(self, address, url, said):
        assert [(link.url, link.label) for link in links([address])] == [(url, said)]

    @pytest.mark.parametrize(
        "address",
        [
            "javascript:alert(1)",
            "JavaScript://www.imdb.com/%0aalert(1)",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "ftp://www.imdb.com/",
            "//www.imdb.com/",
            "/name/nm1",
            "https://www.imdb.com@evil.example/",
            "https://[::1/",
            "imdb",
            "www.imdb.com/na me",
            "",
            None,
            7,
        ],
    )
    def test_lead_nowhere_else(self, address):
        assert links([address]) == ()

    @pytest.mark.parametrize("addresses", [None, "www.imdb.com", {}])
    def test_are_none_where_there_is_no_list(self, addresses):
        assert links(addresses) == ()


class TestText:
    def test_is_its_sure_lines_in_reading_order_with_boxes(self):
        panel = seen(
            line("below", top=0.6),
            line("above", 85, top=0.1),
            line("blurred", 40, top=0.3),
            line("word", type="word"),
            line("cut", top=0.8, text="cut and whole"),
        )
        assert [t.text for t in panel.texts.sure] == ["above", "below", "cut and whole"]
        assert [t.text for t in panel.texts.unsure] == ["blurred"]
        assert all(t.mark.boxes for t in panel.texts.sure)

    def test_that_is_long_is_folded_after_some_lines(self):
        panel = seen(*(line(f"line {n}", top=n / 20) for n in range(12)))
        assert len(panel.texts.shown) == 8
        assert panel.texts.rest_label == "4 more"


class TestModeration:
    def test_has_each_name_once_with_what_it_is_a_sort_of(self):
        asset = make_asset()
        said = Prediction(kind=Kind.MODERATION, name="Smoking", confidence=90, parents=("Drugs",))
        finish_run(asset, said, unsafe(12))
        finish_run(asset, unsafe(10), recogniser="other")
        found = seen_panel(asset).moderation
        assert [(m.name, m.parents) for m in found.sure] == [("Smoking", "Drugs")]
        assert [(m.name, m.confidence) for m in found.unsure] == [("Unsafe", 12)]


class TestColours:
    def test_of_each_area_fill_its_bar_the_largest_first(self):
        panel = seen(
            colour("olivedrab", 20), colour("grey", 60), colour("navy", 5, area="foreground")
        )
        image, foreground = panel.colours
        assert [(c.name, c.share, c.start, c.width) for c in image.colours] == [
            ("grey", 60, "0.00", "75.00"),
            ("olivedrab", 20, "75.00", "25.00"),
        ]
        assert (foreground.title, foreground.colours[0].width) == ("Foreground", "100.00")

    @pytest.mark.parametrize("hex_", ["url(#x)", "red", '#12"><b>', "#12345", None])
    def test_are_left_out_where_they_are_no_colour(self, hex_):
        assert seen(colour("odd", 50, hex_=hex_)).colours == ()

    def test_of_a_real_answer_are_all_there(self):
        panel = seen(*read_properties(recorded("properties")))
        assert [area.title for area in panel.colours] == [
            "Whole image",
            "Foreground",
            "Background",
        ]
        assert panel.quality.areas == ("Whole image", "Foreground", "Background")
        assert [label for label, _ in panel.quality.rows] == ["Brightness", "Sharpness", "Contrast"]


class TestWhatCounts:
    def test_is_the_newest_run_of_each_recogniser(self):
        asset = make_asset()
        finish_run(asset, line("before"))
        finish_run(asset, line("after"))
        assert [t.text for t in seen_panel(asset).texts.sure] == ["after"]

    def test_takes_as_many_queries_for_much_as_for_little(self, django_assert_num_queries):
        asset = make_asset()
        everything = [
            *read_faces(recorded("faces")),
            *read_celebrities(recorded("celebrities")),
            *read_text(recorded("text")),
            *read_moderation(recorded("moderation")),
            *read_properties(recorded("properties")),
        ]
        finish_run(asset, *everything)
        finish_run(asset, *(face(size=0.01, left=n / 50) for n in range(50)), recogniser="other")
        with django_assert_num_queries(2):
            seen_panel(asset)


class TestThePage:
    @pytest.fixture(autouse=True)
    def viewer(self, client):
        user = make_user("victor", group="Viewers")
        client.force_login(user)
        return user

    def page(self, client, asset):
        return client.get(asset.get_absolute_url()).content.decode()

    def test_says_what_was_seen_with_what_to_draw(self, client):
        asset = make_asset()
        finish_run(
            asset,
            *read_faces(recorded("faces")),
            *read_celebrities(recorded("celebrities")),
            *read_text(recorded("text")),
            *read_properties(recorded("properties")),
        )
        page = self.page(client, asset)
        assert "What was seen" in page
        assert "Female, 25-35, happy" in page
        assert 'data-mark="face-1" data-mark-label="Face 1" data-boxes="[{' in page
        assert 'data-points="[[' in page
        assert "Show Face 1 on the image" in page
        assert 'rel="noopener noreferrer nofollow' in page
        assert re.search(r'fill="#[0-9a-f]{6}"', page)
        assert not re.search(r"\sstyle=", page)

    def test_shows_text_as_text(self, client):
        asset = make_asset()
        finish_run(asset, line('"><script>alert(1)</script>'))
        page = self.page(client, asset)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page

    def test_hides_why_an_image_is_unsafe_like_the_image(self, client):
        asset = make_asset()
        finish_run(asset, unsafe(95))
        page = self.page(client, asset)
        assert "seen__veiled" in page
        assert f'for="reveal-{asset.pk}"' in page
        safe = make_asset()
        finish_run(safe, unsafe(20))
        assert "seen__veiled" not in self.page(client, safe)

    def test_is_not_to_be_had_by_who_may_not_see_the_asset(self, client):
        asset = make_asset(uploader=make_user())
        finish_run(asset, face())
        asset.audiences.all().delete()
        for address in (asset.get_absolute_url(), f"{asset.get_absolute_url()}knowledge/"):
            assert client.get(address).status_code == 404

    def test_tells_what_a_run_asked_for_and_how(self, client):
        asset = make_asset()
        run = finish_run(asset, face())
        RecognitionRun.objects.filter(pk=run.pk).update(
            calls=2,
            cost=Decimal("0.0024"),
            sent_as=SentAs.REFERENCE.value,
            sent_reason="the original lies in S3 in eu-west-1",
            remark="Stopped after moderation.",
        )
        page = self.page(client, asset)
        assert "2 calls, at a cost of 0.0024" in page
        assert "Sent by reference: the original lies in S3 in eu-west-1" in page
        assert "Stopped after moderation." in page

    def test_tells_nothing_of_calls_where_there_were_none(self, client):
        asset = make_asset()
        finish_run(asset, face())
        page = self.page(client, asset)
        assert "run__note" not in page

    def test_tells_nobody_what_was_paid_for_another_asset(self, client):
        asset = make_asset()
        run = finish_run(asset, face())
        RecognitionRun.objects.filter(pk=run.pk).update(calls=2, cost=Decimal("0.0024"))
        Asset.objects.filter(pk=asset.pk).update(created_at=run.created_at.replace(year=2099))
        assert "at a cost" not in self.page(client, asset)
