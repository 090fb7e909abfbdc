"""What lies in the data folder is for its owner, wherever the folder is and whatever its name."""

import os
import sqlite3
import stat
from contextlib import closing

import pytest

from config.secret_key import get_or_make_secret_key
from tests.programs import about_sqlite, environment, run, same_everywhere

MAKE_DATABASE = ("manage.py", "migrate", "contenttypes", "--verbosity=0")
"""As good as all migrations, where only the file that they lie in is looked at."""


@pytest.fixture
def usual_umask():
    """The mode mask of most shells, under which all may read what is written."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@same_everywhere
@pytest.mark.usefixtures("usual_umask")
class TestTheDataFolder:
    def test_is_made_for_its_owner_alone(self, tmp_path):
        data = tmp_path / "new" / "data"
        run(environment(data), "manage.py", "check")
        assert mode(data) == 0o700

    @about_sqlite
    def test_holds_a_database_that_others_cannot_read(self, tmp_path):
        data = tmp_path / "data"
        data.mkdir()
        run(environment(data), *MAKE_DATABASE)
        assert mode(data / "bromo.sqlite3") & 0o027 == 0

    def test_keeps_its_mode_where_it_exists(self, tmp_path):
        data = tmp_path / "data"
        data.mkdir()
        run(environment(data), "manage.py", "check")
        assert mode(data) == 0o755

    @pytest.mark.parametrize(
        "start",
        [
            "import config.wsgi",
            "import config.asgi",
            "from config.celery import app; app.conf.broker_url",
            "from config import demo; demo.django.setup()",
        ],
    )
    def test_is_written_by_every_program_so_that_others_cannot_read(self, start, tmp_path):
        code = f"{start}; import pathlib; pathlib.Path({str(tmp_path / 'file')!r}).touch()"
        run(environment(tmp_path / "data"), "-c", code)
        assert mode(tmp_path / "file") == 0o640

    @about_sqlite
    def test_may_be_kept_from_the_group_as_well(self, tmp_path):
        os.umask(0o077)
        run(environment(tmp_path / "data"), *MAKE_DATABASE)
        assert mode(tmp_path / "data" / "bromo.sqlite3") == 0o600


@about_sqlite
class TestTheDatabase:
    @pytest.mark.parametrize("name", ["my data#1", "a%20b", "what?mode=ro", "with:colon@"])
    def test_lies_in_the_data_folder_whatever_its_name(self, name, tmp_path):
        data = tmp_path / name
        run(environment(data), *MAKE_DATABASE)
        with closing(sqlite3.connect(data / "bromo.sqlite3")) as connection:
            assert connection.execute("SELECT DISTINCT app FROM django_migrations").fetchall() == [
                ("contenttypes",)
            ]

    def test_lies_there_too_where_the_variable_is_empty(self, tmp_path):
        env = environment(tmp_path / "data", DATABASE_URL="")
        run(env, *MAKE_DATABASE)
        assert (tmp_path / "data" / "bromo.sqlite3").is_file()


class TestTheSecretKey:
    def test_is_one_for_two_that_make_it_at_the_same_moment(self, tmp_path, monkeypatch):
        path = tmp_path / "secret_key"
        keys = iter(["mine", "of the other"])
        made = []

        def interrupted(length):
            key = next(keys)
            if key == "mine":  # with the same process number, as in two containers
                made.append(get_or_make_secret_key(path))
            return key

        monkeypatch.setattr("secrets.token_urlsafe", interrupted)
        made.append(get_or_make_secret_key(path))
        assert made == ["of the other"] * 2
        assert path.read_text() == "of the other"

    def test_is_for_its_owner_alone_and_leaves_no_draft(self, tmp_path):
        get_or_make_secret_key(tmp_path / "secret_key")
        assert list(tmp_path.iterdir()) == [tmp_path / "secret_key"]
        assert mode(tmp_path / "secret_key") == 0o600
