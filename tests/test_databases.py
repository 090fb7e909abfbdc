"""The tests run on both databases, and a run that did not happen is not taken for a pass."""

import re

import psycopg
import pytest

from tests import postgresql
from tests.databases import Ending, on_postgresql, on_sqlite, summary
from tests.programs import same_everywhere

THREE_TESTS = """
import pytest

def test_passes(): pass

def test_fails(): assert False

@pytest.mark.skip
def test_is_skipped(): pass
"""


@pytest.fixture
def three_tests(tmp_path):
    """What to tell pytest to run three tests that have nothing to do with Bromo."""
    (tmp_path / "test_three.py").write_text(THREE_TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return ["-p", "no:django", "-c", str(tmp_path / "pytest.ini"), str(tmp_path)]


@pytest.fixture
def nowhere(monkeypatch):
    """A machine without any PostgreSQL."""

    def running():
        raise postgresql.NoPostgreSQLError("there is none")

    monkeypatch.setattr(postgresql, "running", running)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("BROMO_REQUIRE_POSTGRESQL", raising=False)


@same_everywhere
class TestARun:
    def test_tells_what_pytest_told(self, three_tests):
        ending = on_sqlite(three_tests)
        assert re.fullmatch(r"1 failed, 1 passed, 1 skipped in \d+\.\d\ds", ending.told)
        assert ending.is_failure

    def test_that_passes_is_no_failure(self, three_tests):
        ending = on_sqlite([*three_tests, "-k", "passes"])
        assert ending.told.startswith("1 passed in")
        assert not ending.is_failure

    def test_of_no_test_is_a_failure(self, three_tests):
        ending = on_sqlite([*three_tests, "-k", "nonsense"])
        assert ending.told.startswith("no tests ran in")
        assert ending.is_failure

    def test_that_pytest_refuses_is_a_failure(self):
        assert on_sqlite(["--nonsense"]).is_failure

    @pytest.mark.usefixtures("nowhere")
    def test_without_a_postgresql_says_why_it_is_left_out(self):
        ending = on_postgresql([])
        assert ending.told == "not run: there is none"
        assert not ending.is_failure

    @pytest.mark.usefixtures("nowhere")
    def test_without_a_postgresql_is_a_failure_where_one_is_required(self, monkeypatch):
        monkeypatch.setenv("BROMO_REQUIRE_POSTGRESQL", "1")
        assert on_postgresql([]).is_failure


class TestTheSummary:
    def test_ends_with_what_failed(self):
        endings = [
            Ending(database="SQLite", told="1 failed", is_failure=True),
            Ending(database="PostgreSQL", told="1 passed", is_failure=False),
        ]
        assert summary(endings) == ["PostgreSQL: 1 passed", "SQLite: 1 failed"]


@same_everywhere
@pytest.mark.server
class TestAPostgreSQL:
    @pytest.mark.parametrize("source", [postgresql.from_wheel, postgresql.from_debian])
    def test_runs_from_either_source_and_leaves_nothing(self, source):
        if source is postgresql.from_debian and not any(postgresql.DEBIAN.glob("*")):
            pytest.skip(f"no package of PostgreSQL in {postgresql.DEBIAN}")
        with postgresql.running(source) as url:
            named = postgresql.make_database(url, "bromo_named")
            with psycopg.connect(named) as connection:
                assert connection.info.dbname == "bromo_named"
            postgresql.drop_database(url, "bromo_named")
            with pytest.raises(psycopg.OperationalError, match="does not exist"):
                psycopg.connect(named)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
