"""The page that tells staff how recognition fares."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dam.models import AssetFact
from dam.permissions import SYSTEM
from recognition import pausing
from recognition.models import Pause, RecognitionRun, Spending, this_month
from recognition.overview import Condition, find_alerts, overview_for
from recognition.recognisers.base import Problem
from recognition.recognisers.dummy import DummyRecogniser
from recognition.registry import recognisers
from tests.factories import finish_run, label, make_asset, make_user, picture
from tests.recognition.oracle import BACKEND
from tests.recognition.test_failures import BUSY, fail, failed_assets

pytestmark = pytest.mark.django_db
State = RecognitionRun.State
PAGE = "/recognition/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def run_of(asset):
    return RecognitionRun.objects.get(original=asset.original)


def change(run, **values):
    RecognitionRun.objects.filter(pk=run.pk).update(**values)


def put_off_for_ever(asset):
    """A run that was just put off, as it has been for an hour."""
    run = run_of(asset)
    change(run, postponed_since=timezone.now() - HOUR)
    RecognitionRun.claim(run.pk).postpone("Its proxy cannot be read.")
    return run


def stop(cause, reason, alias="dummy"):
    """Has a recogniser stand still by itself."""
    assert Pause.begin(alias, cause, reason)


def buttons_of(text):
    """The names of the buttons, as a screen reader has them."""
    inside = re.findall(r"<button[^>]*>(.*?)</button>", text, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", each).strip() for each in inside]


@pytest.fixture(autouse=True)
def fresh_recognisers():
    recognisers.clear()
    yield
    recognisers.clear()


@pytest.fixture
def boss(client):
    user = make_user("boss", is_superuser=True, is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def keeper(client):
    """Staff who may change runs, and who sees no more assets than any viewer."""
    user = make_user("keeper", group="Viewers", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_recognitionrun"))
    client.force_login(user)
    return user


@pytest.fixture
def page(client):
    def get(address=PAGE, **headers):
        response = client.get(address, headers=headers)
        assert response.status_code == 200
        return unescape(response.content.decode())

    return get


def card(alias="dummy"):
    return next(card for card in overview_for(make_user()).cards if card.alias == alias)


def kinds():
    return [(alert.kind.value, alert.recogniser) for alert in find_alerts()]


class TestThePage:
    def test_is_linked_for_staff_only(self, client, page):
        client.force_login(make_user())
        assert f'href="{PAGE}"' not in page("/")
        client.force_login(make_user(is_staff=True))
        assert f'href="{PAGE}"' in page("/")

    def test_shows_staff_who_may_not_change_runs_no_way_to(self, client, page):
        failed_assets(2)
        client.force_login(make_user(group="Viewers", is_staff=True))
        (failure,) = overview_for(make_user()).page
        for text in (page(), page(reverse("recognition:failure", args=[failure.key]))):
            assert BUSY in text
            assert "<form" not in text[text.index("<main") :]

    def test_takes_no_change_without_the_token_of_a_form(self, keeper):
        client = Client(enforce_csrf_checks=True)
        client.force_login(keeper)
        answer = client.post(reverse("recognition:pause"), {"recogniser": "dummy"})
        assert answer.status_code == 403
        assert not Pause.objects.exists()

    def test_asks_for_the_part_of_it_that_changes(self, boss, page):
        failed_assets(1)
        part = page(HX_Request="true")
        assert part.lstrip().startswith('<div class="recognition"')
        assert 'hx-trigger="every 5s"' in part
        assert re.search(r'id="recognition-alerts" hx-swap-oob="true"[^>]* data-alerts="1"', part)

    def test_costs_no_more_queries_for_more_failures(self, boss, client):
        fail(make_asset(), "error 0")
        client.get(PAGE)
        with CaptureQueriesContext(connection) as few:
            client.get(PAGE)
        for number in range(1, 6):
            failed_assets(2, f"error {number}")
        with CaptureQueriesContext(connection) as many:
            client.get(PAGE)
        assert len(many) == len(few)

    def test_of_a_new_library_says_that_all_is_well(self, boss, page):
        text = page()
        assert "All is well" in text
        assert "No run is failed or quarantined" in text


class TestARecogniser:
    def test_shows_what_it_has_to_do(self):
        waiting, running, later, done = (run_of(make_asset()) for _ in range(4))
        make_asset()
        change(waiting, next_try_at=timezone.now() - 3 * HOUR)
        RecognitionRun.claim(running.pk)
        change(later, next_try_at=timezone.now() + HOUR, error="Not now.", attempts=1)
        change(done, state=State.DONE, finished_at=timezone.now())
        shown = card()
        queue = shown.queue
        assert (queue.waiting, queue.running, queue.to_try_again) == (2, 1, 1)
        assert queue.oldest_wait.replace("\xa0", " ") == "3 hours"
        assert queue.last_error == "Not now."
        assert shown.done_today == 1

    def test_counts_what_failed_and_what_was_quarantined_apart(self):
        failed_assets(2)
        fail(make_asset(), "It ended its process.", state=State.QUARANTINED)
        assert (card().failed, card().quarantined) == ("2", "1")

    def test_shows_what_it_finished_within_the_last_hour_in_steps_of_five_minutes(self):
        now = timezone.now()
        for minutes, state in (
            (1, State.DONE),
            (2, State.DONE),
            (3, State.FAILED),
            (59, State.DONE),
        ):
            run = run_of(make_asset())
            change(run, state=state, finished_at=now - timedelta(minutes=minutes))
        change(run_of(make_asset()), state=State.DONE, finished_at=now - timedelta(minutes=61))
        shown = card().throughput
        assert (shown.done, shown.failed, shown.peak) == (3, 1, 3)
        assert [bar.done for bar in shown.bars] == [1, *[0] * 10, 2]
        last = shown.bars[-1]
        assert (last.label, last.failed) == ("5 to 0 minutes ago: 2 done, 1 failed", 1)
        assert last.failed_y == 0
        assert last.done_height + last.failed_height == pytest.approx(shown.height, abs=0.02)

    def test_shows_how_long_its_runs_usually_take(self):
        now = timezone.now()
        assert card().pace is None
        for seconds in range(1, 21):
            started = now - timedelta(seconds=seconds)
            change(run_of(make_asset()), state=State.DONE, started_at=started, finished_at=now)
        pace = card().pace
        assert (pace.runs, pace.median, pace.p95) == (20, 10, 19)

    def test_is_idle_waiting_working_or_paused(self):
        assert card().condition is Condition.IDLE
        run = run_of(make_asset())
        assert card().condition is Condition.WAITING
        RecognitionRun.claim(run.pk)
        assert card().condition is Condition.WORKING
        pausing.pause("dummy", reason="", user=SYSTEM)
        assert card().condition is Condition.PAUSED

    def test_is_not_idle_while_a_run_waits_for_its_next_try(self):
        change(run_of(make_asset()), next_try_at=timezone.now() + HOUR, error="Not now.")
        assert card().condition is Condition.WAITING

    def test_that_is_set_up_wrongly_says_so(self, boss, page, monkeypatch):
        problem = Problem(message="Its key is missing.", hint="Set KEY.", is_fatal=True)
        monkeypatch.setattr(DummyRecogniser, "find_problems", lambda self: [problem])
        assert card().condition is Condition.BROKEN
        assert "Its key is missing. Set KEY." in page()

    def test_that_the_settings_do_not_have_is_shown_as_set_up_wrongly(self, settings, boss, page):
        settings.BROMO_RECOGNISERS = ["psychic"]
        assert card("psychic").condition is Condition.BROKEN
        assert "There is no recogniser “psychic”" in page()

    def test_that_is_gone_from_the_settings_keeps_a_place_but_no_failures(self, boss, page):
        finish_run(make_asset(), label("Cat", 90), recogniser="oracle")
        change(run_of(failed_assets(1)[0]), recogniser="oracle")
        assert card("oracle").condition is Condition.REMOVED
        assert "oracle" in page()
        assert BUSY not in page()
        assert kinds() == []


class TestARecogniserThatAsksAService:
    @pytest.fixture
    def oracle(self, settings):
        def set_up(**budget):
            options = {"prices": {"Cat": "0.001"}} | budget
            settings.RECOGNISERS = {"oracle": {"BACKEND": BACKEND, "OPTIONS": options}}
            settings.BROMO_RECOGNISERS = ["oracle"]
            recognisers.clear()

        return set_up

    @staticmethod
    def spend(calls, cost, month=None):
        row = {"recogniser": "oracle", "month": month or this_month()}
        Spending.objects.update_or_create(**row, defaults={"calls": calls, "cost": cost})

    def test_shows_what_it_was_billed_this_month(self, oracle, boss, page):
        oracle()
        self.spend(1234, "1.2345")
        self.spend(99, "99", month=this_month() - timedelta(days=1))
        text = page()
        assert f"Billed in {this_month():%B %Y}" in text
        assert "<dt>Calls</dt><dd>1,234</dd>" in text
        assert "<dt>Cost</dt><dd>1.2345</dd>" in text
        assert "no budget is set" in text
        assert "<meter" not in text

    def test_that_was_billed_nothing_says_so(self, oracle):
        oracle()
        assert [use.used for use in card("oracle").spent.uses] == ["0", "0"]

    def test_shows_how_much_of_its_budget_is_used(self, oracle, boss, page):
        oracle(budget_calls=2000)
        self.spend(1000, "1")
        text = page()
        assert 'value="50" aria-label="Calls: part of the budget that is used"' in text
        assert "<span>50 % of 2,000</span>" in text
        assert text.count("<meter") == 1
        oracle(budget_calls=2000, budget_cost="2.50")
        assert "<span>40 % of 2.5</span>" in page()

    def test_calls_nothing_a_part_of_a_budget_of_nothing(self, oracle, boss, page):
        oracle(budget_calls=0)
        assert "<span>the limit is 0</span>" in page()

    @pytest.mark.parametrize(
        ("calls", "percent", "filled", "level"),
        [
            (0, 0, 0, "fine"),
            (399, 79, 79, "fine"),
            (400, 80, 80, "near"),
            (499, 99, 99, "near"),
            (500, 100, 100, "full"),
            (750, 150, 100, "full"),
        ],
    )
    def test_tells_what_is_nearly_used_up_from_what_is(self, oracle, calls, percent, filled, level):
        oracle(budget_calls=500)
        self.spend(calls, 0)
        limit = card("oracle").spent.uses[0].limit
        assert (limit.percent, limit.filled, limit.level) == (percent, filled, level)

    def test_with_a_budget_of_nothing_has_used_it_up(self, oracle):
        oracle(budget_calls=0, budget_cost="0")
        assert {use.limit.percent for use in card("oracle").spent.uses} == {100}

    def test_is_told_from_one_that_works_here(self, boss, page):
        assert card().spent is None
        assert "Billed in" not in page()

    def test_that_is_resumed_without_room_is_told_to_stop_again(self, oracle, boss, client):
        oracle(budget_calls=5)
        for calls, told in ((5, "has no room for another call"), (4, "oracle goes on.")):
            self.spend(calls, 0)
            stop(Pause.Cause.BUDGET, "It is used up.", "oracle")
            address = reverse("recognition:resume")
            answer = client.post(address, {"recogniser": "oracle"}, follow=True)
            assert told in answer.content.decode()
            assert not Pause.objects.exists()


class TestOneThatStoppedByItself:
    @pytest.mark.parametrize(
        ("cause", "condition", "badge", "advice"),
        [
            (Pause.Cause.HALT, Condition.HALTED, "Stands still", "Mend what it says"),
            (Pause.Cause.BUDGET, Condition.SPENT, "Budget used up", "it stops again"),
        ],
    )
    def test_says_so_with_its_reason_and_can_be_resumed(
        self, cause, condition, badge, advice, keeper, page
    ):
        stop(cause, "It was told no.")
        assert card().condition is condition
        text = page()
        assert badge in text
        assert "Stopped by itself now: It was told no." in text
        assert advice in text
        assert "Resume dummy" in buttons_of(text)
        assert "Paused" not in text[text.index("<main") :]

    def test_names_nobody(self, boss, page):
        stop(Pause.Cause.HALT, "No credentials.")
        Pause.objects.create(recogniser="other")
        text = page()
        assert "by None" not in text
        assert "Paused now. No reason was given." in text

    def test_may_be_paused_by_a_person_lest_it_goes_on_by_itself(self, keeper, client):
        stop(Pause.Cause.BUDGET, "The budget is spent.")
        data = {"recogniser": "dummy", "reason": "Wait."}
        client.post(reverse("recognition:pause"), data, follow=True)
        pause = Pause.objects.get()
        assert (pause.cause, pause.reason, pause.paused_by) == ("person", "Wait.", keeper)

    def test_goes_on_once_it_is_resumed(self, keeper, client):
        stop(Pause.Cause.HALT, "No credentials.")
        data = {"recogniser": "dummy"}
        answer = client.post(reverse("recognition:resume"), data, follow=True)
        assert "dummy goes on." in answer.content.decode()
        assert card().condition is Condition.IDLE


class TestFailures:
    @pytest.fixture
    def secret(self):
        asset = make_asset("secret.jpg", uploader=make_user("owner"))
        asset.audiences.all().delete()
        return fail(asset)

    def test_show_picture_and_name_of_what_a_person_may_see(self, boss, page, secret):
        text = page()
        assert "secret.jpg" in text
        assert f"/assets/{secret.original.assets.get().pk}/renditions/" in text
        assert "3 attempts" in text

    def test_show_neither_of_what_is_not_for_them(self, keeper, page, secret):
        one = make_asset("open.jpg")
        fail(one)
        (failure,) = overview_for(keeper).page
        whole = page(reverse("recognition:failure", args=[failure.key]))
        assert "open.jpg" in whole
        assert "gone or not for you" in whole
        assert "secret.jpg" not in page() + whole
        hidden = secret.original.assets.get()
        assert f"/assets/{hidden.pk}/" not in page() + whole

    def test_show_another_asset_on_the_same_original_where_one_is_for_them(self, keeper, page):
        content = picture()
        hidden = make_asset("secret.jpg", content=content, uploader=make_user("owner"))
        hidden.audiences.all().delete()
        make_asset("open.jpg", content=content, uploader=make_user())
        fail(hidden)
        assert "open.jpg" in page()

    def test_blur_what_is_unsafe(self, boss, page):
        asset = make_asset()
        fail(asset)
        AssetFact.objects.create(asset=asset, kind="unsafe", value="unsafe", confidence=99)
        assert "failure__picture is-unsafe" in page()

    def test_are_one_line_for_the_same_error_with_one_button_for_all(self, boss, page, client):
        failed_assets(3)
        text = page()
        assert "3 images" in text
        assert "Retry all 3" in text
        (failure,) = overview_for(boss).page
        answer = client.post(reverse("recognition:retry_failure", args=[failure.key]), follow=True)
        assert "3 runs are queued again for dummy." in answer.content.decode()
        assert not RecognitionRun.objects.filter(state=State.FAILED).exists()

    def test_are_paged(self, boss, page, monkeypatch):
        monkeypatch.setattr("recognition.overview._page.PAGE_SIZE", 2)
        for number in range(3):
            fail(make_asset(), f"error {number}", ago=timedelta(minutes=number))
        assert "error 0" in page()
        assert "error 2" not in page()
        assert "error 2" in page(f"{PAGE}?page=2")

    def test_of_one_error_are_paged_too(self, boss, page, monkeypatch):
        monkeypatch.setattr("recognition.views.staff.PAGE_SIZE", 2)
        failed_assets(3)
        (failure,) = overview_for(boss).page
        address = reverse("recognition:failure", args=[failure.key])
        assert page(address).count("data-run=") == 2
        assert page(f"{address}?page=2").count("data-run=") == 1

    def test_are_retried_one_by_one_without_leaving_their_list(self, boss, client):
        first, second = (run_of(asset) for asset in failed_assets(2))
        (failure,) = overview_for(boss).page
        address = reverse("recognition:failure", args=[failure.key])
        for run, where in ((first, address), (second, PAGE)):
            retry = reverse("recognition:retry_one", args=[run.pk])
            answer = client.post(retry, {"stay": "yes"}, follow=True)
            assert answer.wsgi_request.path == where
            run.refresh_from_db()
            assert run.state == State.QUEUED

    def test_have_buttons_that_can_be_told_apart(self, boss, page):
        failed_assets(2)
        fail(make_asset(), "The image is torn.")
        fail(make_asset(), "The image is gone.")
        buttons = buttons_of(page())
        assert f"Retry all 2 of dummy: {BUSY}" in buttons
        assert "Retry dummy: The image is torn." in buttons
        assert "Retry dummy: The image is gone." in buttons

    def test_that_somebody_else_has_retried_are_no_mistake(self, boss, client):
        failed_assets(1)
        (failure,) = overview_for(boss).page
        address = reverse("recognition:retry_failure", args=[failure.key])
        client.post(address)
        again = client.post(address, follow=True)
        assert "Nothing of that is left to retry" in again.content.decode()
        run = RecognitionRun.objects.get()
        one = client.post(reverse("recognition:retry_one", args=[run.pk]), follow=True)
        assert "is queued: not retried" in one.content.decode()


class TestPausing:
    def test_takes_a_reason_and_shows_it_with_who_and_since_when(self, keeper, client, page):
        data = {"recogniser": "dummy", "reason": "The bill is open."}
        assert client.post(reverse("recognition:pause"), data).status_code == 302
        text = page()
        assert "now by keeper: The bill is open." in text
        assert "dummy is paused, and 0 runs wait." in text

    def test_needs_a_recogniser_that_there_is(self, keeper, client):
        data = {"recogniser": "psychic", "reason": ""}
        answer = client.post(reverse("recognition:pause"), data, follow=True)
        assert "There is no recogniser “psychic”" in unescape(answer.content.decode())
        assert not Pause.objects.exists()

    def test_twice_leaves_the_first_pause(self, keeper, client):
        for reason in ("First.", "Second."):
            data = {"recogniser": "dummy", "reason": reason}
            answer = client.post(reverse("recognition:pause"), data, follow=True)
        assert "had been paused already" in answer.content.decode()
        assert Pause.objects.get().reason == "First."

    def test_ends_by_resuming(self, keeper, client):
        Pause.objects.create(recogniser="dummy")
        client.post(reverse("recognition:resume"), {"recogniser": "dummy"})
        assert not Pause.objects.exists()
        again = client.post(reverse("recognition:resume"), {"recogniser": "dummy"}, follow=True)
        assert "is not paused" in again.content.decode()

    def test_is_named_when_something_is_retried_meanwhile(self, keeper, client):
        run = run_of(failed_assets(1)[0])
        Pause.objects.create(recogniser="dummy")
        answer = client.post(reverse("recognition:retry_one", args=[run.pk]), follow=True)
        assert "It waits until dummy is resumed." in answer.content.decode()

    def test_is_named_when_many_are_retried_too(self, keeper, client):
        failed_assets(2)
        Pause.objects.create(recogniser="dummy")
        (failure,) = overview_for(keeper).page
        address = reverse("recognition:retry_failure", args=[failure.key])
        told = client.post(address, follow=True).content.decode()
        assert "2 runs are queued again for dummy. They wait until dummy is resumed." in told

    @pytest.mark.parametrize(("number", "told"), [(1, "1 run waits."), (2, "2 runs wait.")])
    def test_says_how_many_runs_wait(self, number, told, boss, page):
        pausing.pause("dummy", reason="", user=SYSTEM)
        for _ in range(number):
            make_asset()
        assert f"dummy is paused, and {told}" in page()

    def test_is_logged_without_anybodys_name(self, caplog):
        caplog.set_level("INFO", "recognition.pausing")
        user = make_user("ada-lovelace")
        pausing.pause("dummy", reason="Ask Petra.", user=user)
        pausing.resume("dummy", user=user)
        told = [record.getMessage() for record in caplog.records]
        by = f"by user {user.pk}"
        assert told == [f"dummy was paused {by}", f"dummy was resumed {by}"]

    def test_is_logged_as_that_of_a_command_where_it_was_one(self, caplog):
        caplog.set_level("INFO", "recognition.pausing")
        pausing.pause("dummy", reason="", user=SYSTEM)
        call_command("resume_recogniser", "dummy")
        told = [record.getMessage() for record in caplog.records]
        assert told == ["dummy was paused by a command", "dummy was resumed by a command"]


class TestAlerts:
    def test_are_none_while_runs_wait_for_a_moment_only(self):
        make_asset()
        assert kinds() == []

    def test_tell_of_failures_of_the_last_day(self, boss, page):
        fail(make_asset(), ago=23 * HOUR)
        fail(make_asset(), state=State.QUARANTINED, ago=HOUR)
        fail(make_asset(), ago=2 * DAY)
        assert kinds() == [("failed", "dummy")]
        assert "2 runs of dummy failed within the last day." in page()

    def test_tell_of_a_pause_first_and_last_of_what_is_worse(self):
        fail(make_asset())
        pausing.pause("dummy", reason="", user=SYSTEM)
        assert kinds() == [("failed", "dummy"), ("paused", "dummy")]

    @pytest.mark.parametrize(
        "reason", ["DetectLabels: AccessDenied", "DetectLabels: AccessDenied. "]
    )
    def test_of_a_halt_are_urgent_and_say_what_to_do(self, reason, boss, page):
        stop(Pause.Cause.HALT, reason)
        fail(make_asset())
        make_asset()
        assert kinds() == [("halted", "dummy"), ("failed", "dummy")]
        line = overview_for(boss).alerts[0]
        assert line.is_urgent
        assert line.text == (
            "dummy stands still: DetectLabels: AccessDenied. 1 run waits. Mend it, then resume."
        )
        text = page("/")
        assert 'data-alerts="2"' in text

    def test_of_a_halt_without_a_reason_say_so(self, boss):
        stop(Pause.Cause.HALT, "")
        (line,) = overview_for(boss).alerts
        assert line.text.startswith("dummy stands still: No reason is known. 0 runs wait.")

    def test_of_a_spent_budget_are_not_urgent_and_say_when_it_goes_on(self, boss):
        stop(Pause.Cause.BUDGET, "The budget is used up. It goes on next month.")
        for _ in range(12):
            make_asset()
        assert kinds() == [("spent", "dummy")]
        (line,) = overview_for(boss).alerts
        assert not line.is_urgent
        assert line.text == (
            "dummy stands still: The budget is used up. It goes on next month. 12 runs wait."
        )

    def test_tell_of_a_set_up_that_may_be_wrong_until_it_works(self, monkeypatch):
        problem = Problem(message="No key is found.", hint="Ask.", is_fatal=False)
        monkeypatch.setattr(DummyRecogniser, "find_problems", lambda self: [problem])
        assert kinds() == [("problem", "dummy")]
        run = run_of(make_asset())
        assert kinds() == [("problem", "dummy")]
        change(run, state=State.DONE, finished_at=timezone.now() - HOUR)
        assert kinds() == []
        assert card().problems == ()
        fail(make_asset())
        assert kinds() == [("problem", "dummy"), ("failed", "dummy")]

    def test_tell_of_a_set_up_that_is_wrong_though_it_has_worked(self, monkeypatch):
        change(run_of(make_asset()), state=State.DONE, finished_at=timezone.now())
        problem = Problem(message="Its key is torn.", hint="Ask.", is_fatal=True)
        monkeypatch.setattr(DummyRecogniser, "find_problems", lambda self: [problem])
        assert kinds() == [("problem", "dummy")]

    def test_tell_of_a_halt_once_although_the_set_up_shows_why(self, monkeypatch):
        problem = Problem(message="No key is found.", hint="Ask.", is_fatal=False)
        monkeypatch.setattr(DummyRecogniser, "find_problems", lambda self: [problem])
        stop(Pause.Cause.HALT, "No key.")
        assert kinds() == [("halted", "dummy")]
        assert card().problems == (problem,)

    @pytest.mark.parametrize(
        "values",
        [
            {"next_try_at": -HOUR},
            {"state": State.RUNNING, "attempts": 1, "lease_until": -HOUR},
        ],
        ids=["waiting", "left by a dead worker"],
    )
    def test_tell_of_runs_that_nobody_finishes(self, values, boss, page):
        now = timezone.now()
        moments = {
            name: now + value if isinstance(value, timedelta) else value
            for name, value in values.items()
        }
        change(run_of(make_asset()), **moments)
        assert kinds() == [("stalled", "dummy")]
        assert "No run is being finished. 1 run of dummy waits" in page()

    def test_tell_of_a_run_that_is_put_off_for_ever_while_others_are_finished(self, boss, page):
        put_off_for_ever(make_asset())
        finish_run(make_asset(), label("Cat", 90))
        assert kinds() == [("put off", "dummy")]
        told = "1 run of dummy cannot be done for now and is tried again and again: "
        assert told + "Its proxy cannot be read." in page()
        assert "how dummy fares" in page()

    def test_tell_of_it_at_every_moment_between_its_tries(self, boss, page):
        run = put_off_for_ever(make_asset())
        change(run, next_try_at=timezone.now() - timedelta(seconds=1))
        assert kinds() == [("put off", "dummy")]
        assert RecognitionRun.claim(run.pk)
        assert "1 run of dummy cannot be done for now" in page()

    def test_keep_quiet_about_what_is_put_off_for_the_first_time(self):
        run = run_of(make_asset())
        change(run, created_at=timezone.now() - DAY)
        RecognitionRun.claim(run.pk).postpone("Its proxy cannot be read.")
        assert kinds() == []

    def test_keep_quiet_about_what_a_service_has_put_off(self):
        run = run_of(make_asset())
        change(run, created_at=timezone.now() - DAY)
        RecognitionRun.claim(run.pk).put_back("The service is busy.")
        assert kinds() == []

    def test_keep_quiet_about_a_long_queue_that_moves(self):
        change(run_of(make_asset()), next_try_at=timezone.now() - DAY)
        finish_run(make_asset(), label("Cat", 90), recogniser="local")
        assert kinds() == []

    def test_keep_quiet_about_a_queue_that_is_paused(self):
        change(run_of(make_asset()), next_try_at=timezone.now() - DAY)
        pausing.pause("dummy", reason="", user=SYSTEM)
        assert kinds() == [("paused", "dummy")]

    def test_are_counted_in_the_header_of_staff(self, client, page):
        fail(make_asset())
        client.force_login(make_user())
        assert "recognition-alerts" not in page("/")
        client.force_login(make_user(is_staff=True))
        badge = re.search(
            r'<strong[^>]*id="recognition-alerts"([^>]*) data-alerts="(\d+)"', page("/")
        )
        assert (badge[2], "hidden" in badge[1]) == ("1", False)
        RecognitionRun.objects.all().retry()
        badge = re.search(
            r'<strong[^>]*id="recognition-alerts"([^>]*) data-alerts="(\d+)"', page("/")
        )
        assert (badge[2], "hidden" in badge[1]) == ("0", True)
