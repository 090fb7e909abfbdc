"""The documentation is complete, and speaks of nothing that does not exist."""

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class
from django.urls import URLPattern, URLResolver, get_resolver

REPOSITORY = Path(__file__).resolve().parent.parent
REFERENCE = REPOSITORY / "docs" / "reference"
DOCUMENTS = sorted(
    [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")],
    key=lambda path: path.relative_to(REPOSITORY).as_posix(),
)
OUR_APPS = ("dam", "recognition", "search")


def variables() -> set[str]:
    """Environment variables that config/settings.py reads."""
    text = (REPOSITORY / "config" / "settings.py").read_text()
    return set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', text))


def commands() -> dict[str, ArgumentParser]:
    """Our own management commands with their parsers."""
    names = {
        name: app for name, app in get_commands().items() if str(app).split(".")[0] in OUR_APPS
    }
    return {
        name: load_command_class(str(app), name).create_parser("manage.py", name)
        for name, app in sorted(names.items())
    }


def own_options(parser: ArgumentParser) -> set[str]:
    """The long options that a command adds to Django's own."""
    common = BaseCommand().create_parser("manage.py", "any")
    return {
        option
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option not in common._option_string_actions
    }


def routes(resolver: URLResolver, prefix: str = "", space: str = "") -> dict[str, str]:
    """Named routes, as `namespace:name`, with their addresses as the documentation writes them."""
    found: dict[str, str] = {}
    for pattern in resolver.url_patterns:
        path = prefix + re.sub(r"<\w+:(\w+)>", r"<\1>", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            if pattern.name:
                found[f"{space}{pattern.name}"] = path
        elif pattern.namespace != "admin":
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found |= routes(pattern, path, inner)
    return found


class TestSettings:
    @pytest.mark.parametrize("name", sorted(variables()))
    def test_are_documented(self, name):
        assert f"| `{name}` |" in (REFERENCE / "settings.md").read_text()

    def test_that_are_documented_exist(self):
        told = re.findall(r"^\| `([A-Z_]+)` \|", (REFERENCE / "settings.md").read_text(), re.M)
        assert set(told) == variables()
        assert len(told) == len(set(told))


class TestCommands:
    @pytest.mark.parametrize("name", sorted(commands()))
    def test_are_documented_with_every_option(self, name):
        text = (REFERENCE / "commands.md").read_text()
        section = re.search(rf"^## manage\.py {name}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
        assert section, f"docs/reference/commands.md has no section on {name}"
        told = set(re.findall(r"^\| `(--[\w-]+)", section[1], re.M))
        assert told == own_options(commands()[name])

    def test_that_are_documented_exist(self):
        text = (REFERENCE / "commands.md").read_text()
        assert set(re.findall(r"^## manage\.py (\w+)", text, re.M)) == set(commands())

    def test_targets_of_make_are_documented(self):
        targets = set(re.findall(r"^([a-z-]+):.*## ", (REPOSITORY / "Makefile").read_text(), re.M))
        text = (REFERENCE / "commands.md").read_text()
        assert set(re.findall(r"^\| `make ([\w-]+)` \|", text, re.M)) == targets


class TestAddresses:
    def test_are_documented_by_name_and_path(self):
        text = (REFERENCE / "urls.md").read_text()
        told = dict(re.findall(r"^\| `([\w:]+)` \| `(/[^`]*)` \|", text, re.M))
        assert told == {name: f"/{path}" for name, path in routes(get_resolver()).items()}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.relative_to(REPOSITORY).as_posix())
class TestEveryDocument:
    def test_names_only_settings_that_exist(self, path):
        others = {"BROMO_PUBLISH", "BROMO_REQUIRE_BROWSER", "BROMO_REQUIRE_POSTGRESQL"}
        known = variables() | others
        named = re.findall(r"\b(?:BROMO_[A-Z_]+|DATABASE_URL|BROKER_URL)\b", path.read_text())
        assert {name.removesuffix("_FILE") for name in named} <= known

    def test_links_only_to_files_that_exist(self, path):
        targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text())
        missing = [target for target in targets if not (path.parent / target).exists()]
        assert [m for m in missing if m != "docs/img/library.png"] == []

    def test_names_only_commands_that_exist(self, path):
        named = set(re.findall(r"manage\.py (\w+)", path.read_text()))
        assert named <= set(get_commands())
