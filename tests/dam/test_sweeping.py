"""Bytes go a day after nothing refers to them, and never from under an upload."""

import json
import os
import time
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from dam import ingest as ingesting
from dam import sweeping, trash
from dam.delivery import read_proxy
from dam.file_checks import FOLDERS, remove_strays
from dam.ingest import ingest
from dam.models import Asset, Original
from dam.staging import StagedFile
from dam.storages import originals_storage
from dam.tasks import sweep_storage
from recognition.models import Detection, RecognitionRun
from tests.dam.test_concurrency import at_once
from tests.factories import finish_run, label, make_asset, make_user, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


def delete(*assets):
    for asset in assets:
        trash.put_in_trash(asset)
        trash.delete_for_ever(Asset.objects.filter(pk=asset.pk))


def let_a_day_pass():
    day = timedelta(days=1, seconds=1)
    Original.objects.exclude(unreferenced_since=None).update(
        unreferenced_since=timezone.now() - day
    )


def make_old(path):
    before = time.time() - sweeping.GRACE.total_seconds() - 1
    for entry in (*path.iterdir(), path):
        os.utime(entry, (before, before))


def assert_has_its_bytes(asset, content):
    with asset.original.file.open("rb") as file:
        assert file.read() == content
    assert read_proxy(asset.original)


class TestAnOriginalWithoutAssets:
    def test_stays_for_a_day_and_goes_then_with_all_that_was_made_of_it(self, stored_files):
        kept = make_asset()
        others = stored_files()
        gone = make_asset()
        finish_run(gone, label("Cat", 90))
        held = stored_files()
        delete(gone)
        assert sweeping.sweep().originals == 0
        assert stored_files() == held

        let_a_day_pass()
        swept = sweeping.sweep()
        assert (swept.originals, swept.bytes, swept.left) == (1, gone.original.bytes, 0)
        assert stored_files() == others
        assert Original.objects.get() == kept.original
        assert not RecognitionRun.objects.exclude(original=kept.original).exists()
        assert not Detection.objects.exclude(run__original=kept.original).exists()

    def test_counts_its_day_from_the_last_asset_it_had(self):
        content = picture()
        delete(make_asset(content=content))
        let_a_day_pass()
        delete(make_asset(content=content))
        assert sweeping.sweep().originals == 0

    def test_is_found_whoever_deleted_the_assets(self):
        make_asset().delete()
        sweeping.sweep()
        let_a_day_pass()
        assert sweeping.sweep().originals == 1

    def test_stays_where_an_asset_has_it_again(self):
        content = picture()
        delete(make_asset(content=content))
        let_a_day_pass()
        asset = make_asset(content=content)
        assert sweeping.sweep().originals == 0
        assert Original.objects.get().unreferenced_since is None
        assert_has_its_bytes(asset, content)

    def test_is_new_content_afterwards(self):
        content = picture()
        first = make_asset(content=content)
        delete(first)
        let_a_day_pass()
        sweeping.sweep()
        again = make_asset(content=content)
        assert again.original.file.name != first.original.file.name
        assert_has_its_bytes(again, content)

    def test_leaves_no_empty_folder_on_disk(self, storage, tmp_path):
        if storage != "disk":
            pytest.skip("a bucket has no folders")
        delete(make_asset())
        let_a_day_pass()
        sweeping.sweep()
        assert [path.name for path in (tmp_path / "renditions").glob("*/*")] == []

    def test_loses_its_row_also_where_the_storage_keeps_the_files(self, monkeypatch):
        delete(make_asset(), make_asset())
        let_a_day_pass()

        def fail(self, name):
            raise ConnectionError(name)

        monkeypatch.setattr(type(originals_storage()), "delete", fail)
        swept = sweeping.sweep()
        assert (swept.originals, swept.left) == (2, 2)


class TestASweepThatHasNoTimeForAll:
    def test_says_so_and_the_next_one_goes_on(self):
        delete(*(make_asset() for _ in range(3)))
        let_a_day_pass()
        assert not sweeping.sweep(seconds=-1).is_complete
        assert Original.objects.count() == 3
        sweep_storage()
        assert not Original.objects.exists()


class TestUploadsThatWereNeverCompleted:
    def test_go_after_a_day(self, staging):
        left, current = StagedFile(), StagedFile()
        (staging / "other").mkdir()
        for path in (left.path.parent, staging / "other"):
            make_old(path)
        assert sweeping.sweep().staged == 1
        assert not left.path.exists()
        assert current.path.exists()
        assert (staging / "other").exists()

    def test_stay_while_anything_is_written_to_them(self):
        slow = StagedFile()
        make_old(slow.path.parent)
        slow.append(b"more")
        slow.complete()
        assert sweeping.sweep().staged == 0


class TestTheCommand:
    def test_tells_what_was_removed(self):
        asset = make_asset()
        delete(asset)
        let_a_day_pass()
        out = StringIO()
        call_command("sweep_storage", "--json", stdout=out)
        size = asset.original.bytes
        told = {"originals": 1, "bytes": size, "left": 0, "staged": 0, "strays": 0}
        assert json.loads(out.getvalue()) == told

        again = StringIO()
        call_command("sweep_storage", stdout=again)
        assert again.getvalue().startswith("Removed: 0 originals")

    def test_tells_of_a_single_one_in_the_singular(self):
        delete(make_asset())
        let_a_day_pass()
        left = StagedFile()
        make_old(left.path.parent)
        out = StringIO()
        call_command("sweep_storage", stdout=out)
        assert out.getvalue().startswith("Removed: 1 original (")
        assert "1 upload that was never completed, 0 files without a row." in out.getvalue()


class TestAFileWithoutARow:
    """As a process leaves it that dies between file and row."""

    def test_goes_after_a_day_with_what_was_derived_from_it(self, stored_files, monkeypatch):
        make_asset()
        kept = stored_files()
        with monkeypatch.context() as dying:
            dying.setattr(ingesting, "_remove_files", lambda draft: None)
            dying.setattr(ingesting, "_create", die)
            with pytest.raises(RuntimeError):
                make_asset()
        assert len(stored_files()) == len(kept) + 3
        for folder in FOLDERS:
            assert remove_strays(folder) == []

        make_asset()  # else the files might be those of a newer copy of the database
        monkeypatch.setattr("dam.stray_files.GRACE", -timedelta(days=1))
        removed = [finding for folder in FOLDERS for finding in remove_strays(folder)]
        assert {finding.code for finding in removed} == {"file_unknown", "renditions_unknown"}
        assert len(stored_files()) == 3 * Asset.objects.count()


def die(*arguments):
    raise RuntimeError("killed")


class TestAnUploadOfTheSameContent:
    """At every moment of a sweep that is about to remove it."""

    @pytest.fixture
    def content(self):
        content = picture()
        delete(make_asset(content=content))
        let_a_day_pass()
        return content

    def test_is_new_where_row_and_files_go_after_it_was_found(self, content, monkeypatch):
        swept, atomic = [], transaction.atomic

        def sweep_first(*arguments, **options):
            if not swept:
                swept.append(True)
                sweeping.sweep()
            return atomic(*arguments, **options)

        monkeypatch.setattr(ingesting.transaction, "atomic", sweep_first)
        assert_has_its_bytes(make_asset(content=content), content)
        assert swept

    def test_keeps_the_row_where_it_holds_it_before_the_sweep_does(self, content, monkeypatch):
        create = ingesting._create

        def then_sweep(*arguments):
            created = create(*arguments)
            sweeping.sweep()
            return created

        monkeypatch.setattr(ingesting, "_create", then_sweep)
        assert_has_its_bytes(make_asset(content=content), content)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestManyUploadsDuringSweeps:
    def test_never_leave_an_asset_without_its_bytes(self):
        people = [make_user() for _ in range(3)]
        for _ in range(2):
            contents = [picture() for _ in range(3)]
            delete(*(make_asset(content=content) for content in contents))
            let_a_day_pass()

            def upload(user, contents=contents):
                return lambda: [
                    ingest(BytesIO(content), file_name="a.png", uploader=user).asset.pk
                    for content in contents
                ]

            at_once(sweeping.sweep, *(upload(user) for user in people), sweeping.sweep)
            # Each of them is seen by all, so everybody got the same assets.
            assert Asset.objects.count() == len(contents)
            by_size = {asset.original.sha256: asset for asset in Asset.objects.all()}
            assert len(by_size) == len(contents)
            for asset in by_size.values():
                content = next(c for c in contents if _sha256(c) == asset.original.sha256)
                assert_has_its_bytes(asset, content)
            Asset.objects.all().delete()
            Original.objects.all().delete()


def _sha256(content):
    return ingesting.stage(BytesIO(content), max_bytes=10**9).sha256
