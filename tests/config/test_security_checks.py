"""Django's own list of what to mind in production."""

from tests.programs import environment, run, same_everywhere


@same_everywhere
class TestDeployment:
    def test_over_https_leaves_nothing_to_warn_of(self, tmp_path):
        env = environment(tmp_path / "data", BROMO_HTTPS="true", BROMO_RECOGNISERS="local")
        arguments = ("--deploy", "--tag", "security", "--fail-level", "WARNING")
        run(env, "manage.py", "check", *arguments)

    def test_without_https_is_warned_of(self, tmp_path):
        arguments = ("--deploy", "--tag", "security", "--fail-level", "WARNING")
        run(environment(tmp_path / "data"), "manage.py", "check", *arguments, status=1)
