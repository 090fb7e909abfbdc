"""An asset's own page, and the files it serves."""

import pytest

from dam import tagging
from dam.models import Asset, Collection, Decision
from tests.factories import finish_run, label, make_asset, make_user, unsafe
from tests.images import iptc_block, jpeg_bytes, with_iptc

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    user = make_user("ed")
    client.force_login(user)
    return user


def names(asset):
    return set(asset.tags.values_list("name", flat=True))


class TestThePage:
    def test_shows_what_is_known_and_escapes_it(self, client, editor):
        asset = make_asset("<script src=x>.png", tags=["<b>bold</b>"])
        finish_run(asset, label("Cat", 93.2))
        page = client.get(asset.get_absolute_url()).content.decode()
        assert "<script src=x>" not in page
        assert "<b>bold" not in page
        assert "Cat" in page
        assert "93" in page

    def test_of_an_unsafe_asset_hides_the_picture_at_first(self, client, editor):
        asset = make_asset()
        calm = client.get(asset.get_absolute_url()).content.decode()
        finish_run(asset, unsafe(95))
        assert "is-unsafe" in client.get(asset.get_absolute_url()).content.decode()
        assert "is-unsafe" not in calm

    def test_says_why_a_run_failed_and_offers_to_retry(self, client, editor, settings):
        from recognition.models import RecognitionRun

        asset = make_asset()
        run = RecognitionRun.objects.get()
        RecognitionRun.claim(run.pk).fail("The model is missing: run fetch_models.")
        page = client.get(asset.get_absolute_url()).content.decode()
        assert "The model is missing" in page
        client.post(f"/recognition/assets/{asset.pk}/runs/{run.pk}/retry/")
        run.refresh_from_db()
        assert run.state == "queued"


class TestTags:
    def test_are_added_and_removed_by_hand(self, client, editor):
        asset = make_asset()
        finish_run(asset, label("Cat", 90))
        client.post(f"/assets/{asset.pk}/tags/", {"names": "Holiday, Beach ,"})
        assert names(asset) == {"Cat", "Holiday", "Beach"}
        tag = asset.tags.get(name="Cat")
        client.post(f"/assets/{asset.pk}/tags/{tag.pk}/remove/")
        assert names(asset) == {"Holiday", "Beach"}
        assert Decision.objects.get(tag=tag).user == editor

    def test_that_cannot_be_are_refused_with_a_reason(self, client, editor):
        asset = make_asset()
        response = client.post(f"/assets/{asset.pk}/tags/", {"names": "x" * 101})
        assert response.status_code == 422
        assert "100 at most" in response.content.decode()

    def test_that_a_file_suggests_are_never_applied_silently(self, client, editor):
        content = with_iptc(jpeg_bytes(), iptc_block((2, 25, b"Harbour"), (2, 25, b"Night")))
        asset = make_asset(content=content)
        assert names(asset) == set()
        assert asset.suggestions == ["Harbour", "Night"]
        client.post(f"/assets/{asset.pk}/suggestions/", {"name": "Harbour"})
        client.post(f"/assets/{asset.pk}/suggestions/", {"name": "Night", "answer": "no"})
        client.post(f"/assets/{asset.pk}/suggestions/", {"name": "Made up"})
        assert names(asset) == {"Harbour"}
        assert Asset.objects.get().suggestions == []


class TestFiles:
    def test_originals_are_downloads_and_never_pages(self, client, editor):
        asset = make_asset("naïve “name”.png")
        response = client.get(f"/assets/{asset.pk}/original/")
        assert response["Content-Disposition"].startswith("attachment")
        assert "filename*=utf-8''na%C3%AFve" in response["Content-Disposition"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert "script-src" not in response["Content-Security-Policy"]

    def test_renditions_are_made_for_specs_on_the_ladder_only(self, client, editor):
        asset = make_asset()
        response = client.get(f"/assets/{asset.pk}/renditions/max-480x480/")
        assert response["Content-Type"] == "image/webp"
        assert b"".join(response.streaming_content)[:4] == b"RIFF"
        assert client.get(f"/assets/{asset.pk}/renditions/max-481x480/").status_code == 400
        assert client.get(f"/assets/{asset.pk}/renditions/..%2Fx/").status_code in (400, 404)

    def test_of_what_a_person_may_not_see_do_not_exist_for_them(self, client, editor):
        asset = make_asset(uploader=make_user())
        asset.audiences.all().delete()
        for path in ("", "original/", "renditions/max-480x480/", "knowledge/"):
            assert client.get(f"/assets/{asset.pk}/{path}").status_code == 404


class TestEditing:
    def test_changes_texts(self, client, editor):
        asset = make_asset()
        client.post(f"/assets/{asset.pk}/edit/", {"title": "Bromo", "alt_text": "A volcano"})
        asset.refresh_from_db()
        assert (asset.title, asset.alternative) == ("Bromo", "A volcano")

    def test_files_an_asset_under_collections_old_and_new(self, client, editor):
        asset = make_asset()
        for name in ("Press", "press", "Web"):
            client.post(f"/assets/{asset.pk}/collections/", {"name": name})
        assert set(asset.collections.values_list("name", flat=True)) == {"Press", "Web"}
        web = Collection.objects.get(name="Web")
        client.post(f"/assets/{asset.pk}/collections/{web.pk}/remove/")
        assert asset.collections.get().name == "Press"

    def test_moves_an_asset_into_the_trash_and_back(self, client, editor):
        asset = make_asset()
        client.post(f"/assets/{asset.pk}/trash/")
        client.get("/")  # tells that it worked, by name
        assert asset.file_name not in client.get("/").content.decode()
        assert asset.file_name in client.get("/trash/").content.decode()
        client.post(f"/assets/{asset.pk}/restore/")
        assert asset.file_name in client.get("/").content.decode()


class TestViewers:
    def test_look_and_change_nothing(self, client):
        client.force_login(make_user(group="Viewers"))
        asset = make_asset(tags=["Cat"])
        assert client.get(asset.get_absolute_url()).status_code == 200
        for path in ("tags/", "trash/", "restore/", "suggestions/", "edit/", "collections/"):
            data = {"names": "Dog", "name": "Dog", "title": "x"}
            assert client.post(f"/assets/{asset.pk}/{path}", data).status_code == 403
        assert client.post(f"/recognition/assets/{asset.pk}/again/").status_code == 403
        assert names(asset) == {"Cat"}
        assert tagging.read([asset.pk])[asset.pk]
