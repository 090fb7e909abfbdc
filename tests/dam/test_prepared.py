"""Commands on a database that nobody has migrated, or not for this version."""

import subprocess
import sys

import pytest
from django.core.management import get_commands, load_command_class

from dam.management.prepared import PreparedCommand
from tests.images import jpeg_bytes
from tests.programs import REPOSITORY, environment, migrate, query

ANY_DATABASE = {"backup_database", "fetch_models", "rekognition_policy"}
"""What is of use whatever the state of the database."""


@pytest.fixture
def env(tmp_path):
    return environment(tmp_path / "data")


def manage(env, *arguments):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


class TestACommandOnADatabase:
    def test_that_is_empty_says_in_one_line_what_to_do(self, env, tmp_path):
        photo = tmp_path / "a.jpg"
        photo.write_bytes(jpeg_bytes())
        done = manage(env, "import_assets", str(photo))
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert "has not been prepared" in line
        assert "Run python -m config.prepare" in line

    def test_of_an_earlier_version_says_so_too(self, env):
        migrate(env)
        query(env, "DELETE FROM django_migrations WHERE app = 'search'")
        done = manage(env, "retag_assets")
        assert (done.returncode, done.stdout) == (1, "")
        assert "has not been prepared" in done.stderr

    def test_that_is_prepared_goes_to_work(self, env):
        migrate(env)
        done = manage(env, "sweep_runs")
        assert (done.returncode, done.stdout) == (0, "0 runs were done.\n")


class TestEveryCommand:
    def test_that_needs_the_library_looks_whether_it_is_prepared(self):
        ours = {
            name: load_command_class(app, name)
            for name, app in get_commands().items()
            if app in {"dam", "recognition", "search"}
        }
        assert ours
        unlooking = {
            name for name, command in ours.items() if not isinstance(command, PreparedCommand)
        }
        assert unlooking == ANY_DATABASE
