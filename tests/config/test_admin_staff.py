"""Staff who are no superusers find in Django admin what they may see in the library, no more."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from dam import tagging
from dam.admin import VisibleAdmin
from dam.models import Asset, Audience, Collection, CollectionItem, Original, Tag
from dam.permissions import SYSTEM
from recognition.models import Detection, Pause, Rule, Spending
from tests.config.test_admin import OURS, run_action, url
from tests.factories import finish_run, label, make_asset, make_user, picture

pytestmark = pytest.mark.django_db
ABOUT_ASSETS = [model for model in OURS if model not in (Pause, Spending)]


@pytest.fixture
def staff(client):
    """Somebody with every permission there is."""
    user = make_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    return user


@pytest.fixture
def hidden():
    """An asset that the owner alone sees, with a row of every model about it."""
    owner = make_user("owner")
    collection = Collection.objects.create(name="Hidden collection", creator=owner)
    asset = make_asset("secret.jpg", uploader=owner, tags=["Secret"], collection=collection)
    asset.audiences.all().delete()
    Audience.objects.create(asset=asset, group=Group.objects.create(name="Inner circle"))
    Rule.objects.create(asset=asset, threshold=10)
    finish_run(asset, label("Cat", 90, aliases=("Feline",)))
    return asset


@pytest.mark.parametrize("model", ABOUT_ASSETS, ids=lambda model: model.__name__)
class TestRows:
    def test_about_what_a_person_may_not_see_are_not_there(self, model, client, staff, hidden):
        page = client.get(url(model, "changelist"))
        assert page.context["cl"].result_count == 0
        assert "secret" not in page.content.decode().lower()
        assert "Hidden collection" not in page.content.decode()
        assert client.get(url(model, "change", model.objects.first().pk)).status_code == 302

    def test_about_what_a_person_may_see_are_there(self, model, client, staff, hidden):
        staff.groups.add(Group.objects.get(name="Inner circle"))
        assert client.get(url(model, "changelist"), {"q": ""}).context["cl"].result_count > 0
        assert client.get(url(model, "change", model.objects.first().pk)).status_code == 200


class TestForms:
    @pytest.mark.parametrize("field", ["collection", "asset"])
    def test_offer_no_hidden_rows(self, client, staff, hidden, field):
        names = {"app_label": "dam", "model_name": "collectionitem", "field_name": field}
        answer = client.get(reverse("admin:autocomplete"), names)
        assert answer.json()["results"] == []
        client.force_login(make_user("boss", is_superuser=True, is_staff=True))
        assert len(client.get(reverse("admin:autocomplete"), names).json()["results"]) == 1

    @pytest.mark.parametrize(
        ("model", "field"),
        [
            (Audience, "asset"),
            (CollectionItem, "asset"),
            (CollectionItem, "collection"),
            (Rule, "asset"),
            (Rule, "collection"),
        ],
    )
    def test_take_no_hidden_rows(self, client, staff, hidden, model, field):
        mine = {
            "asset": make_asset().pk,
            "collection": Collection.objects.create(name="Mine", creator=staff).pk,
        }
        theirs = {"asset": hidden.pk, "collection": hidden.collections.get().pk}
        before = model.objects.count()
        data = {**mine, field: theirs[field], "position": 7, "action": "block"}
        response = client.post(url(model, "add"), data)
        assert set(response.context["adminform"].form.errors) == {field}
        assert model.objects.count() == before

    def test_make_nobody_the_uploader_but_by_a_superuser(self, client, staff, hidden):
        asset = make_asset("open.jpg", uploader=hidden.uploader)
        data = {"file_name": "renamed.jpg", "uploader": staff.pk}
        for inline in ("audiences", "tagged", "decisions", "facts"):
            data |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
        assert client.post(url(Asset, "change", asset.pk), data).status_code == 302
        asset.refresh_from_db()
        assert (asset.file_name, asset.uploader) == ("renamed.jpg", hidden.uploader)

    def test_make_nobody_the_creator_but_the_one_who_adds(self, client, staff, hidden):
        data = {"name": "New", "creator": hidden.uploader.pk}
        data |= {"items-TOTAL_FORMS": 0, "items-INITIAL_FORMS": 0}
        assert client.post(url(Collection, "add"), data).status_code == 302
        assert Collection.objects.get(name="New").creator == staff


class TestACollection:
    def test_that_is_hidden_is_no_choice_of_a_filter(self, client, staff, hidden):
        for name in ("One", "Two"):
            make_asset(collection=Collection.objects.create(name=name))
        page = client.get(url(CollectionItem, "changelist")).content.decode()
        assert "By collection" in page
        assert "Hidden collection" not in page

    def test_shows_and_names_only_its_items_that_a_person_may_see(self, client, staff, hidden):
        collection = Collection.objects.create(name="Mixed")
        for asset in (hidden, make_asset("open.jpg")):
            collection.add(asset)
        change = client.get(url(Collection, "change", collection.pk)).content.decode()
        delete = client.get(url(Collection, "delete", collection.pk)).content.decode()
        assert "open.jpg" in change
        assert "Mixed" in delete
        assert "secret.jpg" not in change + delete


def test_a_search_tells_nothing_of_hidden_assets_on_the_same_original(client, staff):
    content, owner = picture(), make_user("owner")
    make_asset("secret.jpg", content=content, uploader=owner).audiences.all().delete()
    make_asset("open.jpg", content=content, uploader=staff)
    page = client.get(url(Original, "changelist"), {"q": "secret"})
    assert page.context["cl"].result_count == 0
    assert client.get(url(Original, "changelist")).context["cl"].result_count == 1


def test_a_detection_names_no_hidden_asset_on_the_same_original(client, staff):
    content, owner = picture(), make_user("owner")
    make_asset("secret.jpg", content=content, uploader=owner).audiences.all().delete()
    finish_run(make_asset("open.jpg", content=content, uploader=staff), label("Cat", 90))
    page = client.get(url(Detection, "changelist")).content.decode()
    assert "open.jpg" in page
    assert "secret.jpg" not in page


def test_tags_are_counted_on_visible_assets(client, staff, hidden):
    tagging.decide(make_asset(), ["Secret"], is_yes=True, user=SYSTEM)
    page = client.get(url(Tag, "changelist"))
    assert [(tag.name, tag.asset_count) for tag in page.context["cl"].result_list] == [
        ("Secret", 1)
    ]


class TestTheTrash:
    @pytest.mark.parametrize(("group", "is_gone"), [("Viewers", False), ("Editors", True)])
    def test_is_for_those_who_may_delete(self, client, group, is_gone):
        client.force_login(make_user(group=group, is_staff=True))
        asset = make_asset()
        run_action(client, Asset, "put_in_trash", asset)
        asset.refresh_from_db()
        assert asset.is_in_trash == is_gone

    @pytest.mark.parametrize(("group", "is_back"), [("Viewers", False), ("Editors", True)])
    def test_is_left_by_those_who_may_change(self, client, group, is_back):
        client.force_login(make_user("boss", is_superuser=True, is_staff=True))
        asset = make_asset()
        run_action(client, Asset, "put_in_trash", asset)
        client.force_login(make_user(group=group, is_staff=True))
        run_action(client, Asset, "restore", asset)
        asset.refresh_from_db()
        assert asset.is_in_trash != is_back

    def test_takes_nothing_that_is_hidden(self, client, staff, hidden):
        run_action(client, Asset, "put_in_trash", hidden)
        hidden.refresh_from_db()
        assert not hidden.is_in_trash


def test_every_page_of_ours_is_limited():
    assert all(isinstance(admin.site._registry[model], VisibleAdmin) for model in OURS)
