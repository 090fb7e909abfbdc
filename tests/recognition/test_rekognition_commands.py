"""Amazon Rekognition from the command line, set up by the environment alone."""

import json
import subprocess
import sys
from itertools import pairwise

import pytest

from tests.images import image_bytes
from tests.programs import REPOSITORY, environment, migrate, query, run, same_everywhere
from tests.rekognition.boxes import Box
from tests.rekognition.palette import Thing, painted

pytestmark = same_everywhere
LABELS = {"Volcano": 70.46000671386719, "Lake": 69.99, "Sky": 70.0}
CELEBRITIES = {"Ada Lovelace": 99.46, "Grace Hopper": 69.999}


@pytest.fixture
def service(rekognition_service):
    rekognition_service.answers["DetectLabels"] = {
        "Labels": [{"Name": name, "Confidence": number} for name, number in LABELS.items()]
    }
    rekognition_service.answers["RecognizeCelebrities"] = {
        "CelebrityFaces": [
            {"Name": name, "MatchConfidence": number} for name, number in CELEBRITIES.items()
        ]
    }
    return rekognition_service


@pytest.fixture
def env(tmp_path, service):
    env = environment(
        tmp_path / "data",
        **service.environment,
        BROMO_RECOGNISERS="rekognition",
        BROMO_REKOGNITION_FEATURES="labels,celebrities",
        AWS_CONFIG_FILE=str(tmp_path / "none"),
        AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"),
        AWS_EC2_METADATA_DISABLED="true",
    )
    migrate(env)
    return env


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(image_bytes(painted((Thing.FACE, Box(0.2, 0.2, 0.3, 0.4))), "JPEG"))
    return str(path)


def manage(env, *arguments):
    """Runs a command; gives its objects on stdout, and stderr."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def import_photo(env, photo, *options):
    lines, errors = manage(env, "import_assets", photo, "--wait", "--json", *options)
    (line,) = lines
    return line, errors


class TestAnImport:
    def test_has_the_tags_that_the_service_is_sure_enough_of(self, env, photo, service):
        line, _ = import_photo(env, photo, "--min-confidence", "70")
        assert line["status"] == "recognised"
        assert [(tag["name"], tag["confidence"], tag["recognisers"]) for tag in line["tags"]] == [
            ("Ada Lovelace", 99.46, {"rekognition": 99.46}),
            ("Volcano", 70.46000671386719, {"rekognition": 70.46000671386719}),
            ("Sky", 70.0, {"rekognition": 70.0}),
        ]
        assert service.requests.counts == {"DetectLabels": 1, "RecognizeCelebrities": 1}

    def test_asks_for_labels_alone_where_nothing_is_said(self, env, photo, service):
        del env["BROMO_REKOGNITION_FEATURES"]
        import_photo(env, photo)
        assert service.requests.counts == {"DetectLabels": 1}

    @pytest.mark.parametrize(
        ("features", "counts"),
        [
            (" labels, celebrities ,", {"DetectLabels": 1, "RecognizeCelebrities": 1}),
            ("", {"DetectLabels": 1}),
        ],
    )
    def test_takes_the_features_as_they_are_written(self, env, photo, service, features, counts):
        env["BROMO_REKOGNITION_FEATURES"] = features
        line, _ = import_photo(env, photo)
        assert line["status"] == "recognised"
        assert service.requests.counts == counts

    def test_goes_on_without_credentials_and_tells_what_is_missing(self, env, photo, service):
        without = {name: value for name, value in env.items() if "AWS_ACCESS" not in name}
        without.pop("AWS_SECRET_ACCESS_KEY")
        line, errors = import_photo(without, photo)
        assert (line["status"], line["tags"]) == ("queued", [])
        assert "rekognition is paused (Amazon Rekognition cannot be asked" in errors
        run(without, "manage.py", "sweep_runs")
        assert service.requests.of() == []

    def test_is_done_once_the_recogniser_is_resumed(self, env, photo, service):
        service.faults.deny("DetectLabels")
        line, errors = import_photo(env, photo)
        assert line["status"] == "queued"
        assert "rekognition:DetectLabels" in errors
        assert errors.count("AccessDeniedException") == 2, "once in the log and once at the end"
        service.faults.clear()
        told = run(env, "manage.py", "resume_recogniser", "rekognition")
        assert "rekognition goes on." in told
        line, _ = import_photo(env, photo)
        assert (line["status"], len(line["tags"])) == ("duplicate", 3)

    def test_tells_that_a_budget_is_spent(self, env, photo, service):
        env["BROMO_REKOGNITION_BUDGET_CALLS"] = "1"
        line, errors = import_photo(env, photo)
        assert line["status"] == "queued"
        assert "The budget of 1 call for" in errors
        env["BROMO_REKOGNITION_BUDGET_CALLS"] = "2"
        line, _ = import_photo(env, photo)
        assert len(line["tags"]) == 3
        assert service.requests.counts == {"DetectLabels": 1, "RecognizeCelebrities": 1}

    def test_may_ask_several_recognisers(self, env, photo):
        env["BROMO_RECOGNISERS"] = "rekognition, dummy"
        line, _ = import_photo(env, photo)
        said = {tag["name"]: sorted(tag["recognisers"]) for tag in line["tags"]}
        assert said["Volcano"] == ["rekognition"]
        assert said["Landscape"] == ["dummy"]

    def test_asks_again_after_the_service_was_busy(self, env, photo, service):
        service.faults.throttle(2)
        line, _ = import_photo(env, photo)
        assert line["status"] == "recognised"
        moments = [request.moment for request in service.requests.of()]
        assert all(later - earlier > 0.5 for earlier, later in pairwise(moments[:3]))


class TestAFeatureSwitchedOnLater:
    def test_costs_its_own_call_and_no_other(self, env, photo, service):
        import_photo(env, photo)
        env["BROMO_REKOGNITION_FEATURES"] = "labels,celebrities,faces"
        plan = ["retag_assets", "--recognise", "--missing", "--json"]
        (summary,), _ = manage(env, *plan, "--dry-run")
        assert (summary["calls"], summary["cost"]) == (1, 0.001)
        assert service.requests.counts["DetectFaces"] == 0
        (summary,), _ = manage(env, *plan)
        assert (summary["calls"], summary["cost"]) == (1, 0.001)
        assert service.requests.counts == {
            "DetectLabels": 1, "RecognizeCelebrities": 1, "DetectFaces": 1,
        }  # fmt: skip
        facts = query(env, "SELECT kind, value FROM dam_assetfact WHERE kind = 'faces'")
        assert facts == [("faces", "1")]

    def test_costs_all_calls_where_everything_is_asked_again(self, env, photo, service):
        import_photo(env, photo)
        (summary,), _ = manage(env, "retag_assets", "--recognise", "--dry-run", "--json")
        assert (summary["calls"], summary["cost"]) == (2, 0.002)
        manage(env, "retag_assets", "--recognise", "--json")
        assert service.requests.counts == {"DetectLabels": 2, "RecognizeCelebrities": 2}


class TestTheCheck:
    def test_says_which_variables_set_what_is_wrong(self, env):
        env["BROMO_REKOGNITION_FEATURES"] = "labels,custom"
        check = [sys.executable, "manage.py", "check"]
        done = subprocess.run(
            check, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "custom_labels_arn" in done.stderr
        assert "whose names begin with BROMO_REKOGNITION_" in done.stderr
