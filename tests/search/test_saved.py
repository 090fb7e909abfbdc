"""Saved searches, and those of them that stand among the collections."""

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dam.models import Audience, Collection
from dam.permissions import SYSTEM
from search.models import SavedSearch
from search.seen_searches import MOST, searches_seen
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
        assert client.get(made.url).url == f"/?tag=cat&saved={search.pk}"

    def test_refuses_a_name_that_cannot_be_seen(self, client, edith):
        for name in ("\u200b \x00", ""):
            response = self.save(client, name=name, querystring="q=old bridge")
            assert response.status_code == 422
            assert 'value="q=old bridge"' in response.content.decode()
        assert not SavedSearch.objects.exists()

    def test_under_a_name_of_ones_own_asks_whether_to_replace_it(self, client, edith):
        search = saved(edith, "Red")
        asked = self.save(client, name="RED", querystring="q=old+bridge&page=2")
        assert asked.url == f"/searches/{search.pk}/query/?querystring=q%3Dold%2Bbridge"
        page = client.get(asked.url).content.decode()
        assert 'value="q=old+bridge"' in page
        assert "“old bridge”" in page
        search.refresh_from_db()
        assert search.querystring == "tag=volcano"

    def test_of_what_is_kept_already_leads_to_it(self, client, edith):
        search = saved(edith, "Red")
        assert self.save(client, querystring="tag=volcano").url == f"/searches/{search.pk}/"

    def test_under_a_name_that_another_has_is_a_search_of_ones_own(self, client, edith, victor):
        saved(victor, "Red", sharing=EVERYBODY)
        self.save(client, querystring="q=x")
        assert SavedSearch.objects.filter(owner=edith, name="Red").exists()

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
        page = client.get("/?tag=cat&page=2").content.decode()
        assert '<input type="hidden" name="querystring" value="tag=cat">' in page
        assert 'name="querystring"' not in client.get("/").content.decode()


class TestTheList:
    def test_has_ones_own_and_what_others_share(self, client, edith, victor):
        make_asset(tags=["Volcano"])
        mine = saved(edith, "Zebras")
        shared = saved(victor, "Apes", sharing=EVERYBODY)
        saved(victor, "Hidden apes")
        response = client.get("/searches/")
        assert list(response.context["mine"]) == [mine]
        assert [one.saved_search for one in response.context["others"].shown] == [shared]
        page = response.content.decode()
        assert f"/searches/{mine.pk}/edit/" in page
        assert f"/searches/{shared.pk}/edit/" not in page

    @pytest.mark.parametrize("page", ["", "menu/"])
    def test_does_not_tell_what_a_search_without_anything_to_see_is_called(
        self, client, edith, victor, page
    ):
        search = saved(victor, "Case of Ada", sharing=EVERYBODY)
        address = f"/searches/{page}"
        script = {"HTTP_HX_REQUEST": "true"}
        assert "Case of Ada" not in client.get(address, **script).content.decode()
        for of_it in ("", "edit/", "query/"):
            assert client.get(f"/searches/{search.pk}/{of_it}").status_code == 404
        opened = client.get(f"/?tag=volcano&saved={search.pk}")
        assert "Case of Ada" not in opened.content.decode()
        make_asset(tags=["Volcano"])
        assert "Case of Ada" in client.get(address, **script).content.decode()
        assert client.get(f"/searches/{search.pk}/").status_code == 302

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
        make_asset(tags=["Volcano"])
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
        found = client.get("/collections/").context["smart"]
        return [(one.saved_search.name, one.total, one.cover) for one in found.shown]

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

    def test_are_all_within_reach_by_name(self, client, edith, victor):
        make_asset(tags=["Volcano"])
        for number in range(MOST * 2 + 5):
            querystring = "tag=none" if number % 10 == 3 else "tag=volcano"
            saved(victor, f"Smart {number:03}", querystring, COLLECTION)
        pages, place = [], ""
        while place is not None:
            response = client.get(f"/collections/?smart={place}")
            smart = response.context["smart"]
            pages.append([one.saved_search.name for one in smart.shown])
            assert (f'href="?smart={smart.next}#' in response.content.decode()) == bool(smart.next)
            place = smart.next or None
        seen = [name for names in pages for name in names]
        assert seen == [f"Smart {n:03}" for n in range(MOST * 2 + 5) if n % 10 != 3]
        assert [len(names) for names in pages] == [MOST, MOST]
        back = client.get(f"/collections/?smart={smart.previous}").context["smart"]
        assert [one.saved_search.name for one in back.shown] == pages[-2]


class TestSearchesSeen:
    def seen(self, viewer, **arguments):
        found = searches_seen(SavedSearch.objects.order_by("key"), viewer, **arguments)
        return [one.saved_search.name for one in found.shown], found.previous, found.next

    @pytest.fixture
    def many(self, edith):
        make_asset(tags=["Volcano"])
        for number in range(10):
            querystring = "tag=volcano" if number in (2, 3, 7, 9) else "tag=none"
            saved(edith, str(number), querystring, EVERYBODY)

    def test_lead_on_and_back_past_those_with_nothing_to_see(self, victor, many):
        assert self.seen(victor, most=2) == (["2", "3"], "", "7")
        assert self.seen(victor, most=2, place="7") == (["7", "9"], "-7", "")
        assert self.seen(victor, most=2, place="-7") == (["2", "3"], "", "7")
        assert self.seen(victor, most=1, place="-7") == (["3"], "-3", "7")

    def test_are_looked_for_among_so_many_at_once(self, victor, many):
        assert self.seen(victor, most_looked_at=3) == (["2"], "", "3")
        assert self.seen(victor, most_looked_at=3, place="3") == (["3"], "-3", "6")
        assert self.seen(victor, most_looked_at=3, place="-6") == (["3"], "-3", "6")

    @pytest.mark.parametrize("place", ["x", "-", "--3", "9" * 30, "²", "-0", "1.5"])
    def test_begin_anew_where_a_place_makes_no_sense(self, victor, many, place):
        assert self.seen(victor, place=place)[0] == ["2", "3", "7", "9"]

    def test_of_ones_own_are_there_with_nothing_in_them(self, edith):
        saved(edith, "Empty")
        assert self.seen(edith)[0] == ["Empty"]


class TestAnOpenedSearch:
    """The library's page, as a saved search led to it."""

    def heading(self, response):
        return response.context["heading"]

    @pytest.fixture
    def search(self, edith):
        for name in ("a", "b"):
            make_asset(tags=["Volcano", name])
        return saved(edith, "Fire", sharing=EVERYBODY)

    def test_bears_its_name_for_whoever_sees_it(self, client, search, victor):
        address = client.get(f"/searches/{search.pk}/").url
        for user in (search.owner, victor):
            client.force_login(user)
            response = client.get(address)
            assert self.heading(response) == "Fire"
            page = response.content.decode()
            assert "<h1>Fire</h1>" in page
            assert "<title>Fire · Bromo</title>" in page
        search.sharing = NOBODY
        search.save()
        assert self.heading(client.get(address)) == "Library"

    def test_keeps_the_name_in_another_order_and_on_other_pages(self, client, search):
        for more in ("&sort=name", "&page=2"):
            response = client.get(f"/?tag=volcano&saved={search.pk}{more}")
            assert self.heading(response) == "Fire"
        links = [sort.url for sort in response.context["sorts"]]
        assert f"?tag=volcano&sort=name&saved={search.pk}" in links
        assert response.context["page_url"].endswith(f"saved={search.pk}")

    def test_has_no_name_for_anything_else(self, client, search, victor):
        for address in (
            "/?tag=volcano",
            f"/?tag=a&saved={search.pk}",
            "/?tag=volcano&saved=0",
            "/?tag=volcano&saved=-1",
            "/?tag=volcano&saved=" + "9" * 30,
        ):
            assert self.heading(client.get(address)) == "Library"

    def test_offers_its_owner_to_keep_other_filters_or_another_order(self, client, search, victor):
        same = f"/?tag=volcano&saved={search.pk}"
        page = f"/searches/{search.pk}/query/?querystring="
        assert page not in client.get(same).content.decode()
        assert (
            f"{page}tag%3Dvolcano%26sort%3Dname" in client.get(f"{same}&sort=name").content.decode()
        )
        assert f"{page}tag%3Da" in client.get(f"/?tag=a&saved={search.pk}").content.decode()
        client.force_login(victor)
        assert page not in client.get(f"/?tag=a&saved={search.pk}").content.decode()

    def test_is_remembered_by_the_address_while_its_owner_filters(self, client, search, victor):
        script = {
            "HTTP_HX_REQUEST": "true",
            "HTTP_HX_CURRENT_URL": f"http://testserver/?tag=volcano&saved={search.pk}",
        }
        response = client.get("/?tag=a", **script)
        assert response["HX-Push-Url"] == f"/?tag=a&saved={search.pk}"
        assert response.context["opened"].saved_search == search
        assert "HX-Push-Url" not in client.get("/", **script)
        assert "HX-Push-Url" not in client.get("/?tag=a")
        client.force_login(victor)
        assert "HX-Push-Url" not in client.get("/?tag=a", **script)

    def test_costs_no_query_where_the_address_names_none(self, client, search):
        with CaptureQueriesContext(connection) as plain:
            client.get("/?tag=volcano")
        assert not [query for query in plain if "savedsearch" in query["sql"]]


class TestACollection:
    def heading(self, client, address):
        return client.get(address).context["heading"]

    def test_picked_alone_gives_the_library_its_name(self, client, edith, victor):
        press, sea = (
            Collection.objects.create(name=name, creator=edith) for name in ("Press", "Sea")
        )
        asset = make_asset(tags=["Volcano"], collection=press)
        sea.add(asset)
        assert self.heading(client, f"/?collection={press.pk}&tag=volcano") == "Press"
        assert self.heading(client, f"/?collection={press.pk}&collection={sea.pk}") == "Library"
        assert self.heading(client, f"/?not_collection={press.pk}") == "Library"

    def test_is_not_named_to_those_who_see_nothing_in_it(self, client, edith, victor):
        secret = Collection.objects.create(name="Secret", creator=edith)
        address = f"/?collection={secret.pk}"
        assert self.heading(client, address) == "Secret"
        client.force_login(victor)
        assert self.heading(client, address) == "Unknown collection"
        assert "Secret" not in client.get(address).content.decode()


class TestTheMenu:
    def menu(self, client):
        return client.get("/searches/menu/", HTTP_HX_REQUEST="true").content.decode()

    def test_has_ones_own_and_those_of_others_with_whose_they_are(self, client, edith, victor):
        make_asset(tags=["Volcano"])
        saved(edith, "Mine")
        saved(victor, "Theirs", sharing=EVERYBODY)
        saved(victor, "Hidden")
        menu = self.menu(client)
        assert "Mine" in menu
        assert "Theirs" in menu
        assert "victor" in menu
        assert "Hidden" not in menu

    def test_says_so_where_there_are_none(self, client, edith):
        assert "None yet" in self.menu(client)

    def test_leads_to_the_list_without_scripts(self, client, edith):
        assert client.get("/searches/menu/").url == "/searches/"


class TestReplacing:
    def test_has_a_saved_search_look_for_something_else(self, client, edith):
        search = saved(edith, "Red", sharing=EVERYBODY)
        page = f"/searches/{search.pk}/query/"
        asked = client.get(f"{page}?querystring=tag%3Dcat%26page%3D4")
        assert asked.status_code == 200
        done = client.post(page, {"querystring": "tag=cat&page=4", "name": "x"}, follow=True)
        assert done.context["heading"] == "Red"
        search.refresh_from_db()
        assert (search.querystring, search.name, search.sharing) == ("tag=cat", "Red", EVERYBODY)

    def test_is_for_its_owner(self, client, edith, victor):
        make_asset(tags=["Volcano"])
        search = saved(victor, sharing=EVERYBODY)
        answer = client.post(f"/searches/{search.pk}/query/", {"querystring": "tag=cat"})
        assert answer.status_code == 403
        search.refresh_from_db()
        assert search.querystring == "tag=volcano"

    def test_refuses_what_cannot_be_kept(self, client, edith):
        search = saved(edith)
        many = "&".join(f"camera={number}{'x' * 290}" for number in range(20))
        for sent in ("\x00", many):
            answer = client.post(f"/searches/{search.pk}/query/", {"querystring": sent})
            assert answer.status_code == 422
        search.refresh_from_db()
        assert search.querystring == "tag=volcano"

    def test_takes_no_post_from_elsewhere(self, edith):
        search = saved(edith)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(edith)
        answer = strict.post(f"/searches/{search.pk}/query/", {"querystring": "tag=cat"})
        assert answer.status_code == 403


class TestTheAdministration:
    def test_shows_superusers_all_and_others_what_they_see_elsewhere(self, client, edith):
        saved(make_user("other"), "Hidden apes")
        client.force_login(make_user("ada", is_superuser=True, is_staff=True))
        page = client.get("/admin/search/savedsearch/").content.decode()
        assert "Hidden apes" in page
