"""From an original to its tags."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from dam import tagging
from dam.delivery import delete_derived
from dam.models import Asset, Original
from dam.permissions import SYSTEM
from dam.storages import renditions_storage
from recognition import insisting, pipeline
from recognition.models import MAX_ATTEMPTS, Detection, Evidence, Pause, RecognitionRun, Rule
from recognition.predictions import Outcome
from recognition.recognisers.dummy import DummyRecogniser
from recognition.registry import choosing, recognisers
from tests.factories import finish_run, label, make_asset, make_user, picture, unsafe

pytestmark = pytest.mark.django_db
State = RecognitionRun.State


def tags(asset):
    return {r.tag.name: (r.source, r.confidence) for r in asset.tagged.select_related("tag")}


def status(asset):
    return asset.facts.get(kind="status").value


@pytest.fixture
def dummy(settings):
    """Sets what the dummy recogniser answers."""

    def configure(**options):
        settings.RECOGNISERS = {
            "dummy": {
                "BACKEND": "recognition.recognisers.dummy.DummyRecogniser",
                "OPTIONS": options,
            },
            "other": {
                "BACKEND": "recognition.recognisers.dummy.DummyRecogniser",
                "OPTIONS": {"labels": [("Elsewhere", 80)]},
            },
        }
        settings.BROMO_RECOGNISERS = ["dummy"]
        recognisers.clear()

    yield configure
    recognisers.clear()


def to_publish(*, everything):
    return [pk for part in pipeline.runs_to_publish(everything=everything) for pk in part]


def only_run(asset):
    return RecognitionRun.objects.get(original=asset.original)


class TestANewAsset:
    def test_has_a_queued_run_of_each_active_recogniser(self, dummy):
        dummy()
        with choosing(["dummy", "other"]):
            asset = make_asset()
        runs = RecognitionRun.objects.filter(original=asset.original)
        assert sorted(runs.values_list("recogniser", "state")) == [
            ("dummy", "queued"),
            ("other", "queued"),
        ]
        assert status(asset) == "queued"

    def test_is_tagged_by_the_run_with_confidence_source_and_evidence(self, dummy):
        dummy(labels=[("Cat", 97.5), ("Dog", 50), ("Sofa", 49.99)])
        asset = make_asset()
        assert pipeline.recognise(only_run(asset).pk)
        assert tags(asset) == {"Cat": ("automatic", 97.5), "Dog": ("automatic", 50)}
        assert set(Detection.objects.values_list("name", flat=True)) >= {"Cat", "Dog", "Sofa"}
        evidence = Evidence.objects.get(tagged_asset__tag__name="Cat")
        assert (evidence.detection.name, evidence.confidence) == ("Cat", 97.5)
        assert status(asset) == "recognised"

    def test_on_content_that_was_recognised_is_tagged_without_another_call(self, dummy):
        dummy(labels=[("Cat", 90)])
        content, owner = picture(), make_user()
        hidden = make_asset(content=content, uploader=owner)
        hidden.audiences.all().delete()
        pipeline.recognise(only_run(hidden).pk)
        twin = make_asset(content=content, uploader=make_user())
        assert RecognitionRun.objects.count() == 1
        assert tags(twin) == {"Cat": ("automatic", 90)}

    def test_that_is_unsafe_has_that_as_a_fact_and_not_as_a_tag(self, settings):
        asset = make_asset()
        finish_run(asset, unsafe(80), label("Cat", 90))
        assert asset.facts.get(kind="unsafe").confidence == 80
        assert list(tags(asset)) == ["Cat"]
        calm = make_asset()
        finish_run(calm, unsafe(79.9))
        assert not calm.facts.filter(kind="unsafe").exists()


class TestARun:
    def test_is_done_by_one_worker_only(self, dummy):
        dummy()
        run = only_run(make_asset())
        assert RecognitionRun.claim(run.pk) is not None
        assert RecognitionRun.claim(run.pk) is None
        assert not pipeline.recognise(run.pk)

    @pytest.mark.parametrize(
        "take",
        [
            lambda run: RecognitionRun.claim(run.pk),
            lambda run: RecognitionRun.claim(run.pk).defer(timedelta(seconds=-1)),
            lambda run: pipeline.recognise(run.pk),
            lambda run: run.delete(),
            lambda run: RecognitionRun.objects.filter(pk=run.pk).update(is_forced=True),
        ],
        ids=["claimed", "claimed and put back", "done", "deleted", "asked for anew"],
    )
    @pytest.mark.parametrize("is_overdue", [False, True], ids=["queued", "its worker dead"])
    def test_is_not_claimed_by_whoever_saw_it_before_somebody_else_had_it(
        self, dummy, take, is_overdue
    ):
        dummy()
        run = only_run(make_asset())
        if is_overdue:
            RecognitionRun.claim(run.pk)
            RecognitionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        takers = [take]

        def interrupt(execute, sql, *rest):
            if takers and sql.startswith("UPDATE"):
                takers.pop()(run)
            return execute(sql, *rest)

        with connection.execute_wrapper(interrupt):
            assert RecognitionRun.claim(run.pk) is None
        assert takers == []

    def test_that_failed_for_good_says_why_and_can_be_retried(self, dummy):
        dummy(fail="permanent")
        asset = make_asset()
        run = only_run(asset)
        pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert run.state == State.FAILED
        assert run.error
        assert status(asset) == "failed"
        dummy(labels=[("Cat", 90)])
        pipeline.retry_run(run)
        assert status(asset) == "queued"
        pipeline.recognise(run.pk)
        assert list(tags(asset)) == ["Cat"]

    def test_waits_after_a_transient_error_and_is_quarantined_after_the_third(self, dummy):
        dummy(fail="transient")
        run = only_run(make_asset())
        for attempt in range(1, MAX_ATTEMPTS + 1):
            RecognitionRun.objects.update(next_try_at=timezone.now())
            assert pipeline.recognise(run.pk)
            run.refresh_from_db()
            assert run.attempts == attempt
            if attempt < MAX_ATTEMPTS:
                assert run.state == State.QUEUED
                assert run.next_try_at > timezone.now()
                assert not pipeline.recognise(run.pk)
        assert run.state == State.QUARANTINED
        assert run.error.startswith("Tried 3 times in vain. ")
        assert status(run.original.assets.get()) == "failed"

    def test_whose_worker_died_is_taken_over_and_the_dead_ones_answer_is_dropped(self, dummy):
        dummy(labels=[("Cat", 90)])
        asset = make_asset()
        dead = RecognitionRun.claim(only_run(asset).pk)
        RecognitionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert pipeline.recognise(dead.pk)
        late = Outcome(predictions=(label("Ghost", 99),), model_version="late")
        assert not dead.finish(late)
        assert list(tags(asset)) == ["Cat"]

    def test_that_kills_its_worker_every_time_is_quarantined(self, dummy):
        dummy()
        asset = make_asset()
        run = only_run(asset)
        for _ in range(MAX_ATTEMPTS):
            assert RecognitionRun.claim(run.pk) is not None
            RecognitionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert not pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert run.state == State.QUARANTINED
        assert "3 attempts" in run.error
        assert status(asset) == "failed"

    def test_without_its_proxy_fails_with_the_remedy(self, dummy):
        dummy()
        asset = make_asset()
        delete_derived(asset.original)
        pipeline.recognise(only_run(asset).pk)
        run = only_run(asset)
        assert run.state == State.FAILED
        assert "check_library --repair" in run.error

    def test_waits_for_a_storage_that_is_away_however_often_it_takes(self, dummy, monkeypatch):
        dummy(labels=[("Cat", 90)])
        asset = make_asset()

        def fail(*args, **kwargs):
            raise TimeoutError("no answer")

        monkeypatch.setattr(type(renditions_storage()), "_open", fail)
        for _ in range(MAX_ATTEMPTS + 2):
            pipeline.recognise(only_run(asset).pk)
            run = only_run(asset)
            assert (run.state, run.attempts) == (State.QUEUED, 0)
            assert run.next_try_at > timezone.now()
            assert run.error == "The storage is away: the worker's log says more."
            RecognitionRun.objects.update(next_try_at=timezone.now())
        monkeypatch.undo()
        dummy(labels=[("Cat", 90)])
        pipeline.recognise(only_run(asset).pk)
        assert list(tags(asset)) == ["Cat"]

    def test_whose_original_goes_meanwhile_goes_with_it(self, dummy, monkeypatch):
        dummy(labels=[("Cat", 90)])
        asset = make_asset()

        def recognise(self, image):
            asset.delete()
            Original.objects.all().delete()
            return Outcome(predictions=(label("Cat", 90),), model_version="1")

        monkeypatch.setattr(DummyRecogniser, "recognise", recognise)
        assert pipeline.recognise(only_run(asset).pk)
        assert not RecognitionRun.objects.exists()

    def test_fails_where_the_storage_stays_away_for_a_day(self, dummy, monkeypatch):
        dummy()
        asset = make_asset()

        def fail(*args, **kwargs):
            raise PermissionError("not for you")

        monkeypatch.setattr(type(renditions_storage()), "_open", fail)
        pipeline.recognise(only_run(asset).pk)
        RecognitionRun.objects.update(
            next_try_at=timezone.now(), postponed_since=timezone.now() - timedelta(hours=25)
        )
        pipeline.recognise(only_run(asset).pk)
        assert only_run(asset).state == State.FAILED
        assert status(asset) == "failed"

    def test_is_not_settled_by_who_held_it_before_somebody_retried_it(self, dummy):
        dummy()
        asset = make_asset()
        late = RecognitionRun.claim(only_run(asset).pk)
        RecognitionRun.objects.update(state=State.QUARANTINED)
        pipeline.retry_run(only_run(asset))
        present = RecognitionRun.claim(only_run(asset).pk)
        assert present.attempts == late.attempts
        assert not late.fail("too late")
        assert present.finish(Outcome(predictions=(label("Cat", 90),), model_version="1"))

    def test_whose_process_was_killed_is_due_again_at_once(self, dummy):
        dummy()
        run = only_run(make_asset())
        RecognitionRun.claim(run.pk, "message-1")
        assert not RecognitionRun.release(run.pk, "message-2")
        assert not RecognitionRun.objects.due().exists()
        assert RecognitionRun.release(run.pk, "message-1")
        assert RecognitionRun.objects.due().get() == run

    def test_is_not_blamed_for_what_the_database_did_not_take(self, dummy):
        dummy()
        run = only_run(make_asset())
        for _ in range(MAX_ATTEMPTS + 1):
            assert RecognitionRun.claim(run.pk, "message")
            assert RecognitionRun.release(run.pk, "message", counts=False)
        run.refresh_from_db()
        assert run.attempts == 0

    def test_keeps_its_answer_until_the_database_takes_it(self, dummy, monkeypatch):
        dummy(labels=[("Cat", 90)])
        asset, refusals = make_asset(), iter(range(3 * MAX_ATTEMPTS))
        retag = pipeline.retag_original

        def full(*args, **kwargs):
            if next(refusals, None) is not None:
                raise OperationalError("database or disk is full")
            return retag(*args, **kwargs)

        monkeypatch.setattr(pipeline, "retag_original", full)
        monkeypatch.setattr(insisting.time, "sleep", lambda seconds: None)
        pipeline.recognise(only_run(asset).pk)
        assert (only_run(asset).state, only_run(asset).attempts) == (State.DONE, 1)
        assert set(tags(asset)) == {"Cat"}

    def test_leaves_the_database_alone_when_its_lease_is_nearly_over(self, dummy, monkeypatch):
        dummy(labels=[("Cat", 90)])
        asset, tries = make_asset(), []

        def full(*args, **kwargs):
            tries.append(args)
            raise OperationalError("database or disk is full")

        claimed = RecognitionRun.claim(only_run(asset).pk)
        claimed.started_at -= timedelta(minutes=1)
        monkeypatch.setattr(insisting.time, "sleep", lambda seconds: None)
        with pytest.raises(OperationalError):
            pipeline._settle(claimed, full)
        assert len(tries) == 3

    def test_of_a_faulty_recogniser_ends_without_stopping_the_worker(self, dummy, monkeypatch):
        def burst(self, image):
            raise ZeroDivisionError("oops")

        dummy()
        monkeypatch.setattr(DummyRecogniser, "recognise", burst)
        run = only_run(make_asset())
        assert pipeline.recognise(run.pk)
        run.refresh_from_db()
        assert "ZeroDivisionError" in run.error

    def test_takes_its_place_in_the_library_in_few_statements(
        self, dummy, django_assert_max_num_queries
    ):
        dummy(labels=[(f"Thing {number}", 90) for number in range(30)])
        claimed = RecognitionRun.claim(only_run(make_asset()).pk)
        outcome = recognisers["dummy"].recognise(pipeline.image_source(claimed.original))
        # Nobody else writes meanwhile, where the database is SQLite.
        with django_assert_max_num_queries(22):
            pipeline._finish(claimed, outcome)

    def test_keeps_an_answer_that_came_for_an_earlier_attempt(self, dummy):
        dummy()
        claimed = RecognitionRun.claim(only_run(make_asset()).pk)
        RecognitionRun.objects.filter(pk=claimed.pk).update(raw={"late": "but paid for"})
        assert claimed.finish(Outcome(predictions=(), model_version="1"))
        claimed.refresh_from_db()
        assert claimed.raw == {"late": "but paid for"}

    def test_that_is_gone_is_nobodys_fault(self):
        assert not pipeline.recognise(987654)


class TestChangingARecogniser:
    def test_files_a_waiting_run_under_what_answers_it(self, dummy):
        dummy(labels=[("Cat", 90)])
        asset = make_asset()
        dummy(labels=[("Dog", 90)])
        pipeline.recognise(only_run(asset).pk)
        assert list(tags(asset)) == ["Dog"]
        assert only_run(asset).fingerprint == recognisers["dummy"].fingerprint

    def test_drops_a_waiting_run_that_the_changed_one_has_answered(self, dummy):
        dummy(labels=[("Cat", 90)])
        asset = make_asset()
        waiting = only_run(asset)
        dummy(labels=[("Dog", 90)])
        (fresh,) = pipeline.request_runs(asset, ["dummy"])
        pipeline.recognise(fresh.pk)
        assert not pipeline.recognise(waiting.pk)
        assert only_run(asset) == fresh

    @pytest.fixture
    def answered_after_a_failure(self, dummy):
        """An asset whose run waited until one like it, asked for later, had failed."""
        dummy(labels=[("Cat", 90)])
        asset = make_asset()
        dummy(labels=[("Dog", 90)])
        (alike,) = pipeline.request_runs(asset, ["dummy"])
        claimed = RecognitionRun.claim(alike.pk)
        pipeline._settle(claimed, lambda: claimed.fail("The image was torn."))
        assert status(asset) == "failed"
        for run in RecognitionRun.objects.order_by("pk"):
            pipeline.recognise(run.pk)
        return asset

    def test_has_a_waiting_run_answered_though_one_like_it_has_failed(
        self, answered_after_a_failure
    ):
        assert list(tags(answered_after_a_failure)) == ["Dog"]

    def test_shows_a_waiting_run_that_was_answered_and_not_the_failure_before(
        self, answered_after_a_failure
    ):
        assert status(answered_after_a_failure) == "recognised"

    def test_back_makes_what_it_said_before_count_again(self, dummy):
        first, second = {"labels": [("Cat", 90)]}, {"labels": [("Dog", 90)]}
        dummy(**first)
        asset = make_asset()
        pipeline.recognise(only_run(asset).pk)
        dummy(**second)
        (run,) = pipeline.request_runs(asset, ["dummy"])
        pipeline.recognise(run.pk)
        assert list(tags(asset)) == ["Dog"]
        dummy(**first)
        pipeline.retag_original(asset.original_id)
        assert list(tags(asset)) == ["Cat"]

    def test_out_of_the_settings_ends_its_failures(self, dummy, settings):
        dummy(fail="permanent")
        with choosing(["dummy", "other"]):
            asset = make_asset()
        for run in RecognitionRun.objects.all():
            pipeline.recognise(run.pk)
        assert status(asset) == "failed"
        del settings.RECOGNISERS["dummy"]
        recognisers.clear()
        pipeline.retag_original(asset.original_id)
        assert status(asset) == "recognised"


class TestAskingAgain:
    def test_makes_a_new_generation_that_counts_once_it_is_done(self, dummy):
        dummy(labels=[("Cat", 90)])
        asset = make_asset()
        pipeline.recognise(only_run(asset).pk)
        dummy(labels=[("Cat", 95)])  # another fingerprint as well
        (run,) = pipeline.request_runs(asset, ["dummy"], again=True)
        assert tags(asset) == {"Cat": ("automatic", 90)}
        pipeline.recognise(run.pk)
        assert tags(asset) == {"Cat": ("automatic", 95)}
        assert RecognitionRun.objects.count() == 2

    def test_while_the_first_question_is_open_asks_no_second(self, dummy):
        dummy()
        asset = make_asset()
        (run,) = pipeline.request_runs(asset, ["dummy"], again=True)
        assert run == only_run(asset)

    def test_keeps_what_people_decided(self, dummy):
        dummy(labels=[("Cat", 90), ("Dog", 80)])
        asset = make_asset(tags=["Holiday"])
        pipeline.recognise(only_run(asset).pk)
        tagging.decide(asset, ["Dog"], is_yes=False, user=SYSTEM)
        (run,) = pipeline.request_runs(asset, ["dummy"], again=True)
        pipeline.recognise(run.pk)
        assert set(tags(asset)) == {"Cat", "Holiday"}


class TestSeveralRecognisers:
    def test_leave_each_others_tags_alone_though_rules_have_changed(self, dummy):
        dummy(labels=[("Dog", 60)])
        asset = make_asset()
        pipeline.recognise(only_run(asset).pk)
        Rule.objects.create(label="Dog", threshold=90)
        (run,) = pipeline.request_runs(asset, ["other"])
        pipeline.recognise(run.pk)
        assert set(tags(asset)) == {"Dog", "Elsewhere"}
        pipeline.retag_original(asset.original_id)
        assert set(tags(asset)) == {"Elsewhere"}

    def test_are_each_remembered_with_their_own_confidence(self):
        asset = make_asset()
        finish_run(asset, label("Cat", 70), recogniser="dummy")
        finish_run(asset, label("Cat", 90), recogniser="local")
        assert tags(asset) == {"Cat": ("automatic", 90)}
        said = Evidence.objects.values_list("detection__run__recogniser", "confidence")
        assert sorted(said) == [("dummy", 70), ("local", 90)]


class TestADecisionTakenBack:
    def test_leaves_the_tag_as_if_it_had_been_yes_at_once(self):
        asset = make_asset()
        finish_run(asset, label("Cat", 90))
        tagging.decide(asset, ["Cat"], is_yes=False, user=SYSTEM)
        assert not Evidence.objects.exists()
        tagging.decide(asset, ["Cat"], is_yes=True, user=SYSTEM)
        assert tags(asset) == {"Cat": ("manual", 90)}
        assert Evidence.objects.count() == 1


class TestAFailedRun:
    def test_is_tried_again_when_somebody_asks(self, dummy):
        dummy(fail="permanent")
        asset = make_asset()
        pipeline.recognise(only_run(asset).pk)
        (run,) = pipeline.request_runs(asset, ["dummy"])
        assert run.state == State.QUEUED

    def test_retried_twice_at_once_finds_everything_once(self, dummy):
        dummy(fail="permanent")
        run = only_run(make_asset())
        pipeline.recognise(run.pk)
        first, second = (RecognitionRun.objects.get(pk=run.pk) for _ in range(2))
        dummy(labels=[("Tree", 90)])
        pipeline.retry_run(first)
        pipeline.recognise(run.pk)
        pipeline.retry_run(second)
        assert not pipeline.recognise(run.pk)
        assert Detection.objects.filter(name="Tree").count() == 1


class TestRules:
    def test_never_make_a_tag_that_cannot_be_one(self):
        asset = make_asset()
        finish_run(asset, label("Big  \x07Cat", 90), label("x" * 150, 80), label("\x01", 70))
        assert set(tags(asset)) == {"Big Cat", "x" * 100}

    def test_of_an_asset_win_over_those_of_its_label(self):
        asset, other = make_asset(), make_asset()
        for one in (asset, other):
            finish_run(one, label("Cat", 70))
        Rule.objects.create(label="cat", threshold=80)
        Rule.objects.create(asset=asset, threshold=70)
        for one in Asset.objects.all():
            pipeline.retag_original(one.original_id)
        assert list(tags(asset)) == ["Cat"]
        assert tags(other) == {}
        assert Evidence.objects.get(tagged_asset__content_object=asset).rule.asset == asset


class TestPublishingAgain:
    def test_tells_of_queued_and_overdue_runs_only(self, dummy):
        dummy()
        queued, overdue, held, done = (only_run(make_asset()) for _ in range(4))
        RecognitionRun.claim(held.pk)
        RecognitionRun.claim(overdue.pk)
        RecognitionRun.objects.filter(pk=overdue.pk).update(lease_until=timezone.now())
        pipeline.recognise(done.pk)
        assert to_publish(everything=True) == [queued.pk, overdue.pk]

    def test_in_passing_leaves_out_what_was_published_a_moment_ago(self, dummy):
        dummy()
        fresh, lost, untried = (only_run(make_asset()) for _ in range(3))
        long_ago = timezone.now() - timedelta(hours=1)
        RecognitionRun.objects.exclude(pk=untried.pk).update(started_at=long_ago)
        RecognitionRun.objects.exclude(pk=fresh.pk).update(published_at=long_ago)
        assert to_publish(everything=False) == [lost.pk]
        assert to_publish(everything=False) == []
        assert to_publish(everything=True) == [fresh.pk, lost.pk, untried.pk]

    def test_in_passing_tells_again_of_one_that_gave_way_and_whose_message_was_lost(self, dummy):
        dummy()
        run = only_run(make_asset())
        assert RecognitionRun.claim(run.pk).defer(timedelta(seconds=1))
        ((told, _),) = pipeline.runs_to_schedule(timezone.now() + timedelta(seconds=5))
        assert (told, to_publish(everything=False)) == (run.pk, [])
        an_hour_ago = timezone.now() - timedelta(hours=1)
        RecognitionRun.objects.update(next_try_at=an_hour_ago, published_at=an_hour_ago)
        assert pipeline.runs_to_schedule(timezone.now() + timedelta(seconds=5)) == []
        assert to_publish(everything=False) == [run.pk]

    def test_takes_a_message_for_used_up_though_its_sender_had_a_clock_ahead_of_ours(self, dummy):
        dummy()
        gave_way, missed = (only_run(make_asset()) for _ in range(2))
        soon = timezone.now() + timedelta(seconds=2)
        RecognitionRun.objects.update(published_at=soon)
        assert RecognitionRun.claim(gave_way.pk).defer()
        Pause.begin("dummy", Pause.Cause.BUDGET, "It is spent.")
        assert not pipeline.recognise(missed.pk)
        Pause.objects.all().delete()
        due = pipeline.runs_to_schedule(soon + timedelta(seconds=3))
        assert {pk for pk, _ in due} == {gave_way.pk, missed.pk}

    def test_goes_slice_by_slice_through_any_backlog(self, dummy, monkeypatch):
        dummy()
        keys = [only_run(make_asset()).pk for _ in range(5)]
        monkeypatch.setattr(pipeline, "_SLICE", 2)
        slices = list(pipeline.runs_to_publish(everything=True))
        assert [len(part) for part in slices] == [2, 2, 1]
        assert [pk for part in slices for pk in part] == keys
