"""Uploading through the browser."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dam import metrics, trash
from dam.models import Asset, Collection
from dam.staging import StagedFile
from tests.factories import make_user, picture
from tests.images import jpeg_bytes, png_header_bytes

pytestmark = pytest.mark.django_db
URL = "/upload/"
BOUNDARY = "x-bromo-boundary"


def form_body(*files, **fields):
    """A form as a browser sends it, with file names that Django's test client would clean."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, content in files:
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def editor(client):
    user = make_user("ed")
    client.force_login(user)
    return user


def send(client, *files, path=URL, accept="application/json", **fields):
    return client.post(
        path,
        form_body(*files, **fields),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
        headers={"accept": accept},
    )


class TestAScript:
    def test_is_told_of_each_file(self, client, editor):
        response = send(client, ("beach.jpg", picture()))
        assert response.status_code == 201
        (result,) = response.json()["results"]
        asset = Asset.objects.get()
        assert (asset.uploader, asset.file_name) == (editor, "beach.jpg")
        assert (result["status"], result["id"], result["url"]) == (
            "created",
            asset.pk,
            asset.get_absolute_url(),
        )

    @pytest.mark.parametrize(
        ("name", "content", "status", "reason"),
        [
            ("text.jpg", b"this is text", 415, "text"),
            ("cut.jpg", jpeg_bytes()[:-3000], 422, "ends too early"),
            ("huge.png", png_header_bytes(30_000, 30_000), 413, "megapixels"),
            ("a.zip", b"PK\x03\x04" + bytes(40), 415, "zip"),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "SVG"),
            ("empty.jpg", b"", 422, "empty"),
            ("../../etc/a.jpg", picture(), 422, "path"),
            ("C:\\\\photos\\\\a.jpg", picture(), 422, "path"),
            ("bell\x07.jpg", picture(), 422, "cannot be seen"),
        ],
    )
    def test_hears_why_a_file_was_refused(self, client, editor, name, content, status, reason):
        response = send(client, (name, content))
        assert response.status_code == status
        (result,) = response.json()["results"]
        assert result["status"] == "rejected"
        assert reason in result["message"]
        assert not Asset.objects.exists()

    def test_hears_it_of_a_file_that_is_too_large_though_it_was_never_kept(
        self, client, editor, settings
    ):
        settings.BROMO_MAX_UPLOAD_MEGABYTES = 1
        response = send(
            client, ("big.jpg", b"\xff\xd8\xff" + bytes(1_200_000)), ("b.jpg", picture())
        )
        assert response.status_code == 413
        big, small = response.json()["results"]
        assert "larger than the limit of 1 MB" in big["message"]
        assert small["status"] == "created"

    def test_gets_the_good_files_in_beside_the_bad_ones(self, client, editor):
        response = send(client, ("a.jpg", picture()), ("b.jpg", b"no"), ("c.jpg", picture()))
        assert [r["status"] for r in response.json()["results"]] == [
            "created",
            "rejected",
            "created",
        ]
        assert Asset.objects.count() == 2

    def test_may_say_where_assets_go(self, client, editor):
        press = Collection.objects.create(name="Press", creator=editor)
        send(client, ("a.jpg", picture()), collection=press.pk, tags="Sunset, Beach")
        asset = press.assets.get()
        assert set(asset.tags.values_list("name", flat=True)) == {"Sunset", "Beach"}

    def test_learns_of_duplicates_and_of_the_trash(self, client, editor):
        content = picture()
        send(client, ("a.jpg", content))
        response = send(client, ("b.jpg", content))
        assert (response.status_code, response.json()["results"][0]["status"]) == (200, "duplicate")
        trash.put_in_trash(Asset.objects.get())
        (result,) = send(client, ("b.jpg", content)).json()["results"]
        assert result["status"] == "in_trash"
        client.post(result["restore_url"])
        assert not Asset.objects.get().is_in_trash


class TestABrowserWithoutScripts:
    def test_sees_every_outcome_on_one_page(self, client, editor):
        response = send(client, ("a.jpg", picture()), ("b<i>.jpg", b"no"), accept="text/html")
        assert response.status_code == 415
        page = response.content.decode()
        assert "a.jpg" in page
        assert "b&lt;i&gt;.jpg" in page
        assert "b<i>" not in page

    def test_that_sends_no_file_is_told_so(self, client, editor):
        response = send(client, accept="text/html")
        assert response.status_code == 422
        assert "choose at least one image" in response.content.decode()


class TestOnlyEditors:
    def test_may_upload(self, client):
        client.force_login(make_user(group="Viewers"))
        assert client.get(URL).status_code == 403
        assert send(client, ("a.jpg", picture())).status_code == 403
        assert not Asset.objects.exists()

    def test_with_a_token_of_their_own_page_may_upload(self, django_user_model):
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        strict.force_login(make_user())
        assert send(strict, ("a.jpg", picture())).status_code == 403
        strict.get(URL)
        token = strict.cookies["csrftoken"].value
        response = strict.post(
            URL,
            form_body(("a.jpg", picture())),
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            headers={"accept": "application/json", "x-csrftoken": token},
        )
        assert response.status_code == 201


class TestDjangoAdmin:
    @pytest.fixture(autouse=True)
    def admin(self, client):
        client.force_login(make_user(is_superuser=True, is_staff=True))

    def add(self, client, name, content):
        return client.post(
            reverse("admin:dam_asset_add"),
            {"file": SimpleUploadedFile(name, content), "title": "From the admin"},
        )

    def test_adds_an_asset_through_the_same_door(self, client):
        assert self.add(client, "a.jpg", picture()).status_code == 302
        asset = Asset.objects.get()
        assert (asset.title, asset.file_name) == ("From the admin", "a.jpg")
        assert asset.audiences.exists()
        assert asset.uploader is not None

    def test_shows_why_a_file_was_not_stored(self, client, monkeypatch):
        def fail(*args, **kwargs):
            raise OSError(28, "No space left")

        monkeypatch.setattr("dam.ingest.store_derived", fail)
        response = self.add(client, "a.jpg", picture())
        assert response.status_code == 200
        assert "Try again later" in response.content.decode()
        assert not Asset.objects.exists()

    def test_shows_why_a_file_was_refused(self, client):
        response = self.add(client, "a.jpg", b"no image")
        assert response.status_code == 200
        assert "was not added" in response.content.decode()
        assert not Asset.objects.exists()


class TestADiskThatTakesNothing:
    @pytest.fixture(autouse=True)
    def full(self, settings, tmp_path):
        (tmp_path / "file").write_text("in the way of a folder")
        settings.BROMO_STAGING_DIR = tmp_path / "file" / "incoming"

    def test_is_told_of_each_file_and_counted(self, client, editor, monkeypatch):
        counted = []
        failed = metrics.uploads.labels(outcome="failed")
        monkeypatch.setattr(failed, "inc", lambda: counted.append("failed"))
        response = send(client, ("a.jpg", picture()), ("b.jpg", picture()))
        assert response.status_code == 503
        results = response.json()["results"]
        assert [(r["file_name"], r["status"]) for r in results] == [
            ("a.jpg", "failed"),
            ("b.jpg", "failed"),
        ]
        assert "the server's disk does not take it" in results[0]["message"]
        assert counted == ["failed", "failed"]

    def test_is_told_on_the_page_without_scripts(self, client, editor):
        response = send(client, ("a.jpg", picture()), accept="text/html")
        assert response.status_code == 503
        assert "disk does not take it" in response.content.decode()

    def test_is_told_in_the_administration(self, client):
        client.force_login(make_user(is_superuser=True, is_staff=True))
        response = client.post(
            reverse("admin:dam_asset_add"), {"file": SimpleUploadedFile("a.jpg", picture())}
        )
        assert response.status_code == 200
        assert "disk does not take it" in response.content.decode()


class TestWhoMayNotUpload:
    @pytest.mark.parametrize("who", ["nobody", "viewer"])
    def test_fills_no_disk_by_sending_files_anywhere(self, client, who, monkeypatch):
        staged = []

        class Noticed(StagedFile):
            def __init__(self):
                staged.append(self)
                super().__init__()

        monkeypatch.setattr("dam.uploads.StagedFile", Noticed)
        if who == "viewer":
            client.force_login(make_user(group="Viewers"))
        for path in (reverse("login"), URL):
            send(client, ("a.jpg", picture()), path=path)
        assert staged == []
        client.force_login(make_user())
        send(client, ("a.jpg", picture()))
        assert len(staged) == 1
