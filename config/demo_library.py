"""The library of `make demo`: its users, its photos, and a table of what was seen in them."""

import json
import secrets
import shutil
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connections

from dam.models import Asset
from recognition.manifest import Group as Files
from recognition.manifest import load_manifest
from recognition.models import RecognitionRun
from recognition.registry import active_aliases

COLLECTION = "Sample photos"
_NO_BREAK = "\N{NO-BREAK SPACE}"
"""Keeps a tag and its confidence on one line while the table is laid out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A sample photo and what became of it."""

    name: str
    tags: tuple[tuple[str, float | None], ...]
    """Names with confidences, 0-100, or None for a tag given by hand."""
    error: str
    is_recognised: bool


def prepare() -> dict[str, str]:
    """Brings files, database and users up to date; gives the users' new passwords by name."""
    _say("Models and sample photos")
    call_command("fetch_models", group=[Files.MODELS.value, Files.DEMO_PHOTOS.value])
    _say("Database and static files")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    return {
        "editor": _reset_user("editor", Group.objects.get(name="Editors")),
        "admin": _reset_user("admin", None),
    }


def _reset_user(name: str, group: Group | None) -> str:
    """Makes a user, an administrator where there is no group, and sets a new password."""
    password = secrets.token_urlsafe(12)
    user, _ = User.objects.get_or_create(username=name)
    user.is_staff = user.is_superuser = group is None
    user.is_active = True
    user.set_password(password)
    user.save()
    if group:
        user.groups.add(group)
    return password


def import_photos() -> list[Photo]:
    """Imports the sample photos, and has them recognised, as anybody would their own.

    What the command says of each is kept as demo.jsonl in the data folder.
    """
    _say("Importing and recognising")
    folder = settings.BROMO_DATA_DIR / Files.DEMO_PHOTOS.folder
    lines = settings.BROMO_DATA_DIR / "demo.jsonl"
    with lines.open("w", encoding="utf-8") as output:
        try:
            call_command(
                "import_assets",
                str(folder),
                collection=COLLECTION,
                wait=True,
                json=True,
                stdout=output,
            )
        except CommandError as error:
            sys.stderr.write(f"{error}\n")
    photos = _read(lines)
    connections.close_all()
    return photos


def _read(lines: Path) -> list[Photo]:
    told = {row["filename"]: row for row in map(json.loads, lines.read_text().splitlines())}
    names = [file.name for file in load_manifest() if file.group is Files.DEMO_PHOTOS]
    return [_photo(name, told.get(name)) for name in names]


def _photo(name: str, row: dict[str, Any] | None) -> Photo:
    if row is None:
        return Photo(name=name, tags=(), error="It was not imported.", is_recognised=False)
    return Photo(
        name=name,
        tags=tuple((tag["name"], tag["confidence"]) for tag in row["tags"]),
        error=row["error"] or "",
        is_recognised=row["id"] is not None and _is_recognised(row["id"]),
    )


def _is_recognised(asset_pk: int) -> bool:
    """Whether all active recognisers are done with an asset, in this import or an earlier one."""
    original = Asset.objects.select_related("original").get(pk=asset_pk).original
    runs = RecognitionRun.objects.newest_on(original, active_aliases())
    done = {run.recogniser for run in runs if run.state == RecognitionRun.State.DONE}
    return done == set(active_aliases())


def report(photos: list[Photo], passwords: dict[str, str]) -> str:
    """The table of photos with their tags, and whom to sign in as."""
    width = max(len(photo.name) for photo in photos) + 2
    lines = ["", f"  {'Photo':{width}}Tags", ""]
    for photo in photos:
        told = ", ".join(_tag(*tag) for tag in photo.tags) or photo.error or "(no tag)"
        columns = max(shutil.get_terminal_size((100, 24)).columns, 60)
        for number, line in enumerate(textwrap.wrap(told, columns - width - 3)):
            lines.append(f"  {'' if number else photo.name:{width}}{line.replace(_NO_BREAK, ' ')}")
    lines.append("")
    lines += [f"  Sign in as {name:8}password {password}" for name, password in passwords.items()]
    return "\n".join(lines) + "\n"


def _tag(name: str, confidence: float | None) -> str:
    text = name if confidence is None else f"{name} {confidence:.0f}"
    return text.replace(" ", _NO_BREAK)


def _say(heading: str) -> None:
    sys.stdout.write(f"{heading} ...\n")
    sys.stdout.flush()
