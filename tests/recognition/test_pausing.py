"""A recogniser that stands still, and one that goes on."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from dam.models import Asset
from dam.permissions import SYSTEM
from recognition import pausing, pipeline
from recognition.models import Pause, RecognitionRun
from recognition.registry import recognisers
from tests.factories import make_asset, make_user, picture

pytestmark = pytest.mark.django_db
State = RecognitionRun.State


@pytest.fixture(autouse=True)
def two_recognisers(settings):
    """The dummy recogniser under two names; uploads are looked at by one."""
    backend = {"BACKEND": "recognition.recognisers.dummy.DummyRecogniser"}
    settings.RECOGNISERS = {
        "dummy": backend | {"OPTIONS": {"labels": [("Cat", 90)]}},
        "other": backend | {"OPTIONS": {"labels": [("Tree", 90)]}},
    }
    settings.BROMO_RECOGNISERS = ["dummy"]
    recognisers.clear()
    yield
    recognisers.clear()


@pytest.fixture
def paused():
    pausing.pause("dummy", reason="The bill is open.", user=SYSTEM)


def run_of(asset, alias="dummy"):
    return RecognitionRun.objects.get(original=asset.original, recogniser=alias)


def to_schedule():
    """The runs that a sweep would publish, however many messages wait."""
    return [pk for pk, _ in pipeline.runs_to_schedule(timezone.now() + timedelta(seconds=5))]


class TestAPausedRecogniser:
    def test_starts_nothing_though_a_message_arrives(self, paused):
        run = run_of(make_asset())
        assert not pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert (run.state, run.attempts) == (State.QUEUED, 0)
        assert list(pipeline.runs_to_publish(everything=True)) == []

    def test_leaves_uploads_and_the_other_recognisers_alone(self, paused):
        asset = make_asset()
        (other,) = pipeline.request_runs(asset, ["other"])
        assert pipeline.recognise(other.pk)
        assert list(asset.tags.values_list("name", flat=True)) == ["Tree"]
        assert run_of(asset).state == State.QUEUED

    def test_finishes_what_it_is_working_on(self, monkeypatch):
        asset = make_asset()
        answer = type(recognisers["dummy"]).recognise

        def pausing_meanwhile(self, image):
            pausing.pause("dummy", reason="", user=SYSTEM)
            return answer(self, image)

        monkeypatch.setattr(type(recognisers["dummy"]), "recognise", pausing_meanwhile)
        assert pipeline.recognise(run_of(asset).pk)
        assert run_of(asset).state == State.DONE
        assert Pause.objects.exists()

    def test_keeps_the_first_reason_when_somebody_else_pauses_it_too(self, paused):
        assert not pausing.pause("dummy", reason="Something else.", user=make_user())
        assert Pause.objects.get().reason == "The bill is open."

    @pytest.mark.parametrize("cause", [Pause.Cause.BUDGET, Pause.Cause.HALT])
    def test_by_itself_is_paused_by_a_person_too(self, cause):
        Pause.begin("dummy", cause, "So it is.")
        user = make_user()
        assert pausing.pause("dummy", reason="The bill is open.", user=user)
        pause = Pause.objects.get()
        assert (pause.cause, pause.reason, pause.paused_by) == (
            Pause.Cause.PERSON, "The bill is open.", user,
        )  # fmt: skip


class TestResuming:
    def test_lets_it_go_on_with_what_has_waited(self, paused, django_capture_on_commit_callbacks):
        run = run_of(make_asset())
        long_ago = timezone.now() - timedelta(days=1)
        RecognitionRun.objects.update(published_at=long_ago)
        with django_capture_on_commit_callbacks() as callbacks:
            assert pausing.resume("dummy", user=SYSTEM)
        assert len(callbacks) == 1
        run.refresh_from_db()
        assert run.published_at > long_ago
        assert pipeline.recognise(run.pk)

    def test_tells_workers_of_the_oldest_and_leaves_the_rest_to_the_sweep(
        self, paused, monkeypatch
    ):
        monkeypatch.setattr(pausing, "AT_ONCE", 2)
        runs = [run_of(make_asset()) for _ in range(3)]
        long_ago = timezone.now() - timedelta(days=1)
        RecognitionRun.objects.update(published_at=long_ago)
        pausing.resume("dummy", user=SYSTEM)
        untold = RecognitionRun.objects.filter(published_at=long_ago)
        assert [run.pk for run in untold] == [runs[2].pk]
        (keys,) = pipeline.runs_to_publish(everything=True)
        assert runs[2].pk in keys

    def test_has_the_sweep_tell_of_what_messages_came_for_meanwhile(self, paused, monkeypatch):
        monkeypatch.setattr(pausing, "AT_ONCE", 1)
        runs = [run_of(make_asset()) for _ in range(3)]
        for run in runs:
            assert not pipeline.recognise(run.pk)
        assert to_schedule() == []
        pausing.resume("dummy", user=SYSTEM)
        assert to_schedule() == [run.pk for run in runs[1:]]
        assert to_schedule() == []

    def test_of_one_that_works_changes_nothing(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks() as callbacks:
            assert not pausing.resume("dummy", user=SYSTEM)
        assert callbacks == []


class TestAnAssetsPage:
    @pytest.fixture
    def page(self, client):
        client.force_login(make_user(group="Viewers"))

        def get(asset):
            return client.get(reverse("dam:asset", args=[asset.pk])).content.decode()

        return get

    def test_says_that_its_recogniser_is_paused_and_why(self, paused, page):
        text = page(make_asset())
        assert "Paused" in text
        assert "The bill is open." in text
        assert 'hx-trigger="every 15s"' in text

    def test_says_nothing_of_a_pause_once_it_was_recognised(self, page):
        asset = make_asset()
        pipeline.recognise(run_of(asset).pk)
        pausing.pause("dummy", reason="The bill is open.", user=SYSTEM)
        assert "The bill is open." not in page(asset)


def run_command(*arguments):
    out, errors = StringIO(), StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=errors)
    return [json.loads(line) for line in out.getvalue().splitlines()], errors.getvalue()


class TestACommandThatWaits:
    def test_imports_without_waiting_for_a_paused_recogniser_and_says_so(self, paused, tmp_path):
        for name in ("a.png", "b.png"):
            (tmp_path / name).write_bytes(picture())
        lines, errors = run_command("import_assets", tmp_path, "--wait", "--json")
        assert [line["status"] for line in lines] == ["queued", "queued"]
        assert "dummy is paused (The bill is open.): 2 runs stay queued" in errors
        assert Asset.objects.count() == 2

    def test_does_what_the_recognisers_that_are_not_paused_are_asked(self, paused, tmp_path):
        (tmp_path / "a.png").write_bytes(picture())
        both = ["--recogniser", "dummy", "--recogniser", "other"]
        (line,), errors = run_command("import_assets", tmp_path, *both, "--wait", "--json")
        assert line["status"] == "queued"
        assert [tag["name"] for tag in line["tags"]] == ["Tree"]
        assert "1 run stays queued" in errors

    def test_recognises_again_without_waiting_for_a_paused_recogniser(self, paused):
        make_asset()
        lines, errors = run_command("retag_assets", "--recognise", "--wait", "--json")
        assert lines[-1]["assets"] == 1
        assert "dummy is paused" in errors

    def test_leaves_a_run_whose_worker_died_to_the_time_after_the_pause(self, paused, tmp_path):
        asset = make_asset()
        a_moment_ago = timezone.now() - timedelta(seconds=1)
        RecognitionRun.objects.update(state=State.RUNNING, attempts=1, lease_until=a_moment_ago)
        _, errors = run_command("retag_assets", "--recognise", "--wait", "--json")
        assert "1 run stays queued" in errors
        assert run_of(asset).attempts == 1

    def test_says_nothing_where_nobody_paused_anything(self, tmp_path):
        (tmp_path / "a.png").write_bytes(picture())
        lines, errors = run_command("import_assets", tmp_path, "--wait", "--json")
        assert lines[0]["status"] == "recognised"
        assert "paused" not in errors
