"""What /healthz and /readyz say, of real parts that work, freeze, hang and are missing."""

import logging
from threading import Event

import pytest

from config.broker import PrivateBroker
from config.probes import Probe, Watch
from tests.config.serving import free_port, frozen, mute_server, serving
from tests.programs import PATIENCE, about_sqlite, same_everywhere


class Looks:
    """Something to look at that a test can break; counts how often it is looked at."""

    def __init__(self, name="part", *, is_vital=True):
        self.number, self.error, self.answers = 0, None, Event()
        self.answers.set()
        self.probe = Probe(name=name, look=self.look, is_vital=is_vital)

    def look(self):
        self.number += 1
        self.answers.wait()
        if self.error:
            raise self.error


def watch(*looks, patience=PATIENCE, keep=0.0):
    return Watch([each.probe for each in looks], patience=patience, keep=keep)


class TestAWatch:
    def test_says_what_works_and_what_does_not(self):
        broken, fine = Looks("broken"), Looks("fine")
        broken.error = ConnectionError("no route")
        assert watch(broken, fine).answers() == {"broken": False, "fine": True}

    @same_everywhere
    def test_answers_although_something_hangs(self):
        hung, fine = Looks("hung"), Looks("fine")
        hung.answers.clear()
        # Long enough for what is fine to answer on a busy machine, too.
        assert watch(hung, fine, patience=3).answers() == {"hung": False, "fine": True}
        hung.answers.set()

    def test_does_not_look_again_at_what_hangs(self):
        hung = Looks()
        hung.answers.clear()
        watching = watch(hung, patience=0.05)
        assert [watching.answers() for _ in range(3)] == [{"part": False}] * 3
        assert hung.number == 1
        hung.answers.set()

    def test_notices_that_something_works_again(self):
        part = Looks()
        part.error = ConnectionError("away")
        watching = watch(part)
        assert watching.answers() == {"part": False}
        part.error = None
        assert watching.answers() == {"part": True}

    def test_keeps_its_answers_for_a_while(self):
        part = Looks()
        watching = watch(part, keep=3600)
        assert [watching.answers() for _ in range(3)] == [{"part": True}] * 3
        assert part.number == 1

    def test_logs_what_is_wrong_once_and_that_it_is_over(self, caplog):
        caplog.set_level(logging.INFO, "config.probes")
        part = Looks()
        part.error = ConnectionError("no route")
        watching = watch(part)
        watching.answers()
        watching.answers()
        part.error = None
        watching.answers()
        assert [record.getMessage() for record in caplog.records] == [
            "part does not work: ConnectionError: no route",
            "part works again",
        ]


@pytest.mark.server
class TestReadiness:
    @same_everywhere
    def test_degrades_while_the_broker_is_frozen_and_comes_back(self, tmp_path):
        broker = PrivateBroker(tmp_path / "broker")
        with broker.running() as url, serving(tmp_path, BROKER_URL=url) as server:
            fine = {"database": "ok", "originals": "ok", "staging": "ok", "broker": "ok"}
            wait_until_ready(server)
            answer = server.browser.get("/readyz")
            assert (answer.status, answer.json) == (200, {"status": "ready", "checks": fine})
            degraded = {"status": "degraded", "checks": fine | {"broker": "failed"}}
            with frozen(broker.server_pid()):
                server.wait_until(
                    lambda: server.browser.get("/readyz").json == degraded, what="it is degraded"
                )
                assert server.browser.get("/readyz").status == 200
                assert server.browser.get("/healthz").text == "ok"
            wait_until_ready(server)

    def test_needs_no_broker_where_none_is_configured(self, tmp_path):
        with serving(tmp_path) as server:
            checks = {"database": "ok", "originals": "ok", "staging": "ok"}
            wait_until_ready(server)
            assert server.browser.get("/readyz").json == {"status": "ready", "checks": checks}

    def test_asks_for_a_database_that_is_migrated(self, tmp_path):
        with serving(tmp_path, is_migrated=False) as server:
            wait_until_missed(server, {"database"})
            assert "run manage.py migrate" in server.told("web")

    @about_sqlite
    def test_asks_for_a_database_that_can_be_opened(self, tmp_path):
        with serving(tmp_path) as server:
            database = server.data / "bromo.sqlite3"
            database.rename(server.data / "elsewhere")
            database.mkdir()
            wait_until_missed(server, {"database"})

    @same_everywhere
    def test_does_not_wait_for_a_database_that_hangs_and_tells_nobody_its_address(self, tmp_path):
        with mute_server() as port:
            url = f"postgresql://bromo:s3same-pass@127.0.0.1:{port}/bromo"
            with serving(tmp_path, is_migrated=False, DATABASE_URL=url) as server:
                wait_until_missed(server, {"database"})
                assert server.browser.get("/healthz").status == 200
                assert "database does not work" in server.told("web")
                assert "s3same-pass" not in server.told("web")
                assert str(port) not in server.browser.get("/readyz").text

    @same_everywhere
    def test_is_told_to_whoever_is_signed_in_while_the_database_is_away(self, tmp_path):
        away = {"DATABASE_URL": f"postgresql://bromo@127.0.0.1:{free_port()}/bromo"}
        with serving(tmp_path, is_migrated=False, BROMO_METRICS_TOKEN="a-token", **away) as server:
            server.browser.cookies["sessionid"] = "of-a-session-in-the-database"
            assert server.browser.get("/healthz").status == 200
            wait_until_missed(server, {"database"})
            metrics = server.browser.get("/metrics", Authorization="Bearer a-token")
            assert (metrics.status, "bromo_sweeps_total" in metrics.text) == (200, True)

    @same_everywhere
    def test_asks_for_a_folder_that_takes_originals(self, tmp_path):
        with serving(tmp_path) as server:
            folder = server.data / "originals"
            folder.rmdir() if folder.exists() else None
            folder.write_text("This is no folder.")
            wait_until_missed(server, {"originals", "staging"})

    @same_everywhere
    def test_asks_for_a_folder_that_takes_uploads_on_their_way(self, tmp_path):
        with serving(tmp_path) as server:
            (server.data / "originals").mkdir(exist_ok=True)
            (server.data / "originals" / ".incoming").write_text("This is no folder.")
            wait_until_missed(server, {"staging"})

    @same_everywhere
    def test_asks_for_the_folder_of_uploads_although_originals_go_to_a_bucket(
        self, tmp_path, s3_server
    ):
        with serving(tmp_path, **s3_server.environment) as server:
            (server.data / "incoming").write_text("This is no folder.")
            wait_until_missed(server, {"staging"})

    @same_everywhere
    def test_asks_for_room_for_an_upload_although_originals_go_to_a_bucket(
        self, tmp_path, s3_server
    ):
        huge = {"BROMO_MAX_UPLOAD_MEGABYTES": "1000000000"}
        with serving(tmp_path, **s3_server.environment, **huge) as server:
            wait_until_missed(server, {"staging"})

    @same_everywhere
    def test_asks_for_room_for_an_upload(self, tmp_path):
        with serving(tmp_path, BROMO_MAX_UPLOAD_MEGABYTES="1000000000") as server:
            wait_until_missed(server, {"originals", "staging"})
            assert "MB are free" in server.told("web")

    @same_everywhere
    def test_asks_for_the_bucket(self, tmp_path, s3_server):
        with serving(tmp_path, **s3_server.environment) as server:
            wait_until_ready(server)
        missing = s3_server.environment | {"BROMO_S3_BUCKET": "no-such-bucket"}
        with serving(tmp_path, is_migrated=False, **missing) as server:
            wait_until_missed(server, {"originals"})

    @same_everywhere
    def test_does_not_wait_for_a_store_that_hangs(self, tmp_path, s3_server):
        with mute_server() as port:
            mute = s3_server.environment | {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"}
            with serving(tmp_path, **mute) as server:
                wait_until_missed(server, {"originals"})


def wait_until_ready(server):
    server.wait_until(
        lambda: server.browser.get("/readyz").json["status"] == "ready", what="it is ready"
    )


def wait_until_missed(server, parts):
    """Waits until a server cannot serve for want of these parts, and of no others.

    Others may be among them at first: on a busy machine the first look at one takes longer than
    its probe waits.
    """
    server.wait_until(lambda: unavailable(server) == parts, what=f"only {parts} are missed")


def unavailable(server):
    """The parts that do not work, by the word of a server that says it cannot serve."""
    answer = server.browser.get("/readyz")
    assert (answer.status, answer.json["status"]) == (503, "unavailable")
    assert set(answer.json) == {"status", "checks"}
    return {name for name, told in answer.json["checks"].items() if told != "ok"}
