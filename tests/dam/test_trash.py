"""Putting assets away, taking them back, and deleting them for ever."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from dam import tagging, trash
from dam.models import Asset, Collection, Original
from dam.permissions import SYSTEM
from recognition.models import RecognitionRun, Rule
from search.index import index
from search.query import Kind, SearchQuery
from tests.dam.test_concurrency import at_once
from tests.factories import finish_run, label, make_asset, make_user, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    user = make_user("ed")
    client.force_login(user)
    return user


def trashed(name="", **options):
    asset = make_asset(name, **options)
    trash.put_in_trash(asset)
    return asset


class TestDeletingForEver:
    def test_takes_what_is_in_the_trash_and_nothing_else(self):
        kept, gone = make_asset(), trashed()
        assert trash.delete_for_ever(Asset.objects.all()) == 1
        assert Asset.objects.get() == kept
        assert not trash.restore(gone)
        assert not trash.put_in_trash(gone)

    def test_goes_on_after_the_first_batch(self, monkeypatch):
        monkeypatch.setattr("dam.trash._BATCH", 2)
        for _ in range(5):
            trashed()
        assert trash.delete_for_ever(Asset.objects.all()) == 5

    def test_leaves_no_row_of_the_asset_behind(self):
        asset = make_asset(tags=["Cat"], collection=Collection.objects.create(name="Press"))
        finish_run(asset, label("Dog", 90))
        tagging.decide(asset, ["Horse"], is_yes=False, user=SYSTEM)
        Rule.objects.create(asset=asset, threshold=30)
        trash.put_in_trash(asset)
        trash.delete_for_ever(Asset.objects.filter(pk=asset.pk))
        for relation in Asset._meta.related_objects:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: asset.pk})
            assert not rows.exists(), relation

    def test_leaves_nothing_to_find(self):
        asset = make_asset("bromo.jpg", tags=["Volcano"])
        trash.put_in_trash(asset)
        trash.delete_for_ever(Asset.objects.all())
        everything = SearchQuery()
        for kind in Kind:
            assert index.count(everything, SYSTEM, kind) == []
        words = SearchQuery(text="Volcano")
        assert index.find(words, SYSTEM, page_size=10).total == 0
        assert not index.suggest("Volcano", SYSTEM, limit=10).tags

    def test_keeps_the_content_with_all_that_was_recognised_of_it_for_the_sweep(self):
        content = picture()
        first = make_asset(content=content)
        finish_run(first, label("Cat", 90))
        trash.put_in_trash(first)
        trash.delete_for_ever(Asset.objects.all())
        assert Original.objects.get().file.storage.exists(first.original.file.name)
        again = make_asset(content=content)
        assert again.pk != first.pk
        assert [tag.name for tag in again.tags.all()] == ["Cat"]
        assert RecognitionRun.objects.filter(original=again.original, state="done").count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestDeletingForEverWhileOthersRestore:
    def test_ends_for_each_asset_with_one_of_the_two(self, monkeypatch):
        monkeypatch.setattr("dam.trash._BATCH", 1)
        assets = [trashed() for _ in range(10)]

        def restore():
            return {asset.pk for asset in reversed(assets) if trash.restore(asset)}

        def empty():
            return trash.delete_for_ever(Asset.objects.all())

        answers = at_once(restore, empty)
        restored = next(answer for answer in answers if isinstance(answer, set))
        deleted = next(answer for answer in answers if isinstance(answer, int))
        assert set(Asset.objects.present().values_list("pk", flat=True)) == restored
        assert not Asset.objects.in_trash().exists()
        assert len(restored) + deleted == len(assets)


class TestThePageThatDeletesOne:
    def test_says_what_is_lost_and_deletes_only_when_told(self, client, editor):
        press = Collection.objects.create(name="Press", creator=editor)
        asset = trashed("bromo.jpg", tags=["Volcano", "Java"], collection=press)
        page = client.get(f"/assets/{asset.pk}/delete/").content.decode()
        assert "bromo.jpg" in page
        assert "2 tags" in page
        assert "its places in collections: Press" in page
        assert Asset.objects.exists()
        answer = client.post(f"/assets/{asset.pk}/delete/", follow=True)
        assert "deleted for ever" in answer.content.decode()
        assert not Asset.objects.exists()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_spares_what_is_not_in_the_trash(self, client, editor, method):
        asset = make_asset()
        answer = getattr(client, method)(f"/assets/{asset.pk}/delete/", follow=True)
        assert "not in the trash" in answer.content.decode()
        assert Asset.objects.exists()

    def test_does_not_name_collections_that_a_person_may_not_see(self, client, editor):
        hidden = Collection.objects.create(name="Hidden", creator=make_user())
        asset = trashed(collection=hidden)
        assert "Hidden" not in client.get(f"/assets/{asset.pk}/delete/").content.decode()

    def test_does_not_exist_for_those_who_may_not_see_the_asset(self, client, editor):
        asset = trashed(uploader=make_user())
        asset.audiences.all().delete()
        assert client.post(f"/assets/{asset.pk}/delete/").status_code == 404
        assert Asset.objects.exists()


class TestThePageThatEmptiesTheTrash:
    def test_says_how_much_is_lost_and_deletes_what_was_seen(self, client, editor):
        for _ in range(3):
            trashed()
        page = client.get("/trash/empty/")
        assert "all 3 assets" in page.content.decode()
        late, kept = trashed(), make_asset()
        answer = client.post("/trash/empty/", {"until": page.context["until"]}, follow=True)
        assert "3 assets" in answer.content.decode()
        assert set(Asset.objects.all()) == {late, kept}

    def test_takes_only_what_a_person_may_see(self, client, editor):
        hidden = trashed(uploader=make_user())
        hidden.audiences.all().delete()
        trashed()
        assert "the asset in the trash" in client.get("/trash/empty/").content.decode()
        client.post("/trash/empty/", {"until": timezone.now().isoformat()})
        assert Asset.objects.get() == hidden

    @pytest.mark.parametrize("until", ["", "yesterday"])
    def test_deletes_nothing_where_it_is_not_known_what_was_seen(self, client, editor, until):
        trashed()
        assert client.post("/trash/empty/", {"until": until}).status_code == 422
        assert Asset.objects.exists()

    def test_offers_nothing_where_there_is_nothing(self, client, editor):
        assert "empty-form" not in client.get("/trash/empty/").content.decode()


class TestThoseWhoMayChangeButNotDelete:
    def test_are_not_offered_it_and_cannot(self, client):
        user = make_user(group="Viewers")
        user.user_permissions.add(Permission.objects.get(codename="change_asset"))
        client.force_login(user)
        asset = trashed()
        offered = client.get("/trash/").content.decode()
        assert f"/assets/{asset.pk}/restore/" in offered
        assert f"/assets/{asset.pk}/delete/" not in offered
        assert "/trash/empty/" not in offered
        data = {"until": timezone.now().isoformat()}
        assert client.post(f"/assets/{asset.pk}/delete/").status_code == 403
        assert client.post("/trash/empty/", data).status_code == 403
        assert Asset.objects.exists()


class TestEditing:
    def test_does_not_restore_what_is_put_in_the_trash_meanwhile(self, client, editor, monkeypatch):
        asset = make_asset()
        valid = "dam.forms.AssetForm.is_valid"

        def somebody_trashes_it(form):
            trash.put_in_trash(Asset.objects.get())
            form.full_clean()
            return not form.errors

        monkeypatch.setattr(valid, somebody_trashes_it)
        client.post(f"/assets/{asset.pk}/edit/", {"title": "Bromo"})
        asset.refresh_from_db()
        assert (asset.title, asset.is_in_trash) == ("Bromo", True)
