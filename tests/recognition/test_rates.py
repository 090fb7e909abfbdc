"""The bucket of tokens that all workers share."""

import socket
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from config.celery import app
from recognition import rates
from recognition.calls import Rate
from recognition.rates import FARTHEST, PATIENCE, take_turn


@pytest.fixture(params=["of one process", pytest.param("shared", marks=pytest.mark.server)])
def bucket(request, settings, monkeypatch):
    """The bucket in the memory of this process, and the one in a real Valkey."""
    rates._own_bucket.cache_clear()
    rates._script.cache_clear()
    settings.BROKER_URL = ""
    if request.param == "shared":
        settings.BROKER_URL = request.getfixturevalue("valkey")
        monkeypatch.setattr(app.conf, "broker_url", settings.BROKER_URL)
        monkeypatch.setattr(app.conf, "broker_write_url", settings.BROKER_URL)
        rates._script().registered_client.delete(*keys_of("slow", "fast", "other"))
    yield request.param
    rates._script.cache_clear()
    rates._own_bucket.cache_clear()


def keys_of(*names):
    return [f"bromo:rate:{name}" for name in names]


def slow():
    return take_turn(Rate(name="slow", per_second=0.1))


@pytest.mark.usefixtures("bucket")
class TestABucket:
    def test_gives_one_token_that_was_kept_and_one_that_falls_due(self):
        assert [slow().is_taken for _ in range(3)] == [True, True, False]

    def test_tells_whoever_is_a_little_early_to_wait_until_the_token_falls_due(self):
        turns = [take_turn(Rate(name="fast", per_second=50)) for _ in range(12)]
        assert all(turn.is_taken for turn in turns)
        # One was kept, one was due: the last is ten tokens away, less the time that asking took.
        assert max(turn.wait for turn in turns) <= min(PATIENCE, 10 / 50)

    def test_has_those_who_were_sent_away_come_back_one_after_the_other(self):
        waits = [slow().wait for _ in range(6)][2:]
        steps = [later - earlier for earlier, later in pairwise(waits)]
        assert all(5 < step <= 10.001 for step in steps)

    def test_has_nobody_come_back_later_than_that(self):
        turns = [take_turn(Rate(name="slow", per_second=0.001)) for _ in range(9)]
        assert max(turn.wait for turn in turns) <= FARTHEST + 0.001

    def test_is_another_one_for_each_name(self):
        for _ in range(3):
            slow()
        assert take_turn(Rate(name="other", per_second=0.1)).is_taken

    def test_gives_no_token_twice(self):
        with ThreadPoolExecutor(8) as pool:
            turns = list(pool.map(lambda _: slow(), range(40)))
        assert sum(turn.is_taken for turn in turns) == 2


class TestTheSharedBucket:
    @pytest.mark.parametrize("bucket", ["shared"], indirect=True)
    @pytest.mark.server
    def test_survives_that_the_broker_forgets_its_scripts(self, bucket):
        assert slow().is_taken
        rates._script().registered_client.script_flush()
        assert [slow().is_taken for _ in range(2)] == [True, False]

    @pytest.mark.parametrize("bucket", ["shared"], indirect=True)
    @pytest.mark.server
    def test_does_not_stay_for_ever(self, bucket):
        slow()
        (key,) = keys_of("slow")
        assert 0 < rates._script().registered_client.ttl(key) <= 3600

    def test_is_done_without_while_the_broker_is_away(self, settings, monkeypatch):
        rates._own_bucket.cache_clear()
        rates._script.cache_clear()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            settings.BROKER_URL = f"redis://127.0.0.1:{probe.getsockname()[1]}/0"
            monkeypatch.setattr(app.conf, "broker_url", settings.BROKER_URL)
            monkeypatch.setattr(app.conf, "broker_write_url", settings.BROKER_URL)
            assert [slow().is_taken for _ in range(3)] == [True, True, False]
        rates._script.cache_clear()
        rates._own_bucket.cache_clear()
