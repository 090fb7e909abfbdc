"""Counting in many processes at once, what /metrics tells of it, and to whom."""

import os
import re
import signal
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from config.broker import PrivateBroker
from config.metric_files import read_metrics
from recognition.metrics import RunCollector, timing_recogniser
from recognition.models import Pause, RecognitionRun
from recognition.recognisers.base import PermanentError, TransientError
from tests.config.serving import serving
from tests.factories import make_asset, make_user
from tests.images import jpeg_bytes
from tests.programs import (
    REPOSITORY,
    about_sqlite,
    environment,
    query,
    run,
    same_everywhere,
    start,
    wait_until,
)

State = RecognitionRun.State
MINUTE = timedelta(minutes=1)

COUNT = """
import os, sys, time
from pathlib import Path
from config.metric_files import keep_metrics_in, read_metrics
folder = Path(sys.argv[1])
keep_metrics_in(folder)
from prometheus_client import Counter
counter = Counter("tries", "Tries.", ["how"]).labels(how="any")
def total():
    return sum(s.value for m in read_metrics(folder) for s in m.samples)
"""

SOMEBODY_ELSE = """
import os, sys
sys.stderr = sys.stdout
import config.metric_files, prometheus_client.multiprocess
os.chdir(sys.argv[2])  # which lies where only its owner may look
if os.getuid() == 0:
    os.setuid(65534)
"""
"""Without a mode, files are closed to their owner too; but never to root, whom tests may run as."""


class Counting:
    """Processes that count in one folder."""

    def __init__(self, tmp_path):
        self.env = environment(tmp_path / "data")
        self.folder, self.log = tmp_path / "metrics", tmp_path / "log"
        self.processes = []

    def run(self, code):
        """Runs code that may use `counter` and `total()` to its end, and gives what it printed."""
        return run(self.env, "-c", COUNT + code, str(self.folder)).strip()

    def start(self, code):
        process = start(self.env, "-c", COUNT + code, str(self.folder), log=self.log)
        self.processes.append(process)
        return process

    def run_as_somebody_else(self, code, *, forbidden="*"):
        """Runs code as a user who owns the folder and may not use some of the files in it."""
        self.folder.parent.chmod(0o755)
        for file in self.folder.iterdir():
            file.chmod(0 if file.match(forbidden) else 0o666)
        if os.getuid() == 0:
            os.chown(self.folder, 65534, 65534)
        where = (self.folder.name, str(self.folder.parent))
        return run(self.env, "-c", SOMEBODY_ELSE + COUNT + code, *where)

    def total(self):
        return float(self.run("print(total())"))

    def wait_for(self, total):
        wait_until(lambda: self.total() == total, what=f"{total} are counted", log=self.log)

    def slots(self):
        return sorted(path.stem for path in self.folder.glob("*.lock"))

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture
def counting(tmp_path):
    counting = Counting(tmp_path)
    yield counting
    counting.stop()


@same_everywhere
class TestCounts:
    def test_of_processes_that_are_gone_stay_and_their_files_are_used_again(self, counting):
        for _ in range(3):
            counting.run("counter.inc()")
        assert counting.total() == 3
        assert counting.slots() == ["0"]

    def test_of_processes_at_the_same_time_add_up(self, counting):
        counting.start("counter.inc(); time.sleep(600)")
        counting.start("counter.inc(10); time.sleep(600)")
        counting.wait_for(11)
        assert len(counting.slots()) >= 2

    def test_of_a_killed_process_are_taken_over(self, counting):
        killed = counting.start("counter.inc(5); time.sleep(600)")
        counting.wait_for(5)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        counting.run("counter.inc()")
        assert counting.total() == 6

    def test_of_a_forked_process_are_its_own(self, counting):
        fork = """
counter.inc()
if os.fork() == 0:
    counter.inc(10)
    os._exit(0)
os.wait()
counter.inc(100)
print(total(), len(list(folder.glob("*.lock"))))
"""
        assert counting.run(fork) == "111.0 2"

    def test_start_at_zero_for_all_to_see(self, counting):
        assert counting.run(
            "print([s.value for m in read_metrics(folder) for s in m.samples])"
        ) == ("[0.0]")

    def test_go_on_where_a_power_cut_has_damaged_a_file(self, counting):
        counting.run("counter.inc(5)")
        (file,) = counting.folder.glob("*.db")
        content = file.read_bytes()
        file.write_bytes(content[:8] + bytes(len(content) - 8))
        counting.run("counter.inc()")
        assert counting.total() == 1

    def test_go_on_beside_files_of_a_command_that_was_run_as_root(self, counting):
        counting.run("counter.inc(5)")
        told = counting.run_as_somebody_else("counter.inc(7); print(total())")
        assert told.endswith("7.0\n")
        assert "metrics/counter_0.db is not counted (Permission denied): give it to" in told
        assert counting.slots() == ["0", "1"]

    def test_go_on_beside_one_file_that_root_has_left_in_a_slot(self, counting):
        counting.run("counter.inc(5)")
        told = counting.run_as_somebody_else("counter.inc(7); print(total())", forbidden="*.db")
        assert told.endswith("7.0\n")

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can make folders for somebody else")
    def test_lie_in_a_folder_that_belongs_to_whom_the_data_belong(self, counting):
        os.chown(counting.folder.parent, 65534, 65534)
        counting.run("counter.inc()")
        assert counting.folder.stat().st_uid == 65534

    def test_are_given_up_where_the_disk_takes_none(self, counting):
        full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
        code = f"{full}\n{COUNT}\ncounter.inc(); print('went on')"
        assert run(counting.env, "-c", code, str(counting.folder)).strip() == "went on"

    def test_can_be_read_by_nobody_else(self, counting):
        counting.run("counter.inc()")
        assert counting.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.django_db
class TestTheRuns:
    def test_are_counted_by_recogniser_and_state(self):
        assets = [make_asset() for _ in range(3)]
        RecognitionRun.objects.filter(original=assets[0].original).update(state=State.DONE)
        told = runs()
        assert told["dummy", "queued"] == 2
        assert told["dummy", "done"] == 1
        assert told["dummy", "quarantined"] == 0

    def test_are_told_of_recognisers_that_are_not_active_any_more(self):
        make_asset()
        RecognitionRun.objects.update(recogniser="former", state=State.FAILED)
        assert runs()["former", "failed"] == 1

    def test_have_no_age_where_none_waits(self):
        assert ages() == {"dummy": 0}

    def test_are_as_old_as_the_one_that_has_been_due_the_longest(self):
        make_asset()
        make_asset()
        oldest = RecognitionRun.objects.order_by("pk")[0]
        RecognitionRun.objects.filter(pk=oldest.pk).update(next_try_at=timezone.now() - 5 * MINUTE)
        assert 300 <= ages()["dummy"] < 360

    def test_that_are_to_wait_for_their_next_try_have_no_age(self):
        make_asset()
        RecognitionRun.objects.update(next_try_at=timezone.now() + MINUTE)
        assert ages() == {"dummy": 0}

    def test_whose_worker_died_are_due_since_its_lease_ended(self):
        make_asset()
        due = timezone.now() - 5 * MINUTE
        RecognitionRun.objects.update(state=State.RUNNING, lease_until=due)
        assert 300 <= ages()["dummy"] < 360

    def test_of_a_paused_recogniser_have_no_age(self):
        make_asset()
        RecognitionRun.objects.update(next_try_at=timezone.now() - 5 * MINUTE)
        Pause.objects.create(recogniser="dummy")
        assert ages() == {"dummy": 0}

    def test_of_a_recogniser_that_stands_still_are_told_with_the_cause(self):
        assert causes_of_pauses() == []
        Pause.begin("dummy", Pause.Cause.HALT, "No permission.")
        assert causes_of_pauses() == [{"recogniser": "dummy", "cause": "halt"}]

    @about_sqlite
    def test_are_counted_from_an_index_alone(self, django_assert_max_num_queries):
        make_asset()
        with django_assert_max_num_queries(4) as asked:
            runs_and_ages()
        plans = {query["sql"]: plan(query["sql"]) for query in asked.captured_queries}
        about_runs = {sql: told for sql, told in plans.items() if "recognitionrun" in sql}
        assert len(about_runs) == 3
        for sql, told in about_runs.items():
            assert "USING COVERING INDEX" in told or "(recogniser=? AND state=?" in told, sql


class TestTheTimeOfARecogniser:
    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (None, "answered"),
            (TransientError("busy"), "transient"),
            (PermanentError("no image"), "permanent"),
            (RuntimeError("fault"), "error"),
        ],
    )
    def test_is_told_by_how_it_ended(self, error, outcome, tmp_path):
        before = observed(outcome)
        expected = pytest.raises(type(error)) if error else nullcontext()
        with expected, timing_recogniser("test"):
            if error:
                raise error
        assert observed(outcome) == before + 1


@pytest.mark.django_db
class TestWhoMayAsk:
    def test_nobody_who_is_not_signed_in(self, client):
        answer = client.get("/metrics")
        assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/metrics")

    def test_no_editor(self, client):
        client.force_login(make_user())
        assert client.get("/metrics").status_code == 403

    def test_staff(self, client):
        client.force_login(make_user(is_staff=True))
        answer = client.get("/metrics")
        assert answer.status_code == 200
        assert b"bromo_runs{" in answer.content

    def test_whoever_has_the_token(self, client, settings):
        settings.BROMO_METRICS_TOKEN = "a-long-token"
        answer = client.get("/metrics", headers={"Authorization": "Bearer a-long-token"})
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        "given", ["Bearer wrong", "Bearer ", "a-long-token", "Basic a-long-token", "Bearer ä"]
    )
    def test_nobody_who_has_another_one(self, given, client, settings):
        settings.BROMO_METRICS_TOKEN = "a-long-token"
        answer = client.get("/metrics", headers={"Authorization": given})
        assert (answer.status_code, answer.content) == (401, b"")

    @pytest.mark.parametrize("given", ["Bearer", "Bearer ", "Bearer a-long-token"])
    def test_nobody_by_a_token_where_there_is_none(self, given, client, settings):
        settings.BROMO_METRICS_TOKEN = ""
        answer = client.get("/metrics", headers={"Authorization": given})
        assert answer.status_code == 401


@same_everywhere
@pytest.mark.server
class TestAnInstallation:
    def test_adds_up_what_all_its_processes_count(self, tmp_path):
        with (
            PrivateBroker(tmp_path / "broker").running() as url,
            serving(tmp_path, BROKER_URL=url, BROMO_METRICS_TOKEN="a-long-token") as server,
        ):
            server.add_administrator()
            server.start_worker()
            one = server.browser
            one.sign_in()
            other = server.start_another_web()
            for browser, numbers in ((one, range(2)), (other, range(2, 5)), (one, [4])):
                upload(browser, numbers)
            other.upload("text.jpg", b"This is no image.")
            states = "SELECT state FROM recognition_recognitionrun"
            server.wait_until(
                lambda: query(server.env, states) == [("done",)] * 5, what="the worker is done"
            )
            for browser in (one, other):
                told = scrape(browser)
                assert {labels["outcome"]: n for labels, n in told["bromo_uploads_total"]} == {
                    "created": 5, "duplicate": 1, "rejected": 1, "in_trash": 0, "failed": 0,
                }  # fmt: skip
                answered = {"recogniser": "dummy", "outcome": "answered"}
                assert (answered, 5) in told["bromo_recogniser_seconds_count"]
                assert ({"recogniser": "dummy", "state": "done"}, 5) in told["bromo_runs"]


class TestTheDocumentation:
    def test_has_every_metric_with_its_type_and_labels_and_no_other(self):
        text = (REPOSITORY / "docs" / "reference" / "metrics.md").read_text()
        rows = re.findall(r"^\| `(bromo_\w+)` \| (\w+) \| (.*?) \|", text, re.M)
        told = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
        assert told == defined()


def defined():
    """Every metric of ours, with its type and labels."""
    collectors = {c for c in REGISTRY._collector_to_names if hasattr(c, "_labelnames")}
    kept = {
        (f"{c._name}_total" if c._type == "counter" else c._name): (c._type, set(c._labelnames))
        for c in collectors
        if c._name.startswith("bromo_")
    }
    asked = {m.name: (m.type, set(m._labelnames)) for m in RunCollector().describe()}
    return kept | asked


def runs_and_ages():
    return {metric.name: metric.samples for metric in RunCollector().collect()}


def causes_of_pauses():
    return [sample.labels for sample in runs_and_ages()["bromo_recogniser_paused"]]


def runs():
    return {
        (sample.labels["recogniser"], sample.labels["state"]): sample.value
        for sample in runs_and_ages()["bromo_runs"]
    }


def ages():
    return {
        sample.labels["recogniser"]: sample.value
        for sample in runs_and_ages()["bromo_queue_age_seconds"]
    }


def plan(sql):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return " ".join(str(row[-1]) for row in cursor.fetchall())


def observed(outcome):
    """How often a call of the test's recogniser ended so, by the files of this process."""
    return sum(
        sample.value
        for metric in read_metrics(settings.BROMO_METRICS_DIR)
        for sample in metric.samples
        if sample.name == "bromo_recogniser_seconds_count"
        and sample.labels == {"recogniser": "test", "outcome": outcome}
    )


def upload(browser, numbers):
    for number in numbers:
        photo = jpeg_bytes((64, 48), (40 * number, 80, 80))
        assert browser.upload(f"{number}.jpg", photo).status < 300


def scrape(browser):
    """What Prometheus would read: by name of a sample, its labels and values."""
    answer = browser.get("/metrics", Authorization="Bearer a-long-token")
    assert answer.status == 200
    told = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            told.setdefault(sample.name, []).append((sample.labels, sample.value))
    return told
