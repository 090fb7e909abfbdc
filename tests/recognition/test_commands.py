"""import_assets and retag_assets, as scripts see them."""

import json
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from dam import tagging, trash
from dam.models import Asset, Collection
from dam.permissions import SYSTEM
from recognition.models import RecognitionRun, Rule
from recognition.registry import recognisers
from tests.factories import finish_run, label, make_asset, picture
from tests.images import jpeg_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def dummy(settings):
    settings.RECOGNISERS = {
        alias: {
            "BACKEND": "recognition.recognisers.dummy.DummyRecogniser",
            "OPTIONS": {"labels": labels},
        }
        for alias, labels in {
            "dummy": [("Cat", 70.46), ("Dog", 70), ("Sofa", 69.99)],
            "other": [("Cat", 90), ("Tree", 60)],
        }.items()
    }
    settings.BROMO_RECOGNISERS = ["dummy"]
    recognisers.clear()
    yield
    recognisers.clear()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.jpg").write_bytes(picture())
    (tmp_path / "deep" / "b.png").write_bytes(picture())
    return tmp_path


def run(*args):
    out = StringIO()
    failure = None
    try:
        call_command(*map(str, args), stdout=out)
    except CommandError as error:
        failure = error
    return [json.loads(line) for line in out.getvalue().splitlines()], failure


def imported(*args):
    lines, failure = run("import_assets", *args, "--json")
    return {line["filename"]: line for line in lines}, failure


def names(line):
    return [tag["name"] for tag in line["tags"]]


class TestImporting:
    def test_tells_of_every_file_below_a_folder_on_a_line_of_its_own(self, folder):
        (folder / "link.jpg").symlink_to(folder / "a.jpg")
        lines, failure = imported(folder, "--wait")
        assert failure is None
        assert set(lines) == {"a.jpg", "deep/b.png"}
        line = lines["a.jpg"]
        assert set(line) == {"id", "filename", "sha256", "status", "tags", "error"}
        assert line["status"] == "recognised"
        assert line["tags"][0] == {
            "name": "Cat",
            "confidence": 70.46,
            "source": "automatic",
            "recognisers": {"dummy": 70.46},
        }
        assert Asset.objects.get(pk=line["id"]).original.sha256 == line["sha256"]

    def test_does_the_work_itself_where_there_is_no_broker(self, folder):
        lines, _ = imported(folder / "a.jpg")
        assert lines["a.jpg"]["status"] == "recognised"

    def test_again_gives_duplicates_with_their_present_tags(self, folder):
        first, _ = imported(folder, "--wait")
        again, failure = imported(folder, "--wait", "--collection", "Press")
        assert failure is None
        assert {line["status"] for line in again.values()} == {"duplicate"}
        assert again["a.jpg"]["tags"] == first["a.jpg"]["tags"]
        assert Collection.objects.get(name="Press").assets.count() == 2

    def test_of_bad_files_rejects_them_and_takes_the_others(self, folder):
        (folder / "text.jpg").write_text("not an image")
        (folder / "cut.jpg").write_bytes(jpeg_bytes(size=(300, 300))[:-900])
        (folder / "empty.jpg").write_bytes(b"")
        (folder / "bell\x07.jpg").write_bytes(picture())
        (folder / "back\\slash.jpg").write_bytes(picture())
        os.mkfifo(folder / "pipe.jpg")
        lines, failure = imported(folder, "--wait")
        rejected = {name for name, line in lines.items() if line["status"] == "rejected"}
        assert rejected == {
            "text.jpg", "cut.jpg", "empty.jpg", "bell\x07.jpg", "back\\slash.jpg",
        }  # fmt: skip
        assert all(lines[name]["error"] and lines[name]["id"] is None for name in rejected)
        assert failure is not None
        assert failure.returncode == 1
        assert Asset.objects.count() == 2

    def test_takes_a_threshold_that_includes_itself_and_is_kept_for_later(self, folder):
        lines, _ = imported(folder / "a.jpg", "--min-confidence", "70", "--wait")
        assert names(lines["a.jpg"]) == ["Cat", "Dog"]
        asset = Asset.objects.get()
        assert Rule.objects.get(asset=asset).threshold == 70
        run("retag_assets", "--recognise", "--wait", "--json")
        assert set(asset.tags.values_list("name", flat=True)) == {"Cat", "Dog"}

    @pytest.mark.parametrize("value", ["-1", "100.1", "nan", "many"])
    def test_refuses_a_threshold_outside_0_to_100(self, folder, value):
        _, failure = imported(folder, f"--min-confidence={value}")
        assert "0 to 100" in str(failure)
        assert not Asset.objects.exists()

    def test_refuses_an_unknown_recogniser_and_a_missing_path(self, folder):
        assert "choose from" in str(imported(folder, "--recogniser", "psychic")[1])
        assert "no file" in str(imported(folder / "nowhere")[1])

    def test_runs_just_the_recognisers_asked_for(self, folder):
        args = ["--recogniser", "other", "--recogniser", "dummy", "--wait"]
        lines, _ = imported(folder / "a.jpg", *args)
        assert lines["a.jpg"]["tags"][0]["recognisers"] == {"dummy": 70.46, "other": 90}
        lines, _ = imported(folder / "deep" / "b.png", "--recogniser", "other", "--wait")
        assert names(lines["b.png"]) == ["Cat", "Tree"]
        assert RecognitionRun.objects.filter(recogniser="dummy").count() == 1

    def test_of_a_duplicate_asks_a_recogniser_that_has_not_been_asked(self, folder):
        imported(folder / "a.jpg", "--wait")
        lines, _ = imported(folder / "a.jpg", "--recogniser", "other", "--wait")
        assert names(lines["a.jpg"]) == ["Cat", "Dog", "Sofa", "Tree"]

    def test_tells_that_the_trash_has_it(self, folder):
        imported(folder / "a.jpg", "--wait")
        trash.put_in_trash(Asset.objects.get())
        lines, failure = imported(folder / "a.jpg", "--wait")
        assert lines["a.jpg"]["status"] == "duplicate"
        assert "trash" in lines["a.jpg"]["error"]
        assert failure is None

    def test_of_what_cannot_be_recognised_says_failed_and_why(self, folder, settings):
        settings.RECOGNISERS["dummy"]["OPTIONS"] = {"fail": "permanent"}
        recognisers.clear()
        lines, failure = imported(folder / "a.jpg", "--wait")
        assert lines["a.jpg"]["status"] == "failed"
        assert lines["a.jpg"]["error"]
        assert lines["a.jpg"]["id"]
        assert failure.returncode == 1


class TestRetagging:
    def test_without_a_change_of_rules_changes_nothing(self):
        finish_run(make_asset(), label("Cat", 90))
        lines, _ = run("retag_assets", "--json")
        assert lines == [
            {"assets": 1, "added": 0, "removed": 0, "changed": 0, "calls": 0, "cost": 0.0}
        ]

    def test_applies_new_rules_to_what_was_detected(self):
        asset = make_asset("cat.jpg")
        finish_run(asset, label("Cat", 90), label("Dog", 60))
        Rule.objects.create(label="Dog", threshold=95)
        Rule.objects.create(label="Cat", action=Rule.Action.RENAME, new_name="Feline")
        lines, _ = run("retag_assets", "--json")
        assert lines == [
            {
                "id": asset.pk,
                "filename": "cat.jpg",
                "added": ["Feline"],
                "removed": ["Cat", "Dog"],
                "changed": [],
            },
            {"assets": 1, "added": 1, "removed": 2, "changed": 0, "calls": 0, "cost": 0.0},
        ]

    def test_dry_run_tells_the_same_and_changes_nothing(self):
        asset = make_asset()
        finish_run(asset, label("Cat", 90), label("Dog", 60))
        dry, _ = run("retag_assets", "--min-confidence", "80", "--dry-run", "--json")
        assert not Rule.objects.exists()
        assert asset.tagged.count() == 2
        wet, _ = run("retag_assets", "--min-confidence", "80", "--json")
        assert dry == wet
        assert list(asset.tags.values_list("name", flat=True)) == ["Cat"]
        assert Rule.objects.get().asset == asset

    def test_of_one_recogniser_leaves_the_others_evidence(self):
        asset = make_asset()
        finish_run(asset, label("Cat", 60), label("Dog", 60), recogniser="dummy")
        finish_run(asset, label("Cat", 60), label("Tree", 60), recogniser="other")
        args = ["--recogniser", "other", "--min-confidence", "90", "--json"]
        lines, _ = run("retag_assets", *args)
        assert lines[0]["removed"] == ["Tree"]
        assert set(asset.tags.values_list("name", flat=True)) == {"Cat", "Dog"}
        lines, _ = run("retag_assets", "--min-confidence", "0", "--json")
        assert lines[0]["added"] == ["Tree"]

    def test_with_recognise_asks_again(self, folder, settings):
        imported(folder / "a.jpg", "--wait")
        settings.RECOGNISERS["dummy"]["OPTIONS"] = {"labels": [("Cat", 80), ("New", 90)]}
        recognisers.clear()
        (line, summary), _ = run("retag_assets", "--recognise", "--wait", "--json")
        assert (line["added"], line["changed"]) == (["New"], ["Cat"])
        assert set(line["removed"]) == {"Dog", "Sofa"}
        assert summary["assets"] == 1

    def test_with_missing_asks_only_where_the_recogniser_has_not_been(self):
        asked, _new = make_asset(), make_asset()
        run("retag_assets", "--recognise", "--missing", "--wait", "--json")
        assert RecognitionRun.objects.count() == 2
        run("retag_assets", "--recognise", "--missing", "--wait", "--json")
        assert RecognitionRun.objects.count() == 2
        lines, _ = run("retag_assets", "--missing", "--recogniser", "other", "--json")
        assert lines[-1]["assets"] == 2
        assert asked.tagged.count() == 3

    def test_with_recogniser_and_recognise_leaves_the_others_tags(self, folder):
        imported(folder / "a.jpg", "--wait")
        Rule.objects.create(label="Dog", threshold=95)
        run("retag_assets", "--recogniser", "other", "--recognise", "--wait", "--json")
        assert "Dog" in Asset.objects.get().tags.values_list("name", flat=True)

    def test_with_missing_tries_what_failed_again(self, folder, settings):
        settings.RECOGNISERS["dummy"]["OPTIONS"] = {"fail": "permanent"}
        recognisers.clear()
        imported(folder / "a.jpg", "--wait")
        RecognitionRun.objects.update(calls=5, cost=7)
        settings.RECOGNISERS["dummy"]["OPTIONS"] = {"labels": [("Cat", 90)]}
        recognisers.clear()
        lines, _ = run("retag_assets", "--missing", "--recognise", "--wait", "--json")
        assert lines[0]["added"] == ["Cat"]
        assert (lines[-1]["calls"], lines[-1]["cost"]) == (0, 0.0)

    def test_pays_for_nothing_in_the_trash(self, folder):
        imported(folder / "a.jpg", "--wait")
        trash.put_in_trash(Asset.objects.get())
        lines, _ = run("retag_assets", "--recognise", "--wait", "--json")
        assert lines[-1]["assets"] == 0
        assert RecognitionRun.objects.count() == 1

    def test_never_undoes_a_decision(self):
        asset = make_asset(tags=["Holiday"])
        finish_run(asset, label("Cat", 90))
        tagging.decide(asset, ["Cat"], is_yes=False, user=SYSTEM)
        run("retag_assets", "--min-confidence", "0", "--recognise", "--wait", "--json")
        shown = set(asset.tags.values_list("name", flat=True))
        assert "Holiday" in shown
        assert "Cat" not in shown


class TestSweepingRuns:
    @pytest.mark.parametrize(("number", "told"), [(1, "1 run was done."), (2, "2 runs were done.")])
    def test_says_how_many_were_done(self, number, told):
        for _ in range(number):
            make_asset()
        out = StringIO()
        call_command("sweep_runs", stdout=out)
        assert out.getvalue() == f"{told}\n"
