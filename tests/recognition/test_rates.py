"""The bucket of tokens: the broker keeps it for all processes, without one each keeps its own.

A token falls due every hundred seconds here, which is far longer than a test takes: so a wait,
rounded up to whole intervals, tells which token it is for.
"""

import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import pytest
import redis

from config.broker import PrivateBroker
from config.celery import app
from recognition import rates
from recognition.calls import Rate
from recognition.rates import FARTHEST, take_turn
from tests.programs import environment, run, same_everywhere

INTERVAL = 100
RATE = Rate(name="tests", per_second=1 / INTERVAL)
KEY = f"bromo:rate:{RATE.name}"
ENDLESS = 1e9
KEPT_ON_ITS_OWN = f"this process keeps the rate of {RATE.name} on its own"
TAKING_FIVE = f"""
import django, json
django.setup()
from recognition import rates
from recognition.calls import Rate
rates.PATIENCE = {ENDLESS}
turns = [rates.take_turn(Rate(name={RATE.name!r}, per_second=1 / {INTERVAL})) for _ in range(5)]
print(json.dumps([turn.wait for turn in turns]))
"""


@pytest.fixture(autouse=True)
def forget_buckets(settings):
    """Has no test know what another one took."""
    settings.BROKER_URL = ""
    rates._own_bucket.cache_clear()
    rates._script.cache_clear()
    yield
    rates._own_bucket.cache_clear()
    rates._script.cache_clear()


@pytest.fixture
def use_broker(settings, monkeypatch):
    """Has the broker at a URL keep the buckets."""

    def use_broker(url):
        settings.BROKER_URL = url
        monkeypatch.setattr(app.conf, "broker_url", url)

    return use_broker


@pytest.fixture
def broker(valkey, use_broker):
    """A broker that has no bucket yet, and keeps them from now on."""
    client = redis.Redis.from_url(valkey)
    client.delete(KEY)
    use_broker(valkey)
    return client


@pytest.fixture(params=["process", pytest.param("broker", marks=pytest.mark.server)])
def keeper(request):
    """Who keeps the bucket: this process, or the broker."""
    if request.param == "broker":
        request.getfixturevalue("broker")
    return request.param


@pytest.fixture
def patient(monkeypatch):
    """Has everybody wait for a token, however long that takes."""
    monkeypatch.setattr(rates, "PATIENCE", ENDLESS)


def take(number, rate=RATE):
    return [take_turn(rate) for _ in range(number)]


def another(*, per_second):
    """The rate of a bucket that nobody has used."""
    return Rate(name=f"tests {time.time_ns()}", per_second=per_second)


def tokens(turns):
    """Which tokens turns are for: how many intervals after the first one each falls due."""
    assert all(turn.is_taken for turn in turns)
    return [math.ceil(turn.wait / INTERVAL) for turn in turns]


class TestABucket:
    def test_has_two_tokens_at_first_and_then_one_an_interval(self, keeper, patient):
        assert tokens(take(6)) == [0, 0, 1, 2, 3, 4]

    def test_gives_no_token_to_two_threads(self, keeper, patient):
        with ThreadPoolExecutor(8) as threads:
            taken = [turn for turns in threads.map(take, [5] * 8) for turn in turns]
        assert sorted(tokens(taken)) == [0, *range(39)]

    def test_is_another_one_for_another_name(self, keeper, patient):
        take(4)
        assert tokens(take(3, another(per_second=1 / INTERVAL))) == [0, 0, 1]

    def test_goes_by_the_rate_of_whoever_asks(self, keeper, patient):
        take(2)
        slower = Rate(name=RATE.name, per_second=1 / (3 * INTERVAL))
        assert tokens([*take(1, slower), *take(2)]) == [1, 4, 5]

    def test_makes_nobody_wait_who_comes_seldom(self, keeper):
        often = another(per_second=1e6)
        for _ in range(3):
            turn = take_turn(often)
            assert (turn.is_taken, turn.wait) == (True, 0)
            time.sleep(0.001)


class TestWhoeverWouldWaitLong:
    def test_is_sent_away_without_a_token(self, keeper, monkeypatch):
        assert [turn.is_taken for turn in take(5)] == [True, True, False, False, False]
        monkeypatch.setattr(rates, "PATIENCE", ENDLESS)
        assert tokens(take(1)) == [1]

    def test_is_told_a_moment_an_interval_after_that_of_whoever_came_before(self, keeper):
        waits = [turn.wait for turn in take(12)[2:]]
        assert waits[0] > 0
        steps = [math.ceil((later - sooner) / INTERVAL) for sooner, later in pairwise(waits)]
        assert steps == [1] * 9

    def test_is_not_kept_away_for_more_than_an_hour(self, keeper):
        waits = [turn.wait for turn in take(2 + 2 * math.ceil(FARTHEST / INTERVAL))[2:]]
        assert waits[0] < FARTHEST / 2
        assert max(waits) == pytest.approx(FARTHEST)
        assert waits[-2:] == pytest.approx([FARTHEST, FARTHEST])

    def test_finds_a_token_at_the_moment_told(self, keeper, monkeypatch):
        monkeypatch.setattr(rates, "PATIENCE", 0)
        often = another(per_second=20)
        turns = iter(partial(take_turn, often), None)
        sent_away = next(turn for turn in turns if not turn.is_taken)
        time.sleep(sent_away.wait)
        assert take_turn(often).is_taken


@pytest.mark.server
class TestTheBroker:
    @same_everywhere
    def test_gives_no_token_to_two_processes(self, broker, valkey, tmp_path):
        env = environment(tmp_path / "data", BROKER_URL=valkey)
        (tmp_path / "data").mkdir()
        with ThreadPoolExecutor(3) as threads:
            told = list(threads.map(lambda _: run(env, "-c", TAKING_FIVE), range(3)))
        waits = [wait for line in told for wait in json.loads(line)]
        assert sorted(math.ceil(wait / INTERVAL) for wait in waits) == [0, *range(14)]

    def test_knows_a_bucket_after_it_forgot_its_scripts(self, broker, patient):
        taken = take(2)
        broker.script_flush()
        assert tokens(taken + take(2)) == [0, 0, 1, 2]

    def test_keeps_a_bucket_until_all_have_come_back_and_no_longer(self, broker):
        last = take(5)[-1]
        assert last.wait <= broker.pttl(KEY) / 1000 <= last.wait + 61

    def test_is_asked_again_when_it_is_back(self, use_broker, patient, tmp_path, caplog):
        own = PrivateBroker(tmp_path / "broker")
        with own.running() as url:
            use_broker(url)
            assert tokens(take(3)) == [0, 0, 1]
        assert tokens(take(4)) == [0, 0, 1, 2]
        assert KEPT_ON_ITS_OWN in caplog.text
        with own.running() as again:
            assert again == url
            assert tokens(take(2)) == [2, 3]


class TestAProcess:
    def test_keeps_the_rate_on_its_own_where_no_broker_answers(
        self, use_broker, patient, unused_port, caplog
    ):
        use_broker(f"redis://127.0.0.1:{unused_port}/0")
        assert tokens(take(4)) == [0, 0, 1, 2]
        assert KEPT_ON_ITS_OWN in caplog.text

    def test_keeps_the_rate_on_its_own_where_there_is_none(self, patient, caplog):
        assert tokens(take(4)) == [0, 0, 1, 2]
        assert not caplog.text
