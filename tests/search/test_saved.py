"""Saved searches, and those of them that stand among the collections."""

import pytest
from django.db import IntegrityError

from dam.models import Audience
from dam.permissions import SYSTEM
from search.models import SavedSearch
from tests.factories import finish_run, make_asset, make_user, unsafe

pytestmark = pytest.mark.django_db
NOBODY, EVERYBODY, COLLECTION = SavedSearch.Sharing.values


@pytest.fixture
def edith(client):
    user = make_user("edith")
    client.force_login(user)
    return user


@pytest.fixture
def victor():
    return make_user("victor", group="Viewers")


def saved(owner, name="Volcanoes", querystring="tag=volcano", sharing=NOBODY):
    return SavedSearch.objects.create(
        owner=owner, name=name, querystring=querystring, sharing=sharing
    )


class TestASavedSearch:
    def test_keeps_what_makes_sense_of_a_query_and_begins_on_the_first_page(self, edith):
        search = saved(edith, querystring="?page=9&x=1&tag=Volcano&not_colour=red&sort=name")
        assert search.querystring == "tag=volcano&not_colour=red&sort=name"
        assert search.query.to_querystring() == f"?{search.querystring}"

    def test_has_a_name_once_for_each_owner(self, edith, victor):
        saved(edith, "Käse")
        saved(victor, "KÄSE")
        with pytest.raises(IntegrityError):
            saved(edith, "  käse ")

    def test_is_seen_by_its_owner_and_if_shared_by_everybody(self, edith, victor):
        mine = saved(victor, "mine")
        shared = saved(edith, "shared", sharing=EVERYBODY)
        smart = saved(edith, "smart", sharing=COLLECTION)
        hidden = saved(edith, "hidden")
        assert set(SavedSearch.objects.visible_to(victor)) == {mine, shared, smart}
        assert set(SavedSearch.objects.visible_to(SYSTEM)) == {mine, shared, smart, hidden}
        victor.is_active = False
        assert not SavedSearch.objects.visible_to(victor)

    def test_is_changed_by_its_owner_alone(self, edith, victor):
        search = saved(edith, sharing=EVERYBODY)
        assert search.is_editable_by(edith)
        assert not search.is_editable_by(victor)
        assert not search.is_editable_by(make_user("ada", is_superuser=True))


class TestSaving:
    def save(self, client, **data):
        return client.post("/searches/new/", {"name": "Red", "sharing": NOBODY, **data})

    def test_leads_back_to_what_was_found(self, client, edith):
        made = self.save(client, querystring="tag=cat&page=3")
        search = SavedSearch.objects.get()
        assert (search.owner, search.name, search.querystring) == (edith, "Red", "tag=cat")
        assert made.url == f"/searches/{search.pk}/"
        assert client.get(made.url).url == "/?tag=cat"

    def test_refuses_a_name_that_is_taken_or_cannot_be_seen(self, client, edith):
        saved(edith, "Red")
        for name in ("RED", "\u200b \x00", ""):
            response = self.save(client, name=name, querystring="q=old bridge")
            assert response.status_code == 422
            assert 'value="q=old bridge"' in response.content.decode()
        assert SavedSearch.objects.count() == 1

    def test_offers_smart_collections_to_those_who_make_collections(self, client, edith, victor):
        assert self.save(client, sharing=COLLECTION).status_code == 302
        client.force_login(victor)
        assert f'value="{COLLECTION}"' not in client.get("/searches/new/").content.decode()
        assert self.save(client, sharing=COLLECTION).status_code == 422
        assert self.save(client, sharing=EVERYBODY).status_code == 302

    @pytest.mark.parametrize("querystring", ["%00", "tag=%00", "\x00", "<b>", "=&=&;" * 50, ""])
    def test_takes_whatever_comes_as_a_query(self, client, edith, querystring):
        assert self.save(client, querystring=querystring).status_code == 302
        assert client.get("/searches/").status_code == 200

    def test_is_offered_in_the_library_for_what_is_looked_for(self, client, edith):
        make_asset(tags=["Cat"])
        saved(edith, "Nearby")
        page = client.get("/?tag=cat&page=2").content.decode()
        assert '<input type="hidden" name="querystring" value="tag=cat">' in page
        assert "Nearby" in page
        assert 'name="querystring"' not in client.get("/").content.decode()


class TestTheList:
    def test_has_ones_own_and_what_others_share(self, client, edith, victor):
        mine = saved(edith, "Zebras")
        shared = saved(victor, "Apes", sharing=EVERYBODY)
        saved(victor, "Hidden apes")
        response = client.get("/searches/")
        assert list(response.context["mine"]) == [mine]
        assert list(response.context["page"]) == [shared]
        page = response.content.decode()
        assert f"/searches/{mine.pk}/edit/" in page
        assert f"/searches/{shared.pk}/edit/" not in page

    def test_says_how_to_begin_where_there_are_none(self, client, edith):
        assert "No saved searches yet" in client.get("/searches/").content.decode()


class TestChanging:
    def test_renames_and_shares(self, client, edith):
        search = saved(edith)
        data = {"name": "Fire", "sharing": EVERYBODY, "querystring": "tag=other"}
        assert client.post(f"/searches/{search.pk}/edit/", data).status_code == 302
        search.refresh_from_db()
        assert (search.name, search.sharing) == ("Fire", EVERYBODY)
        assert search.querystring == "tag=volcano"

    def test_keeps_a_smart_collection_of_one_who_may_make_no_more(self, client, edith, victor):
        search = saved(victor, sharing=COLLECTION)
        client.force_login(victor)
        data = {"name": "Fire", "sharing": COLLECTION}
        assert client.post(f"/searches/{search.pk}/edit/", data).status_code == 302

    def test_deletes(self, client, edith):
        search = saved(edith)
        assert client.get(f"/searches/{search.pk}/delete/").status_code == 405
        assert client.post(f"/searches/{search.pk}/delete/").status_code == 302
        assert not SavedSearch.objects.exists()

    @pytest.mark.parametrize("page", ["", "edit/", "delete/"])
    def test_is_for_the_owner_and_others_see_no_more_than_is_shared(self, client, edith, page):
        other = make_user("other")
        shared, hidden = saved(other, "a", sharing=EVERYBODY), saved(other, "b")
        data = {"name": "c", "sharing": NOBODY}
        if page:
            assert client.post(f"/searches/{shared.pk}/{page}", data).status_code == 403
        assert client.post(f"/searches/{hidden.pk}/{page}", data).status_code in (404, 405)
        assert client.get(f"/searches/{hidden.pk}/").status_code == 404
        assert set(SavedSearch.objects.all()) == {shared, hidden}


class TestSmartCollections:
    def cards(self, client):
        found = client.get("/collections/").context["smart_collections"]
        return [(one.saved_search.name, one.total, one.cover) for one in found]

    def test_stand_among_the_collections_with_what_each_may_see(self, client, edith, victor):
        secret = make_asset(tags=["Volcano"], uploader=edith)
        Audience.objects.filter(asset=secret).delete()
        everybodys = make_asset(tags=["Volcano"])
        saved(edith, sharing=COLLECTION)
        saved(edith, "Not there", sharing=EVERYBODY)
        assert self.cards(client) == [("Volcanoes", 2, everybodys.pk)]
        client.force_login(victor)
        assert self.cards(client) == [("Volcanoes", 1, everybodys.pk)]
        search = SavedSearch.objects.smart_collections().get()
        found = client.get(f"/searches/{search.pk}/", follow=True).context["hits"]
        assert [asset.pk for asset in found.assets] == [everybodys.pk]

    def test_show_no_unsafe_picture(self, client, edith):
        safe = make_asset(tags=["Volcano"])
        finish_run(make_asset(tags=["Volcano"]), unsafe(95))
        saved(edith, sharing=COLLECTION)
        assert self.cards(client) == [("Volcanoes", 2, safe.pk)]

    def test_with_nothing_to_see_are_for_their_owners(self, client, edith, victor):
        saved(edith, sharing=COLLECTION)
        assert self.cards(client) == [("Volcanoes", 0, None)]
        assert "No collections yet" not in client.get("/collections/").content.decode()
        client.force_login(victor)
        assert self.cards(client) == []
        assert "No collections yet" in client.get("/collections/").content.decode()

    def test_follow_the_library(self, client, edith):
        saved(edith, sharing=COLLECTION)
        make_asset(tags=["Volcano"])
        assert [total for _name, total, _cover in self.cards(client)] == [1]


class TestTheAdministration:
    def test_shows_superusers_all_and_others_what_they_see_elsewhere(self, client, edith):
        saved(make_user("other"), "Hidden apes")
        client.force_login(make_user("ada", is_superuser=True, is_staff=True))
        page = client.get("/admin/search/savedsearch/").content.decode()
        assert "Hidden apes" in page
