"""What asking would cost, told before anything is sent."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from dam import trash
from recognition import pipeline
from recognition.models import RecognitionRun, Spending
from recognition.planning import Estimate, estimate
from recognition.recognisers.base import PermanentError
from recognition.registry import recognisers
from tests.factories import make_asset, make_user, picture
from tests.recognition.oracle import BACKEND

pytestmark = pytest.mark.django_db
State = RecognitionRun.State
DUMMY = {"BACKEND": "recognition.recognisers.dummy.DummyRecogniser"}
PRICES = {"Cat": "0.001", "Dog": "0.002"}
NOTHING = Estimate()
DOG = Estimate(calls=1, cost=Decimal("0.002"))
BOTH = Estimate(calls=2, cost=Decimal("0.003"))


@pytest.fixture(autouse=True)
def oracle(settings):
    """The recogniser of every upload; called again, it is set up anew."""

    def set_up(prices=PRICES, **options):
        settings.RECOGNISERS = {
            "oracle": {"BACKEND": BACKEND, "OPTIONS": {"prices": prices} | options},
            "twin": {"BACKEND": BACKEND, "OPTIONS": {"prices": PRICES}},
            "dummy": DUMMY,
        }
        settings.BROMO_RECOGNISERS = ["oracle"]
        recognisers.clear()
        return recognisers["oracle"]

    set_up()
    yield set_up
    recognisers.clear()


def ask(asset, *, again=False, alias="oracle"):
    """Has a recogniser asked about an asset, and answers with the run."""
    (run,) = pipeline.request_runs(asset, [alias], again=again)
    pipeline.recognise(run.pk)
    run.refresh_from_db()
    return run


def fail(asset, *, again=False):
    recognisers["oracle"].error = PermanentError("The image is torn.")
    run = ask(asset, again=again)
    recognisers["oracle"].error = None
    assert run.state == State.FAILED


def stop_half_way(oracle, asset, *, again=False):
    """Has the budget end after the first of two questions about an asset."""
    oracle(budget_calls=Spending.of("oracle").calls + 1)
    run = ask(asset, again=again)
    assert (run.state, set(run.raw), run.is_forced) == (State.QUEUED, {"Cat"}, again)
    oracle()
    call_command("resume_recogniser", "oracle", stdout=StringIO())


def never_asked(oracle, asset):
    RecognitionRun.objects.all().delete()


def answered(oracle, asset):
    ask(asset)


def answered_of_old_about_cats(oracle, asset):
    never_asked(oracle, asset)
    oracle({"Cat": "0.001"})
    ask(asset)
    oracle()


def answered_before_cats_were_asked_anew(oracle, asset):
    ask(asset)
    oracle({"Cat": "0.001"})
    ask(asset, again=True)
    oracle()


def answered_before_birds_were_asked_anew(oracle, asset):
    ask(asset)
    oracle({"Bird": "0.005"})
    ask(asset, again=True)
    oracle()


def answered_about_cats_under_another_name(oracle, asset):
    never_asked(oracle, asset)
    oracle({"Cat": "0.001"})
    RecognitionRun.objects.filter(pk=ask(asset).pk).update(recogniser="sibyl")
    oracle()


def waiting_and_answered_of_old_about_cats(oracle, asset):
    oracle({"Cat": "0.001"})
    ask(asset)
    oracle()


def failed(oracle, asset):
    fail(asset)


def failed_half_way(oracle, asset):
    stop_half_way(oracle, asset)
    fail(asset)


def failed_anew(oracle, asset):
    ask(asset)
    fail(asset, again=True)


def failed_anew_half_way(oracle, asset):
    ask(asset)
    stop_half_way(oracle, asset, again=True)
    fail(asset, again=True)


def waiting_half_way(oracle, asset):
    stop_half_way(oracle, asset)


def waiting_anew_half_way(oracle, asset):
    ask(asset)
    stop_half_way(oracle, asset, again=True)


@pytest.mark.parametrize(
    ("past", "missing", "again"),
    [
        (never_asked, BOTH, BOTH),
        (answered, NOTHING, BOTH),
        (answered_of_old_about_cats, DOG, BOTH),
        (answered_before_cats_were_asked_anew, NOTHING, BOTH),
        (answered_before_birds_were_asked_anew, NOTHING, BOTH),
        (answered_about_cats_under_another_name, DOG, BOTH),
        (waiting_and_answered_of_old_about_cats, DOG, BOTH),
        (failed, BOTH, BOTH),
        (failed_half_way, DOG, BOTH),
        (failed_anew, BOTH, BOTH),
        (failed_anew_half_way, DOG, BOTH),
        (waiting_half_way, DOG, DOG),
        (waiting_anew_half_way, DOG, DOG),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
class TestAnEstimate:
    """What it says of an original with a past, and that this is what is then spent."""

    def test_of_what_is_missing_is_what_that_costs(self, past, missing, again, oracle):
        self.check(past, oracle, missing, again=False)

    def test_of_asking_again_is_what_that_costs(self, past, missing, again, oracle):
        self.check(past, oracle, again, again=True)

    def check(self, past, oracle, expected, *, again):
        asset = make_asset()
        past(oracle, asset)
        assert estimate([asset.original_id], ["oracle"], again=again) == expected
        before = Spending.of("oracle")
        assert ask(asset, again=again).state == State.DONE
        after = Spending.of("oracle")
        spent = Estimate(calls=after.calls - before.calls, cost=after.cost - before.cost)
        assert spent == expected
        assert estimate([asset.original_id], ["oracle"], again=False) == NOTHING


class TestTheEstimateOfMany:
    def test_is_their_sum(self):
        assets = [make_asset() for _ in range(3)]
        ask(assets[0])
        originals = [asset.original_id for asset in assets]
        assert estimate(originals, ["oracle"], again=False) == BOTH + BOTH

    def test_counts_each_original_and_each_recogniser_once(self):
        original = make_asset().original_id
        assert estimate([original] * 2, ["oracle", "oracle"], again=False) == BOTH

    def test_adds_up_all_recognisers_that_ask_services(self):
        original = make_asset().original_id
        assert estimate([original], ["oracle", "twin"], again=True) == BOTH + BOTH

    def test_is_nothing_for_those_that_work_here(self):
        assert estimate([make_asset().original_id], ["dummy"], again=True) == NOTHING

    def test_is_nothing_for_nothing(self):
        assert estimate([], ["oracle"], again=True) == NOTHING


def dry_run(*arguments):
    out = StringIO()
    call_command("retag_assets", "--dry-run", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().splitlines()


def planned(*arguments):
    *_, summary = map(json.loads, dry_run("--recognise", "--json", *arguments))
    return summary["calls"], summary["cost"]


class TestADryRun:
    def test_tells_calls_and_cost_and_sends_nothing(self):
        make_asset()
        make_asset()
        assert dry_run("--recognise") == [
            "2 assets: 0 tags would be added, 0 removed, 0 changed",
            "At most 4 calls of services would be made, for 0.006.",
        ]
        assert recognisers["oracle"].asked == []
        assert not Spending.objects.exists()
        assert set(RecognitionRun.objects.values_list("state", "calls")) == {(State.QUEUED, 0)}

    def test_tells_what_the_budget_leaves(self, oracle):
        oracle(PRICES, budget_calls=3, budget_cost="0.005")
        ask(make_asset())
        make_asset()
        assert dry_run("--recognise", "--missing")[1:] == [
            "At most 2 calls of services would be made, for 0.003.",
            f"The budget of oracle for {timezone.now():%B %Y} leaves 1 call and 0.002 in money.",
        ]

    def test_tells_them_in_its_last_line_of_json(self):
        make_asset()
        assert planned() == (2, 0.003)

    def test_asks_everything_anew_unless_only_what_is_missing_is_wanted(self):
        ask(make_asset())
        make_asset()
        assert planned() == (4, 0.006)
        assert planned("--missing") == (2, 0.003)

    def test_counts_only_the_question_that_was_added(self, oracle):
        ask(make_asset())
        oracle(PRICES | {"Bird": "0.005"})
        assert planned("--missing") == (1, 0.005)
        assert planned() == (3, 0.008)

    def test_is_about_the_recognisers_that_were_named(self):
        make_asset()
        assert planned("--recogniser", "dummy") == (0, 0.0)
        assert planned("--recogniser", "twin", "--recogniser", "oracle") == (4, 0.006)

    def test_counts_two_assets_on_one_original_once(self, monkeypatch):
        content = picture()
        hidden = make_asset(content=content, uploader=make_user())
        hidden.audiences.all().delete()
        twin = make_asset(content=content, uploader=make_user())
        assert twin.original_id == hidden.original_id
        assert planned() == (2, 0.003)
        monkeypatch.setattr("recognition.management.commands.retag_assets.BATCH", 1)
        assert planned() == (2, 0.003)
        assert planned("--missing") == (2, 0.003)

    def test_leaves_out_the_trash(self):
        trash.put_in_trash(make_asset())
        assert planned() == (0, 0.0)

    def test_says_so_where_no_calls_would_be_made(self):
        ask(make_asset())
        assert dry_run("--recognise", "--missing") == [
            "0 assets: 0 tags would be added, 0 removed, 0 changed",
            "No calls of services would be made.",
        ]
        assert dry_run() == ["1 asset: 0 tags would be added, 0 removed, 0 changed"]

    def test_says_what_is_then_done(self, oracle):
        for _ in range(2):
            ask(make_asset())
        oracle(PRICES | {"Bird": "0.005"})
        asked = planned("--missing")
        out = StringIO()
        call_command("retag_assets", "--recognise", "--missing", "--json", stdout=out)
        done = json.loads(out.getvalue().splitlines()[-1])
        assert (done["calls"], done["cost"]) == asked == (2, 0.01)
