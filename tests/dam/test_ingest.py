"""Taking files into the library."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import OperationalError

from dam import trash
from dam.delivery import read_proxy, read_rendition, rendition_key
from dam.ingest import NotStoredError, Status, ingest
from dam.models import Asset, Collection, Original
from dam.renditions.spec import GRID
from dam.storages import originals_storage, renditions_storage
from tests.factories import make_asset, make_user, picture
from tests.images import exif_with, jpeg_bytes, noise, oriented, png_header_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


def take_in(content, file_name="photo.jpg", **rest):
    return ingest(BytesIO(content), file_name=file_name, **rest)


class TestAnAcceptableImage:
    def test_becomes_an_asset_on_an_original_that_is_stored_unchanged(self):
        content = picture()
        asset = take_in(content, "beach.jpg").asset
        with asset.original.file.open("rb") as file:
            assert file.read() == content
        assert asset.file_name == "beach.jpg"
        assert asset.original.bytes == len(content)
        assert "beach" not in asset.original.file.name

    def test_has_the_dimensions_of_the_upright_image(self):
        original = take_in(oriented(6, size=(64, 32))).asset.original
        assert (original.width, original.height) == (64, 32)  # the file itself lies on its side

    def test_has_a_proxy_and_a_picture_for_the_grid_at_once(self):
        asset = take_in(_large()).asset
        assert renditions_storage().exists(rendition_key(asset.original, GRID))
        assert read_proxy(asset.original).startswith(b"\xff\xd8\xff")
        assert read_rendition(asset, GRID).startswith(b"RIFF")

    def test_is_seen_by_everybody_signed_in(self):
        asset = make_asset()
        assert list(Asset.objects.visible_to(make_user(group="Viewers"))) == [asset]

    def test_has_its_camera_as_a_fact(self):
        exif = exif_with({0x010F: "Canon", 0x0110: "Canon EOS 5D"})
        asset = take_in(jpeg_bytes(exif=exif)).asset
        assert asset.facts.get(kind="camera").value == "Canon EOS 5D"

    def test_has_the_year_and_the_month_it_was_taken_in_as_facts(self):
        exif = exif_with(detail={0x9003: "2023:12:31 23:30:00", 0x9011: "-08:00"})
        asset = take_in(jpeg_bytes(exif=exif)).asset
        asset.original.refresh_from_db()
        assert asset.original.taken_at == datetime(2023, 12, 31, 23, 30, tzinfo=UTC)
        assert asset.facts.get(kind="year").value == "2023"
        assert asset.facts.get(kind="month").value == "2023-12"

    def test_has_no_year_where_its_file_tells_of_none(self):
        asset = take_in(jpeg_bytes()).asset
        assert asset.original.taken_at is None
        assert not asset.facts.filter(kind__in=["year", "month"]).exists()


class TestWhatIsNoAcceptableImage:
    @pytest.mark.parametrize(
        ("content", "file_name", "reason"),
        [
            (b"hello, this is text", "text.jpg", "text"),
            (jpeg_bytes(size=(400, 400))[:-2000], "cut.jpg", "ends too early"),
            (png_header_bytes(30_000, 30_000), "huge.png", "900 megapixels"),
            (b"PK\x03\x04" + bytes(60), "archive.jpg", "zip"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing.svg", "SVG"),
            (b"", "empty.jpg", "empty"),
            (picture(), "../../etc/passwd.jpg", "path"),
            (picture(), "a\x07b.jpg", "cannot be seen"),
        ],
    )
    def test_is_refused_by_name_and_reason_and_nothing_is_kept(
        self, stored_files, staging, content, file_name, reason
    ):
        with pytest.raises(ValidationError) as caught:
            take_in(content, file_name)
        (message,) = caught.value.messages
        assert "was not added" in message
        assert reason in message
        assert not Asset.objects.exists()
        assert not Original.objects.exists()
        assert stored_files() == []
        assert not staging.exists() or list(staging.iterdir()) == []

    def test_is_refused_when_larger_than_allowed(self, settings):
        settings.BROMO_MAX_UPLOAD_MEGABYTES = 0.01
        with pytest.raises(ValidationError, match="limit of"):
            take_in(_large())

    @pytest.mark.parametrize("broken", ["dam.ingest.record_file_facts", "dam.ingest._save"])
    def test_leaves_no_file_when_the_database_fails(
        self, monkeypatch, stored_files, staging, broken
    ):
        def fail(*args, **kwargs):
            raise RuntimeError("database away")

        monkeypatch.setattr(broken, fail)
        with pytest.raises(RuntimeError):
            take_in(picture())
        assert stored_files() == []
        assert not staging.exists() or list(staging.iterdir()) == []

    @pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyError("x"), MemoryError()])
    def test_is_not_blamed_for_a_storage_that_fails(
        self, monkeypatch, stored_files, staging, error
    ):
        def fail(*args, **kwargs):
            raise error

        monkeypatch.setattr(type(originals_storage()), "_save", fail)
        with pytest.raises(NotStoredError, match="Try again later"):
            take_in(picture())
        monkeypatch.undo()
        assert stored_files() == []
        assert not staging.exists() or list(staging.iterdir()) == []
        assert not Original.objects.exists()

    def test_is_not_blamed_for_a_database_that_is_full(self, monkeypatch, stored_files):
        def fail(*args, **kwargs):
            raise OperationalError("database or disk is full")

        monkeypatch.setattr("dam.ingest._save", fail)
        with pytest.raises(NotStoredError, match="the database did not take it"):
            take_in(picture())
        assert stored_files() == []


def _large():
    buffer = BytesIO()
    noise((200, 200)).save(buffer, "PNG")
    return buffer.getvalue()


class TestTheSameContentAgain:
    def test_is_a_duplicate_that_gets_the_collection_and_tags_asked_for(self):
        content, user = picture(), make_user()
        first = take_in(content, "a.jpg", uploader=user).asset
        press = Collection.objects.create(name="Press")
        again = take_in(content, "b.jpg", uploader=user, collection=press, tags=["Sunset"])
        assert (again.status, again.asset) == (Status.DUPLICATE, first)
        assert list(press.assets.all()) == [first]
        assert list(first.tags.values_list("name", flat=True)) == ["Sunset"]

    def test_gives_no_hint_of_an_asset_that_the_uploader_may_not_see(self):
        content, owner, stranger = picture(), make_user(), make_user()
        hidden = take_in(content, uploader=owner).asset
        hidden.audiences.all().delete()
        result = take_in(content, uploader=stranger)
        assert result.status is Status.CREATED
        assert result.asset != hidden
        assert result.asset.original == hidden.original
        assert Original.objects.count() == 1

    def test_is_offered_back_from_the_trash(self):
        content, user = picture(), make_user()
        asset = take_in(content, uploader=user).asset
        trash.put_in_trash(asset)
        result = take_in(content, uploader=user)
        assert (result.status, result.asset) == (Status.IN_TRASH, asset)
        assert Asset.objects.count() == 1


class TestAnOriginalWhoseFileIsMissing:
    def test_gets_it_back_from_whoever_uploads_the_same_again(self):
        content, user = picture(), make_user()
        original = take_in(content, uploader=user).asset.original
        original.file.storage.delete(original.file.name)
        assert take_in(content, uploader=user).status is Status.DUPLICATE
        with original.file.open("rb") as file:
            assert file.read() == content

    def test_gets_it_back_from_somebody_who_does_not_see_its_assets(self):
        content = picture()
        hidden = take_in(content, uploader=make_user()).asset
        hidden.audiences.all().delete()
        hidden.original.file.storage.delete(hidden.original.file.name)
        asset = take_in(content, uploader=make_user()).asset
        with asset.original.file.open("rb") as file:
            assert file.read() == content


class TestVisibility:
    def test_of_a_groups_asset_ends_at_the_group(self):
        group = Group.objects.create(name="Press")
        owner, member, other = make_user(), make_user(), make_user()
        member.groups.add(group)
        asset = make_asset(uploader=owner)
        asset.audiences.update(group=group)
        assert Asset.objects.visible_to(owner).exists()
        assert Asset.objects.visible_to(member).exists()
        assert not Asset.objects.visible_to(other).exists()
        assert Asset.objects.visible_to(make_user(is_superuser=True)).exists()

    def test_is_nothing_for_a_viewer_who_was_forgotten(self):
        make_asset()
        assert not Asset.objects.visible_to(None).exists()
        assert not Collection.objects.visible_to(None).exists()

    def test_ends_with_the_account(self):
        make_asset()
        assert not Asset.objects.visible_to(make_user(is_active=False)).exists()
