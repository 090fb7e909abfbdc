"""An asset's own page, and the files it serves."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dam import tagging, trash
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

    def test_costs_no_more_queries_for_more_decisions(self, client, editor):
        content = with_iptc(jpeg_bytes(), iptc_block((2, 25, b"Harbour")))
        asset = make_asset(content=content)
        tagging.decide(asset, ["One"], is_yes=True, user=editor)
        client.get(asset.get_absolute_url())
        with CaptureQueriesContext(connection) as few:
            client.get(asset.get_absolute_url())
        tagging.decide(asset, [f"tag {n}" for n in range(20)], is_yes=True, user=editor)
        tagging.decide(asset, [f"not {n}" for n in range(20)], is_yes=False, user=editor)
        with CaptureQueriesContext(connection) as many:
            client.get(asset.get_absolute_url())
        assert len(many) == len(few)

    def test_offers_the_newest_collections_by_name(self, client, editor, monkeypatch):
        monkeypatch.setattr("dam.views.assets.MOST_NAMES", 2)
        asset = make_asset()
        for name in ("Oldest", "Older", "New"):
            Collection.objects.create(name=name)
        hidden = Collection.objects.create(name="Hidden", creator=make_user())
        for collection in Collection.objects.exclude(pk=hidden.pk):
            collection.add(make_asset())
        page = client.get(asset.get_absolute_url())
        assert list(page.context["collection_names"]) == ["New", "Older"]


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
        assert response.content.startswith(b"RIFF")
        assert client.get(f"/assets/{asset.pk}/renditions/max-481x480/").status_code == 400
        assert client.get(f"/assets/{asset.pk}/renditions/..%2Fx/").status_code in (400, 404)

    @pytest.mark.parametrize("path", ["original/", "renditions/max-480x480/"])
    def test_cost_few_queries(self, client, editor, django_assert_max_num_queries, path):
        asset = make_asset(tags=["Cat"])
        client.get(f"/assets/{asset.pk}/{path}")
        # The session, the user, the asset.
        with django_assert_max_num_queries(3):
            client.get(f"/assets/{asset.pk}/{path}")

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

    def test_shows_in_the_trash_only_what_a_person_may_see(self, client, editor):
        for name in ("secret.jpg", "open.jpg"):
            asset = make_asset(name, uploader=make_user())
            if name == "secret.jpg":
                asset.audiences.all().delete()
            trash.put_in_trash(asset)
        page = client.get("/trash/").content.decode()
        assert "open.jpg" in page
        assert "secret.jpg" not in page


class TestTheListOfCollections:
    def test_comes_in_pages(self, client, editor, monkeypatch):
        monkeypatch.setattr("dam.views.collections.PAGE_SIZE", 2)
        for name in "abc":
            Collection.objects.create(name=name, creator=editor)
        first, second, beyond = (
            [c.name for c in client.get(f"/collections/?page={n}").context["page"]]
            for n in (1, 2, 99)
        )
        assert (first, second, beyond) == (["a", "b"], ["c"], ["c"])
        assert "?page=2" in client.get("/collections/").content.decode()
        again = client.post("/collections/new/", {"name": " "})
        assert again.status_code == 422
        assert len(again.context["page"]) == 2


class TestThoseWhoMayChangeButNotDelete:
    def test_put_nothing_in_the_trash(self, client):
        user = make_user(group="Viewers")
        user.user_permissions.add(Permission.objects.get(codename="change_asset"))
        client.force_login(user)
        asset = make_asset()
        assert client.post(f"/assets/{asset.pk}/edit/", {"title": "New"}).status_code == 302
        assert client.post(f"/assets/{asset.pk}/trash/").status_code == 403
        asset.refresh_from_db()
        assert not asset.is_in_trash


class TestCollections:
    def test_of_one_name_are_not_made_twice(self, client, editor):
        for name in ("Press", "PRESS"):
            response = client.post("/collections/new/", {"name": name})
        assert response.status_code == 422
        assert "already" in response.content.decode()
        assert Collection.objects.count() == 1


class TestViewers:
    def test_have_no_business_in_the_trash(self, client):
        client.force_login(make_user(group="Viewers"))
        asset = make_asset()
        trash.put_in_trash(asset)
        assert client.get("/trash/").status_code == 403
        for path in ("", "original/", "renditions/max-480x480/"):
            assert client.get(f"/assets/{asset.pk}/{path}").status_code == 404

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
