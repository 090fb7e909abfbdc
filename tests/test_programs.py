"""The programs that tests start work on the engine under test, each in a database of its own."""

from django.db import connection

from tests.programs import environment, migrate, query, run

SHELL = ("manage.py", "shell", "--verbosity", "0", "--command")


class TestAProgram:
    def test_works_on_the_engine_under_test(self, tmp_path):
        code = "from django.db import connection; print(connection.vendor)"
        assert run(environment(tmp_path / "data"), *SHELL, code).strip() == connection.vendor

    def test_finds_what_another_one_wrote_in_the_same_folder(self, tmp_path):
        for statement in ("CREATE TABLE word (text TEXT)", "INSERT INTO word VALUES ('volcano')"):
            code = f"from django.db import connection; connection.cursor().execute({statement!r})"
            run(environment(tmp_path / "data"), *SHELL, code)
        assert query(environment(tmp_path / "data"), "SELECT text FROM word") == [("volcano",)]

    def test_shares_its_database_with_no_other_folder(self, tmp_path):
        for folder in (tmp_path / "one", tmp_path / "two"):
            folder.mkdir()
            query(environment(folder), "CREATE TABLE word (text TEXT)")

    def test_finds_the_database_migrated_as_the_command_would(self, tmp_path):
        env = environment(tmp_path / "data")
        migrate(env)
        run(env, "manage.py", "migrate", "--check")
        assert query(env, "SELECT name FROM auth_group ORDER BY name") == [
            ("Editors",),
            ("Viewers",),
        ]
