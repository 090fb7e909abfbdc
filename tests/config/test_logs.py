"""What the log holds: an id that follows a request into the worker, and no secret."""

import io
import json
import logging
import re

import pytest

from config.broker import PrivateBroker
from config.logs import Redactor, as_json, logging_settings, passwords_in
from tests.config.serving import NAME, PASSWORD, free_port, frozen, serving
from tests.images import jpeg_bytes
from tests.programs import environment, migrate, query, run, same_everywhere

HEX_ID = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def logged():
    """Has a logger of the test's write in a format; gives what it wrote."""
    output = io.StringIO()

    def log(style, *arguments, secrets=(), **options):
        settings = logging_settings(style=style, level="DEBUG", secrets=secrets)
        handler = logging.StreamHandler(output)
        formatter = settings["formatters"]["all"] | {}
        handler.setFormatter(formatter.pop("()")(**formatter))
        logger = logging.getLogger("tests.log")
        logger.addHandler(handler)
        try:
            logger.warning(*arguments, **options)
        finally:
            logger.removeHandler(handler)
        return output.getvalue()

    return log


class TestALine:
    def test_for_people_has_time_level_logger_and_text(self, logged):
        line = logged("line", "run %s put back: %s", 5, "busy")
        assert re.fullmatch(r"\S+T\S+Z WARNING tests\.log run 5 put back: busy\n", line)

    def test_cannot_be_forged_by_whoever_names_a_file(self, logged):
        line = logged("line", "stored %s", "a\n2026 ERROR forged\x1b[31m\u2028b")
        assert line.count("\n") == 1
        assert r"a\n2026 ERROR forged\x1b[31m\u2028b" in line

    def test_for_machines_is_one_object_with_the_traceback_in_it(self, logged):
        try:
            raise ValueError("wrong")
        except ValueError:
            record = json.loads(logged("json", "it failed", exc_info=True))
        assert {"time", "level", "logger", "event", "exception"} == set(record)
        assert (record["level"], record["logger"]) == ("warning", "tests.log")
        assert record["exception"].endswith("ValueError: wrong")

    def test_holds_nothing_of_a_record_that_was_not_asked_for(self, logged):
        assert "hidden" not in logged("json", "text", extra={"request": "hidden"})

    def test_of_another_program_is_made_one_of_ours(self):
        record = json.loads(as_json(b"INFO spawned: 'web' with pid 7\n"))
        assert (record["logger"], record["event"]) == ("output", "INFO spawned: 'web' with pid 7")

    def test_of_ours_is_passed_on_as_it_is(self):
        assert as_json(b'{"event": "x"}\n') == b'{"event": "x"}\n'
        assert as_json(b"\n") == b""


class TestSecrets:
    @pytest.mark.parametrize(
        "text",
        [
            "redis://:s3same-word@127.0.0.1:6379/0 is away",
            "postgresql://bromo:s3same-word@db/bromo",
            "Cookie: sessionid=s3same-word; other=1",
            "{'csrfmiddlewaretoken': 's3same-word'}",
            "Authorization: Bearer s3same-word",
            "GET /login/?password=s3same-word&next=/",
        ],
    )
    def test_are_hidden_where_they_look_like_one(self, text, logged):
        assert "s3same-word" not in logged("line", text)
        assert "s3same-word" not in logged("json", "%s", text)

    def test_of_the_settings_are_hidden_wherever_they_are(self, logged):
        assert "s3same-word" not in logged("line", "a-s3same-word-b", secrets=["s3same-word"])

    def test_are_hidden_in_tracebacks(self, logged):
        try:
            raise ValueError("redis://:s3same-word@localhost")
        except ValueError:
            told = logged("json", "it failed", exc_info=True)
        assert "s3same-word" not in told
        assert "redis://:***@localhost" in told

    def test_leave_the_rest_of_a_text_alone(self):
        text = 'password authentication failed for user "bromo" at http://host:80/a:b@c'
        assert Redactor(["", "abc"])(text) == text

    def test_are_known_as_written_and_as_they_are(self):
        assert passwords_in("redis://:a%2Fb-c@host/0") == ["a%2Fb-c", "a/b-c"]
        assert passwords_in("") == ["", ""]

    def test_do_not_show_when_the_settings_are_printed(self):
        settings = logging_settings(style="line", level="INFO", secrets=["s3same-word"])
        assert "s3same-word" not in repr(settings)


@same_everywhere
class TestTheSettings:
    def test_can_be_taken_more_than_once(self, tmp_path):
        twice = """
from logging import getLogger
from logging.config import dictConfig
dictConfig(settings.LOGGING)
dictConfig(settings.LOGGING)
getLogger("tests.log").warning("said once")
print("handlers:", len(getLogger().handlers))
"""
        log, handlers = logged_by(tmp_path, twice).splitlines()
        assert log.endswith("WARNING tests.log said once")
        assert handlers == "handlers: 1"

    def test_refuse_a_format_that_does_not_exist(self, tmp_path):
        told = logged_by(tmp_path, "", BROMO_LOG_FORMAT="xml", status=1)
        assert "BROMO_LOG_FORMAT" in told
        assert "Must be one of: line, json." in told

    def test_refuse_a_level_that_does_not_exist(self, tmp_path):
        told = logged_by(tmp_path, "", BROMO_LOG_LEVEL="loud", status=1)
        assert "BROMO_LOG_LEVEL" in told
        assert "Must be one of: DEBUG, INFO," in told

    def test_take_a_level_in_small_letters(self, tmp_path):
        code = "import logging; logging.warning('not this'); logging.error('but this')"
        (line,) = logged_by(tmp_path, code, BROMO_LOG_LEVEL="error").splitlines()
        assert line.endswith("ERROR root but this")


@same_everywhere
@pytest.mark.server
class TestASweep:
    @pytest.fixture
    def sweep(self, tmp_path):
        """Sweeps as a worker does that logs at a level; gives the lines that tell of it."""
        migrate(environment(tmp_path / "data"))
        with PrivateBroker(tmp_path / "broker").running() as url:

            def sweep(level):
                code = "from recognition.tasks import sweep; assert sweep.apply().successful()"
                told = logged_by(tmp_path, code, BROMO_LOG_LEVEL=level, BROKER_URL=url)
                return [line for line in told.splitlines() if "recognition.tasks.sweep[" in line]

            yield sweep

    def test_that_found_nothing_is_told_of_at_debug_only(self, sweep):
        assert sweep("INFO") == []
        (line,) = sweep("DEBUG")
        assert re.search(r"Z DEBUG celery\.app\.trace .* succeeded in .*: 0 ", line)

    def test_that_found_something_is_told_of(self, sweep, tmp_path):
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos" / "one.jpg").write_bytes(jpeg_bytes((64, 48), (20, 80, 80)))
        nowhere = f"redis://127.0.0.1:{free_port()}/0"
        env = environment(tmp_path / "data", BROKER_URL=nowhere)
        run(env, "manage.py", "import_assets", str(tmp_path / "photos"))
        (line,) = sweep("INFO")
        assert re.search(r"Z INFO celery\.app\.trace .* succeeded in .*: 1 ", line)


class TestARequest:
    def test_gets_an_id(self, client, db):
        assert HEX_ID.fullmatch(client.get("/healthz")["X-Request-ID"])

    def test_keeps_a_sane_id_that_it_came_with(self, client, db):
        answer = client.get("/healthz", headers={"X-Request-ID": "proxy-7_A"})
        assert answer["X-Request-ID"] == "proxy-7_A"

    @pytest.mark.parametrize("given", ["", "a b", "a\nb", "x" * 65, "ä", "<script>"])
    def test_gets_another_id_in_place_of_a_strange_one(self, given, client, db):
        answer = client.get("/healthz", headers={"X-Request-ID": given})
        assert HEX_ID.fullmatch(answer["X-Request-ID"])

    def test_has_one_line_without_its_query(self, client, db, caplog):
        caplog.set_level(logging.INFO, "config.requests")
        client.get("/login/?next=/secret/")
        (record,) = [r for r in caplog.records if r.name == "config.requests"]
        assert (record.method, record.path, record.status) == ("GET", "/login/", 200)
        assert re.fullmatch(r"GET /login/ 200 in [\d.]+ s", record.getMessage())


@same_everywhere
@pytest.mark.server
class TestARequestForRecognition:
    def test_has_the_same_id_in_the_logs_of_web_and_worker(self, tmp_path):
        with (
            PrivateBroker(tmp_path / "broker").running() as url,
            serving(tmp_path, BROKER_URL=url, BROMO_LOG_FORMAT="json") as server,
        ):
            server.start_worker()
            server.add_administrator()
            server.browser.sign_in()
            upload(server, "follow-me-1")
            wait_until_done(server)
            (line,) = [
                record
                for record in server.records("web")
                if record.get("path") == "/upload/" and record["method"] == "POST"
            ]
            assert (line["request_id"], line["status"]) == ("follow-me-1", 201)
            (user,) = query(server.env, "SELECT id FROM auth_user")
            assert line["user_id"] == user[0]
            (run_pk,) = query(server.env, "SELECT id FROM recognition_recognitionrun")
            (answered,) = followed(server, "follow-me-1")
            assert answered["run_id"] == run_pk[0]
            assert answered["task_id"]

    def test_keeps_its_id_when_the_message_is_lost(self, tmp_path):
        nowhere = f"redis://127.0.0.1:{free_port()}/0"
        with serving(tmp_path, BROKER_URL=nowhere, BROMO_LOG_FORMAT="json") as server:
            server.add_administrator()
            server.browser.sign_in()
            upload(server, "lost-and-found")
            with PrivateBroker(tmp_path / "broker").running() as url:
                server.env["BROKER_URL"] = url
                server.start_worker()
                run(server.env, "manage.py", "sweep_runs")
                wait_until_done(server)
                assert len(followed(server, "lost-and-found")) == 1


@same_everywhere
@pytest.mark.server
class TestTheLogs:
    def test_hold_no_secret_however_much_they_tell(self, tmp_path):
        token, key, wrong = "s3same-metrics-token", "s3same-signing-key" * 3, "s3same-typo-password"
        broker = PrivateBroker(tmp_path / "broker")
        with broker.running() as url:
            more = {
                "BROKER_URL": url,
                "BROMO_LOG_LEVEL": "DEBUG",
                "BROMO_LOG_FORMAT": "json",
                "BROMO_DEBUG": "true",
                "BROMO_METRICS_TOKEN": token,
                "BROMO_SECRET_KEY": key,
            }
            with serving(tmp_path, **more) as server:
                server.start_worker()
                server.add_administrator()
                browser = server.browser
                browser.sign_in(wrong)
                browser.sign_in()
                upload(server, "secretive")
                wait_until_done(server)
                for what in ("pause", "resume"):
                    told = {"recogniser": "dummy", "reason": f"Ask {NAME}."}
                    assert browser.post(f"/recognition/{what}/", told).status == 302
                browser.get("/metrics", Authorization=f"Bearer {token}")
                browser.get(f"/metrics?token={token}", Authorization=f"Bearer {token}-wrong")
                with frozen(broker.server_pid()):
                    upload(server, "frozen", colour=9)
                    assert browser.get("/readyz").json["status"] == "degraded"
                (password,) = passwords_in(url)[:1]
                secrets = {
                    "the broker's password": password,
                    "the session": browser.cookies["sessionid"],
                    "the CSRF cookie": browser.cookies["csrftoken"],
                    "the token": token,
                    "the signing key": key,
                    "a password": PASSWORD,
                    "a mistyped password": wrong,
                    "a name": NAME,
                }
                told = server.told("web") + server.told("worker")
                assert '"path": "/login/"' in told
                assert "secretive" in told
                assert "dummy was paused by user " in told
                assert [what for what, secret in secrets.items() if secret in told] == []


def logged_by(tmp_path, code, *, status=0, **more):
    """Everything that a program of Bromo's own logs and prints while it runs code."""
    begin = "import sys; sys.stderr = sys.stdout\nimport django; django.setup()\n"
    begin += "from django.conf import settings\nimport config.celery\n"
    return run(environment(tmp_path / "data", **more), "-c", begin + code, status=status)


def upload(server, request_id, *, colour=1):
    """Uploads a photo of one colour in a request with an id."""
    photo = jpeg_bytes((64, 48), (20 * colour, 80, 80))
    answer = server.browser.upload("photo.jpg", photo, **{"X-Request-ID": request_id})
    assert (answer.status, answer.headers["X-Request-ID"]) == (201, request_id)


def wait_until_done(server):
    states = "SELECT state FROM recognition_recognitionrun"
    server.wait_until(
        lambda: {s for (s,) in query(server.env, states)} == {"done"}, what="the worker has done it"
    )


def followed(server, request_id):
    """What the worker logged because of a request, once it has."""

    def found():
        return [r for r in server.records("worker") if r.get("request_id") == request_id]

    server.wait_until(found, what="the worker names the request")
    return found()
