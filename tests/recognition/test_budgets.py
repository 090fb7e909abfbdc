"""What may be spent in a month, and what happens once it is spent."""

import os
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from dam.permissions import SYSTEM
from recognition import budgets, pausing, pipeline
from recognition.calls import Budget, Call, Rate
from recognition.models import Pause, RecognitionRun, Spending, this_month
from recognition.recognisers.base import HaltError, PermanentError, UnansweredError
from recognition.registry import recognisers
from tests.dam.test_concurrency import at_once
from tests.factories import make_asset, picture
from tests.programs import about_sqlite
from tests.recognition.oracle import BACKEND

State, Cause = RecognitionRun.State, Pause.Cause
CALL = Call(
    operation="SeeCat",
    price=Decimal("0.001"),
    rate=Rate(name="oracle", per_second=10_000),
)


def last_month():
    return (this_month() - timedelta(days=1)).replace(day=1)


@pytest.fixture
def oracle(settings):
    """Makes the recogniser of every upload; called again, it is set up anew."""

    def set_up(**options):
        prices = {"Cat": "0.001", "Dog": "0.002"}
        settings.RECOGNISERS = {
            "oracle": {"BACKEND": BACKEND, "OPTIONS": {"prices": prices} | options}
        }
        settings.BROMO_RECOGNISERS = ["oracle"]
        recognisers.clear()
        return recognisers["oracle"]

    yield set_up
    recognisers.clear()


def run_of(asset):
    return RecognitionRun.objects.get(original=asset.original)


def recognised(asset):
    """The run on an asset after an attempt at it."""
    pipeline.recognise(run_of(asset).pk)
    return run_of(asset)


def spent(month=None):
    rows = Spending.objects.filter(recogniser="oracle", month=month or this_month())
    return rows.values_list("calls", "cost").first() or (0, 0)


def run(command, *arguments):
    out, errors = StringIO(), StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


@pytest.mark.django_db
class TestSpending:
    def test_counts_a_call_before_it_is_made(self):
        assert Spending.reserve("oracle", CALL, Budget())
        assert spent() == (1, Decimal("0.001"))

    def test_is_that_of_one_recogniser(self):
        Spending.reserve("other", CALL, Budget())
        assert Spending.of("oracle").calls == 0
        assert Spending.reserve("oracle", CALL, Budget(calls=1))

    @pytest.mark.parametrize(
        ("budget", "number"),
        [
            (Budget(calls=2), 2),
            (Budget(calls=0), 0),
            (Budget(cost=Decimal("0.003")), 3),
            (Budget(cost=Decimal("0.0029")), 2),
            (Budget(cost=Decimal(0)), 0),
            (Budget(calls=3, cost=Decimal("0.002")), 2),
        ],
        ids=str,
    )
    def test_goes_up_to_the_budget_and_no_further(self, budget, number):
        made = [Spending.reserve("oracle", CALL, budget) for _ in range(5)]
        assert [bool(each) for each in made] == [True] * number + [False] * (5 - number)
        assert spent() == (number, number * CALL.price)

    def test_adds_up_without_an_error(self):
        budget = Budget(cost=Decimal("0.1"))
        assert all(Spending.reserve("oracle", CALL, budget) for _ in range(100))
        assert not Spending.reserve("oracle", CALL, budget)
        assert spent() == (100, Decimal("0.1"))

    def test_begins_anew_with_the_month(self):
        Spending.objects.create(recogniser="oracle", month=last_month(), calls=9, cost="0.009")
        assert Spending.of("oracle").calls == 0
        assert Spending.reserve("oracle", CALL, Budget(calls=1))
        assert spent(last_month()) == (9, Decimal("0.009"))

    def test_gives_back_to_the_month_that_it_was_taken_from(self, monkeypatch):
        reserved = Spending.reserve("oracle", CALL, Budget())
        began = this_month()
        monkeypatch.setattr("recognition.models._spendings.this_month", lambda: date(2099, 1, 1))
        Spending.reserve("oracle", CALL, Budget())
        reserved.give_back(CALL.price)
        assert spent(began) == (0, 0)
        assert spent(date(2099, 1, 1)) == (1, CALL.price)

    def test_never_falls_below_nothing(self):
        reserved = Spending.reserve("oracle", CALL, Budget())
        for _ in range(2):
            reserved.give_back(CALL.price)
        assert spent() == (0, 0)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("budget", [Budget(calls=25), Budget(cost=Decimal("0.025"))], ids=str)
def test_many_at_once_never_spend_more_than_the_budget(budget):
    def spend():
        return sum(bool(Spending.reserve("oracle", CALL, budget)) for _ in range(10))

    assert sum(at_once(*[spend] * 6)) == 25
    assert spent() == (25, Decimal("0.025"))


@about_sqlite
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(
    ("limits", "answered"),
    [({}, [1, 2]), ({"budget_calls": 9}, [0, 1, 1, 2])],
    ids=["no limit", "a limit"],
)
def test_calls_are_on_the_disk_with_their_answers_and_before_if_there_is_a_limit(
    oracle, monkeypatch, limits, answered
):
    asked, asset, synced = oracle(**limits).asked, make_asset(), []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(len(asked)))
    assert recognised(asset).calls == 2
    assert synced == answered


@pytest.mark.django_db
class TestACall:
    def test_that_was_answered_is_on_the_run_and_in_the_months_sum(self, oracle):
        oracle()
        run = recognised(make_asset())
        assert (run.state, run.calls, run.cost) == (State.DONE, 2, Decimal("0.003"))
        assert spent() == (2, Decimal("0.003"))

    @pytest.mark.parametrize("limits", [{}, {"budget_calls": 9}], ids=["no limit", "a limit"])
    @pytest.mark.parametrize(
        ("error", "number"),
        [(PermanentError("Too large."), 0), (HaltError("No."), 0), (UnansweredError("Late."), 1)],
        ids=["refused", "denied", "not answered"],
    )
    def test_is_spent_unless_the_service_refused_it(self, oracle, error, number, limits):
        oracle(**limits).error = error
        run = recognised(make_asset())
        assert (run.calls, run.cost) == (number, number * Decimal("0.001"))
        assert spent() == (run.calls, run.cost)

    @pytest.mark.parametrize("limits", [{}, {"budget_calls": 9}], ids=["no limit", "a limit"])
    def test_is_spent_where_nobody_knows_how_far_it_got(self, oracle, limits):
        oracle(**limits).error = ZeroDivisionError("oops")
        recognised(make_asset())
        assert spent() == (1, Decimal("0.001"))

    @pytest.mark.parametrize("limits", [{}, {"budget_calls": 9}], ids=["no limit", "a limit"])
    def test_has_been_counted_when_the_process_dies_of_it(self, oracle, limits):
        oracle(**limits).error = SystemExit()
        with pytest.raises(SystemExit):
            recognised(make_asset())
        assert spent() == (1, Decimal("0.001"))

    def test_that_the_budget_has_no_room_for_is_not_made(self, oracle):
        recogniser = oracle(budget_calls=0)
        assert recognised(make_asset()).state == State.QUEUED
        assert recogniser.asked == []


@pytest.mark.django_db
class TestASpentBudget:
    def test_has_the_recogniser_stand_still_and_says_until_when(self, oracle):
        oracle(budget_calls=2)
        recognised(make_asset())
        assert not Pause.objects.exists()
        recognised(make_asset())
        pause = Pause.objects.get()
        assert (pause.recogniser, pause.cause, pause.paused_by) == ("oracle", Cause.BUDGET, None)
        assert pause.reason == (
            f"The budget of 2 calls for {this_month():%B %Y} is used up. "
            "It goes on next month, or when the budget is raised."
        )

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            ({"budget_cost": "0.00"}, "The budget of 0.00 in money for"),
            ({"budget_calls": 0, "budget_cost": "5"}, "The budget of 0 calls and 5 in money for"),
        ],
    )
    def test_is_told_by_its_parts(self, oracle, options, told):
        oracle(**options)
        recognised(make_asset())
        assert Pause.objects.get().reason.startswith(told)

    def test_keeps_runs_waiting_without_counting_it_as_an_attempt(self, oracle):
        oracle(budget_calls=0)
        run = recognised(make_asset())
        assert (run.state, run.attempts, run.error) == (State.QUEUED, 0, "")
        assert not pipeline.recognise(run.pk)

    def test_in_the_middle_of_a_run_keeps_what_was_answered(self, oracle):
        oracle(budget_calls=1)
        asset = make_asset()
        run = recognised(asset)
        assert (run.state, run.raw, run.calls) == (State.QUEUED, {"Cat": "seen"}, 1)
        raised = oracle(budget_calls=5)
        budgets.lift_pauses()
        run = recognised(asset)
        assert (run.state, run.calls, run.cost) == (State.DONE, 2, Decimal("0.003"))
        assert raised.asked == ["Dog"]
        assert set(asset.tags.values_list("name", flat=True)) == {"Cat", "Dog"}

    def test_leaves_the_pause_of_somebody_who_was_faster(self, oracle):
        oracle(budget_calls=0)
        asset = make_asset()
        claimed = RecognitionRun.claim(run_of(asset).pk)
        pausing.pause("oracle", reason="The bill is open.", user=SYSTEM)
        assert pipeline._do(claimed)
        pause = Pause.objects.get()
        assert (pause.cause, pause.reason) == (Cause.PERSON, "The bill is open.")


@pytest.mark.django_db
class TestLiftingPauses:
    @pytest.fixture
    def paused(self, oracle):
        """A run that waits, as the budget is spent."""
        oracle(budget_calls=2)
        recognised(make_asset())
        return recognised(make_asset())

    def test_leaves_those_whose_budget_is_spent(self, paused):
        assert budgets.lift_pauses() == []
        assert Pause.objects.exists()

    def test_ends_those_whose_budget_was_raised(self, paused, oracle):
        oracle(budget_calls=3)
        assert budgets.lift_pauses() == ["oracle"]
        assert not Pause.objects.exists()

    def test_ends_those_that_have_no_budget_any_more(self, paused, oracle):
        oracle()
        assert budgets.lift_pauses() == ["oracle"]

    def test_ends_those_of_a_month_that_is_over(self, paused):
        Spending.objects.update(month=last_month())
        assert budgets.lift_pauses() == ["oracle"]
        assert pipeline.recognise(paused.pk)

    def test_ends_those_of_recognisers_that_the_settings_do_not_have(self, paused, settings):
        settings.RECOGNISERS = {}
        recognisers.clear()
        assert budgets.lift_pauses() == ["oracle"]

    def test_leaves_those_that_somebody_paused_meanwhile(self, paused, oracle):
        assert pausing.pause("oracle", reason="The contract ends.", user=SYSTEM)
        oracle(budget_calls=9)
        assert budgets.lift_pauses() == []
        assert Pause.objects.get().reason == "The contract ends."
        assert not pipeline.recognise(paused.pk)

    def test_has_a_sweep_tell_of_all_that_messages_came_for_meanwhile(self, paused, oracle):
        late = run_of(make_asset())
        assert not pipeline.recognise(late.pk)
        oracle()
        budgets.lift_pauses()
        soon = timezone.now() + timedelta(seconds=5)
        assert [pk for pk, _ in pipeline.runs_to_schedule(soon)] == [paused.pk, late.pk]

    @pytest.mark.parametrize(("cost", "lifted"), [("0.0049", []), ("0.005", ["oracle"])])
    def test_waits_for_room_for_the_dearest_call(self, paused, oracle, cost, lifted):
        # 0.003 are spent, and the dearest call is 0.002.
        oracle(budget_cost=cost)
        assert budgets.lift_pauses() == lifted

    @pytest.mark.parametrize("cause", [Cause.PERSON, Cause.HALT])
    def test_leaves_those_that_somebody_has_to_end(self, oracle, cause):
        oracle()
        Pause.objects.create(recogniser="oracle", cause=cause)
        assert budgets.lift_pauses() == []
        assert Pause.objects.exists()

    def test_is_part_of_a_sweep_which_then_does_what_has_waited(self, paused, oracle):
        oracle()
        assert run("sweep_runs")[0] == "1 run was done.\n"
        paused.refresh_from_db()
        assert paused.state == State.DONE

    def test_comes_too_early_for_a_sweep_whose_budget_ends_meanwhile(self, oracle):
        oracle(budget_calls=2)
        for _ in range(3):
            make_asset()
        told, errors = run("sweep_runs")
        assert told == "1 run was done.\n"
        assert "oracle is paused (The budget of 2 calls" in errors
        assert "2 runs stay queued" in errors

    def test_is_not_done_by_a_sweep_while_the_budget_is_spent(self, paused):
        assert run("sweep_runs")[0] == "0 runs were done.\n"


@pytest.mark.django_db
class TestAHalt:
    DENIED = "SeeCat: AccessDeniedException. See that the policy allows it."

    @pytest.fixture
    def halted(self, oracle):
        """A run that waits, as the recogniser may not do what it is to do."""
        oracle().error = HaltError(self.DENIED)
        return recognised(make_asset())

    def test_has_the_recogniser_stand_still_and_says_why(self, halted):
        pause = Pause.objects.get()
        assert (pause.cause, pause.reason, pause.paused_by) == (Cause.HALT, self.DENIED, None)

    def test_keeps_runs_waiting_without_counting_it_as_an_attempt(self, halted):
        assert (halted.state, halted.attempts) == (State.QUEUED, 0)
        assert not pipeline.recognise(halted.pk)

    def test_lets_uploads_go_on_and_asks_nobody_about_them(self, halted):
        asset = make_asset()
        assert run_of(asset).state == State.QUEUED
        assert run("sweep_runs")[0] == "0 runs were done.\n"
        assert recognisers["oracle"].asked == ["Cat"]

    def test_that_nobody_mended_comes_again_after_resuming(self, halted):
        pausing.resume("oracle", user=SYSTEM)
        assert pipeline.recognise(halted.pk)
        assert Pause.objects.get().cause == Cause.HALT

    def test_that_was_mended_is_over_after_resuming(self, halted):
        recognisers["oracle"].error = None
        pausing.resume("oracle", user=SYSTEM)
        assert pipeline.recognise(halted.pk)
        halted.refresh_from_db()
        assert (halted.state, halted.error, halted.attempts) == (State.DONE, "", 1)

    def test_cuts_a_reason_that_is_longer_than_the_row_takes(self, oracle):
        oracle().error = HaltError("No. " * 300)
        recognised(make_asset())
        assert len(Pause.objects.get().reason) == 500


@pytest.mark.django_db
class TestResumeRecogniser:
    def test_lets_a_recogniser_go_on_and_says_why_it_stood_still(self):
        Pause.objects.create(recogniser="oracle", cause=Cause.HALT, reason="No credentials.")
        told, _ = run("resume_recogniser", "oracle")
        assert told == "oracle goes on. It was paused (No credentials.).\n"
        assert not Pause.objects.exists()

    def test_of_one_that_was_not_paused_says_so(self):
        Pause.objects.create(recogniser="oracle")
        told, _ = run("resume_recogniser", "dummy", "oracle")
        assert told.splitlines() == ["dummy was not paused.", "oracle goes on. It was paused."]

    def test_says_where_the_budget_has_no_room(self, oracle):
        oracle(budget_calls=0)
        recognised(make_asset())
        told, _ = run("resume_recogniser", "oracle")
        assert told.endswith("Its budget has no room: at its next call it pauses again.\n")

    def test_has_the_runs_that_waited_done_by_the_next_sweep(self, oracle):
        oracle().error = HaltError("No credentials.")
        asset = make_asset()
        recognised(asset)
        recognisers["oracle"].error = None
        run("resume_recogniser", "oracle")
        assert run("sweep_runs")[0] == "1 run was done.\n"
        assert run_of(asset).state == State.DONE


@pytest.mark.django_db
class TestACommandThatWaits:
    @pytest.mark.parametrize(
        ("options", "error", "why"),
        [
            ({"budget_calls": 0}, None, "(The budget of 0 calls for "),
            ({}, HaltError("No credentials."), "(No credentials.)"),
        ],
        ids=["budget", "halt"],
    )
    def test_ends_when_the_recogniser_stands_still_and_says_why(
        self, oracle, tmp_path, options, error, why
    ):
        oracle(**options).error = error
        for name in ("a.png", "b.png"):
            (tmp_path / name).write_bytes(picture())
        _, errors = run("import_assets", tmp_path, "--wait", "--json")
        assert f"oracle is paused {why}" in errors
        assert "2 runs stay queued until " in errors
        assert ("manage.py resume_recogniser oracle" in errors) == bool(error)
