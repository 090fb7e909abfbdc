"""What is wrong with a library is found and mended, and what others do meanwhile is left alone."""

import json
import os
import time
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from dam import file_checks, stray_files, sweeping, trash
from dam.delivery import delete_derived, read_proxy
from dam.ingest import ingest
from dam.models import Asset, Original
from dam.storages import originals_storage, renditions_storage
from tests.dam.test_concurrency import at_once
from tests.factories import make_asset, make_user, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


def check(*options, status=0):
    """The findings, by code and what they are about, and the summary."""
    out, ended = StringIO(), 0
    try:
        call_command("check_library", "--json", *options, stdout=out)
    except CommandError as error:
        ended = error.returncode
    assert ended == status, out.getvalue()
    *findings, summary = [json.loads(line) for line in out.getvalue().splitlines()]
    return {(f["code"], f["about"]): f for f in findings}, summary


def damage(original, content):
    """Puts other bytes under an original's key, as no part of Bromo would."""
    store = originals_storage()
    store.delete(original.file.name)
    store.save(original.file.name, ContentFile(content))


@pytest.fixture
def make_old(storage, monkeypatch):
    """Makes files that are there now look older than a day."""

    def age(*names, kept=originals_storage):
        if storage == "disk":
            before = time.time() - sweeping.GRACE.total_seconds() - 60
            for name in names:
                os.utime(kept().path(name), (before, before))
        else:
            # A bucket's clock cannot be set: the day is made shorter than these files are old.
            time.sleep(1.1)
            monkeypatch.setattr(stray_files, "GRACE", timedelta(seconds=1))

    return age


class TestALibraryInOrder:
    def test_is_clean(self):
        asset = make_asset()
        trash.put_in_trash(make_asset())
        findings, summary = check()
        assert findings == {}
        assert summary["originals"] == 2
        assert summary["bytes"] >= asset.original.bytes
        assert (summary["findings"], summary["left"]) == (0, 0)

    def test_is_clean_after_assets_were_deleted_for_ever(self):
        asset = make_asset()
        trash.put_in_trash(asset)
        trash.delete_for_ever(Asset.objects.all())
        assert check()[0] == {}
        Original.objects.update(unreferenced_since=timezone.now() - timedelta(days=2))
        sweeping.sweep()
        assert check()[0] == {}

    def test_says_so_in_words_too(self):
        make_asset()
        out = StringIO()
        call_command("check_library", stdout=out)
        assert out.getvalue() == "1 original: 0 findings, 0 repaired, 0 left\n"


class TestWords:
    @pytest.mark.parametrize(
        ("number", "summary", "ended"),
        [
            (1, "1 original: 1 finding, 0 repaired, 1 left", "1 finding is left."),
            (2, "2 originals: 2 findings, 0 repaired, 2 left", "2 findings are left."),
        ],
    )
    def test_agree_with_the_number_of_findings(self, number, summary, ended):
        for _ in range(number):
            originals_storage().delete(make_asset().original.file.name)
        out = StringIO()
        with pytest.raises(CommandError, match=f"^{ended}$"):
            call_command("check_library", stdout=out)
        assert out.getvalue().splitlines()[-1] == summary

    @pytest.mark.parametrize(
        ("number", "files", "them"),
        [(1, "1 file", "it"), (2, "2 files", "them")],
    )
    def test_agree_with_the_number_of_young_files(self, number, files, them):
        for index in range(number):
            originals_storage().save(f"ab/stray-{index}.jpg", ContentFile(b"stray"))
        out = StringIO()
        call_command("check_library", stdout=out)
        told = f"{files} without a row, younger than a day: an upload on its way may need {them}."
        assert told in out.getvalue()


class TestAMissingOriginal:
    def test_is_found_and_comes_back_by_another_upload(self):
        content = picture()
        asset = make_asset("bromo.jpg", content=content)
        originals_storage().delete(asset.original.file.name)
        findings, summary = check("--repair", status=1)
        finding = findings["file_missing", f"original {asset.original_id}"]
        assert "bromo.jpg" in finding["text"]
        assert "upload it again" in finding["action"]
        assert not finding["repaired"]
        assert summary["left"] == 1

        assert make_asset(content=content) == asset
        assert check()[0] == {}

    def test_that_no_asset_has_any_more_is_nobodys_loss(self):
        asset = make_asset()
        originals_storage().delete(asset.original.file.name)
        asset.delete()
        assert check()[0] == {}


class TestADamagedOriginal:
    def test_with_another_size_is_found_quickly(self):
        asset = make_asset()
        damage(asset.original, b"short")
        findings, _ = check("--quick", "--repair", status=1)
        finding = findings["file_damaged", f"original {asset.original_id}"]
        assert "5 bytes instead of" in finding["text"]
        assert originals_storage().exists(asset.original.file.name)

    def test_of_the_same_size_is_found_by_reading_it(self):
        content = picture()
        asset = make_asset(content=content)
        damage(asset.original, content[:-1] + bytes([content[-1] ^ 1]))
        assert check("--quick")[0] == {}
        findings, _ = check("--repair", status=1)
        assert "SHA-256" in findings["file_damaged", f"original {asset.original_id}"]["text"]
        assert originals_storage().exists(asset.original.file.name)

    def test_can_be_moved_away_and_uploaded_again(self):
        content = picture()
        asset = make_asset(content=content)
        damage(asset.original, b"short")
        originals_storage().delete(asset.original.file.name)
        make_asset(content=content)
        assert check()[0] == {}


class TestAMissingProxy:
    def test_is_made_again(self):
        asset = make_asset()
        before = read_proxy(asset.original)
        delete_derived(asset.original)
        findings, _ = check(status=1)
        key = ("proxy_missing", f"original {asset.original_id}")
        assert not findings[key]["repaired"]
        findings, summary = check("--repair")
        assert findings[key]["repaired"]
        assert (summary["findings"], summary["repaired"], summary["left"]) == (1, 1, 0)
        assert read_proxy(asset.original) == before
        assert check()[0] == {}

    def test_cannot_be_made_without_the_original(self):
        asset = make_asset()
        delete_derived(asset.original)
        originals_storage().delete(asset.original.file.name)
        findings, _ = check("--repair", status=1)
        finding = findings["proxy_missing", f"original {asset.original_id}"]
        assert "once the original has its bytes" in finding["action"]

    def test_that_cannot_be_made_just_now_says_why(self, settings):
        asset = make_asset()
        delete_derived(asset.original)
        settings.BROMO_MAX_MEGAPIXELS = 0  # lowered since it was uploaded
        findings, _ = check("--repair", status=1)
        finding = findings["proxy_missing", f"original {asset.original_id}"]
        assert finding["action"].startswith("It could not be made: ")


class TestAFileWithoutARow:
    def test_is_removed_after_a_day_and_not_before(self, make_old):
        stray = originals_storage().save("ab/stray.jpg", ContentFile(b"stray"))
        findings, summary = check("--repair")
        assert findings == {}
        assert summary["young_files"] == 1

        make_old(stray)
        make_asset()  # so that the database is no older than the file
        about = ("file_unknown", "originals/ab/stray.jpg")
        findings, _ = check(status=1)
        assert not findings[about]["repaired"]
        findings, _ = check("--repair")
        assert findings[about]["repaired"]
        assert not originals_storage().exists(stray)
        assert check()[0] == {}

    def test_is_kept_where_the_database_may_be_an_older_copy(self, make_old):
        asset = make_asset()
        stray = originals_storage().save("ab/stray.jpg", ContentFile(b"stray"))
        make_old(stray)
        Original.objects.update(created_at=timezone.now() - timedelta(days=30))
        findings, _ = check("--repair", status=1)
        assert "older copy" in findings["file_unknown", f"originals/{stray}"]["action"]
        assert originals_storage().exists(stray)
        asset.delete()
        Original.objects.all().delete()
        assert "older copy" in next(iter(check("--repair", status=1)[0].values()))["action"]

    def test_under_a_name_that_bromo_does_not_give_is_left_to_people(self, make_old):
        names = [
            originals_storage().save(name, ContentFile(b"notes"))
            for name in ("notes.txt", "more/notes.txt")
        ]
        make_asset()
        make_old(*names)
        make_asset()
        findings, _ = check("--repair", status=1)
        assert set(findings) == {("file_unknown", f"originals/{name}") for name in names}
        assert all(originals_storage().exists(name) for name in names)

    def test_is_no_upload_on_its_way(self, staging):
        staging.mkdir(parents=True, exist_ok=True)
        (staging / "staged-1").mkdir()
        assert check()[1]["young_files"] == 0


class TestDerivedFilesWithoutARow:
    def test_are_removed_after_a_day(self, make_old, tmp_path):
        store = renditions_storage()
        names = [store.save(f"ab/gone/{n}.webp", ContentFile(b"x")) for n in ("proxy", "b")]
        kept = make_asset()
        assert check("--repair")[1]["young_files"] == 1
        make_old(*names, kept=renditions_storage)
        findings, _ = check("--repair")
        assert findings["renditions_unknown", "renditions/ab/gone"]["repaired"]
        assert not any(store.exists(name) for name in names)
        assert not (tmp_path / "renditions" / "ab" / "gone").exists()
        assert read_proxy(kept.original)
        assert check()[0] == {}


class TestADraft:
    def test_of_a_process_that_was_killed_goes_after_a_day(self, storage):
        if storage != "disk":
            pytest.skip("a bucket shows objects when they are complete")
        asset = make_asset()
        before = time.time() - sweeping.GRACE.total_seconds() - 60
        folder = Path(renditions_storage().path(asset.original.rendition_folder))
        drafts = [
            Path(originals_storage().path(asset.original.file.name)).parent / ".draft-1",
            folder / ".draft-2",
        ]
        for draft in drafts:
            draft.write_bytes(b"half")
        assert check("--repair")[0] == {}
        for draft in drafts:
            os.utime(draft, (before, before))
        findings, _ = check("--repair")
        assert [code for code, _ in findings] == ["draft_left", "draft_left"]
        assert not any(draft.exists() for draft in drafts)
        assert check()[0] == {}


class TestAStorageThatIsAway:
    def test_is_no_reason_to_call_files_missing(self, monkeypatch):
        make_asset()

        def fail(*args, **kwargs):
            raise ConnectionError("no answer")

        monkeypatch.setattr(type(originals_storage()), "listdir", fail)
        with pytest.raises(CommandError, match="broken off") as raised:
            call_command("check_library", "--json", stdout=StringIO())
        assert raised.value.returncode == 2

    def test_for_one_file_says_that_it_cannot_be_read(self, monkeypatch):
        asset = make_asset()

        def fail(self, name, mode="rb"):
            raise TimeoutError("no answer")

        monkeypatch.setattr(type(originals_storage()), "_open", fail)
        findings, _ = check(status=1)
        assert ("file_unreadable", f"original {asset.original_id}") in findings


class TestWhatOthersDoMeanwhile:
    """Between the look at the files and the look at the rows, at the worst moment."""

    def between(self, monkeypatch, action):
        rows_of, done = file_checks._rows_of, []

        def act_first(folder):
            if not done:
                done.append(True)
                action()
            return rows_of(folder)

        monkeypatch.setattr(file_checks, "_rows_of", act_first)

    def test_an_upload_is_no_finding(self, monkeypatch):
        self.between(monkeypatch, lambda: [make_asset() for _ in range(3)])
        findings, summary = check("--repair")
        assert findings == {}
        assert summary["originals"] == 3

    def test_a_sweep_is_no_finding(self, monkeypatch, make_old):
        originals = [make_asset().original for _ in range(3)]
        make_old(*(original.file.name for original in originals))
        Asset.objects.all().delete()
        sweeping.mark_unreferenced()
        Original.objects.update(
            created_at=F("created_at"), unreferenced_since=timezone.now() - timedelta(days=2)
        )
        self.between(monkeypatch, sweeping.sweep)
        assert check("--repair")[0] == {}

    def test_an_asset_that_goes_while_its_file_is_read_is_no_finding(self, monkeypatch):
        asset = make_asset()
        originals_storage().delete(asset.original.file.name)
        compare = file_checks._compare

        def then_delete(*args, **kwargs):
            Asset.objects.all().delete()
            return compare(*args, **kwargs)

        monkeypatch.setattr(file_checks, "_compare", then_delete)
        assert check()[0] == {}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestRepairingDuringUploads:
    def test_harms_none_of_them(self):
        user, contents = make_user(), [picture() for _ in range(6)]

        def upload():
            for content in contents:
                ingest(BytesIO(content), file_name="a.png", uploader=user)

        def repair():
            return [check("--repair")[0] for _ in range(2)]

        at_once(upload, repair)
        assert Asset.objects.count() == len(contents)
        assert check()[0] == {}
        Asset.objects.all().delete()
        Original.objects.all().delete()
