"""The library, the pages of its facets, and the search of the header."""

import re
from urllib.parse import urlencode

import pytest

from dam.geometry import BoundingBox
from dam.models import Collection
from recognition.predictions import Kind, Prediction
from search.facets import SHOWN
from search.index import MOST_VALUES
from search.query import MOST_PICKS, MOST_WORDS
from tests.factories import finish_run, label, make_asset, make_user, unsafe
from tests.images import image_bytes, quartered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def viewer(client):
    user = make_user("victor", group="Viewers")
    client.force_login(user)
    return user


class TestTheLibrary:
    def test_that_is_empty_tells_editors_what_to_do(self, client):
        assert "/upload/" not in client.get("/").content.decode()
        client.force_login(make_user())
        assert "/upload/" in client.get("/").content.decode()

    def test_counts_and_links_the_values_of_its_facets(self, client):
        make_asset(tags=["Cat", "Sofa"])
        make_asset(tags=["Cat"])
        response = client.get("/")
        (facet,) = [f for f in response.context["facets"] if f.kind == "tag"]
        assert [(v.label, v.count, v.selected) for v in facet.values] == [
            ("Cat", 2, False),
            ("Sofa", 1, False),
        ]
        narrowed = client.get("/" + facet.values[1].url)
        assert narrowed.context["hits"].total == 1
        (sofa, *_rest) = next(f for f in narrowed.context["facets"] if f.kind == "tag").values
        assert sofa.selected
        assert client.get("/" + sofa.url).context["hits"].total == 2

    def test_blurs_unsafe_pictures_and_offers_them_as_a_facet(self, client):
        finish_run(make_asset(), unsafe(90))
        page = client.get("/").content.decode()
        assert "is-unsafe" in page
        assert "?unsafe=unsafe" in page

    def test_costs_no_more_queries_for_more_assets(self, client, django_assert_max_num_queries):
        for number in range(30):
            finish_run(make_asset(), label("Cat", 90), label(f"Thing {number}", 80))
        client.get("/")
        with django_assert_max_num_queries(19):
            client.get("/")

    def test_shows_a_page_of_assets_with_over_a_thousand_tags(self, client):
        for number in range(48):
            make_asset(tags=[f"tag {number} {n}" for n in range(22)])
        response = client.get("/")
        assert len(response.context["hits"].assets) == 48
        (tags,) = [f for f in response.context["facets"] if f.kind == "tag"]
        assert len(tags.values) == SHOWN
        page = client.get(tags.more_url)
        assert len(page.context["values"]) == MOST_VALUES
        assert page.context["is_cut"]

    def test_answers_the_longest_query_there_can_be(self, client):
        words = [f"w{number}" for number in range(MOST_WORDS)]
        asset = make_asset(" ".join(words), tags=[f"t{number}" for number in range(MOST_PICKS)])
        for number in range(MOST_PICKS):
            Collection.objects.create(name=f"c{number}").add(asset)
        for number in range(40):
            make_asset(tags=[f"t{n}" for n in range(number % MOST_PICKS)])
        keys = [str(pk) for pk in Collection.objects.values_list("pk", flat=True)]
        picked = {"tag": list(asset.tags.values_list("key", flat=True)), "collection": keys}
        response = client.get("/", {"q": " ".join(words), "format": ["png"], **picked})
        assert [a.pk for a in response.context["hits"].assets] == [asset.pk]
        assert len(response.context["chips"]) == 2 * MOST_PICKS + 1

    @pytest.mark.parametrize(
        "query",
        ["tag=nothing", "page=99", "page=-1", "sort=x", "collection=abc", "q=%00", "tag=%00"],
    )
    def test_takes_old_and_broken_links(self, client, query):
        make_asset()
        assert client.get(f"/?{query}").status_code == 200

    def test_shows_without_what_is_excluded(self, client):
        make_asset(tags=["Cat", "Sofa"])
        dog = make_asset(tags=["Dog"])
        (facet,) = [f for f in client.get("/").context["facets"] if f.kind == "tag"]
        (cat,) = [value for value in facet.values if value.value == "cat"]
        response = client.get(f"/{cat.not_url}")
        assert [asset.pk for asset in response.context["hits"].assets] == [dog.pk]
        assert [chip.label for chip in response.context["chips"]] == ["Not: Cat"]
        page = response.content.decode()
        assert "is-excluded" in page
        (chip,) = response.context["chips"]
        assert client.get(f"/{chip.url}").context["hits"].total == 2

    def test_says_what_another_value_of_a_facet_would_add(self, client):
        for file_name in ("a.jpg", "b.jpg"):
            make_asset(file_name, content=image_bytes(quartered((64, 48)), "JPEG"))
        make_asset()
        response = client.get("/?format=png")
        (facet,) = [f for f in response.context["facets"] if f.kind == "format"]
        assert [(v.label, v.shown_count) for v in facet.values] == [("PNG", "1"), ("JPEG", "+1")]

    def test_says_what_it_shows_results_for(self, client):
        make_asset(tags=["Volcano"])
        response = client.get("/?q=vulcano")
        assert response.context["hits"].total == 1
        assert "Showing results for <strong>volcano</strong>" in response.content.decode()
        assert 'id="corrections"' not in client.get("/?q=volcano").content.decode()

    def test_orders_by_relevance_only_where_there_are_words(self, client):
        make_asset("cat1.jpg")
        make_asset("cat2.jpg")
        orders = {
            text: [sort.value for sort in client.get("/", {"q": text}).context["sorts"]]
            for text in ("", "cat", "-dog")
        }
        assert "relevance" in orders["cat"]
        assert "relevance" not in orders[""] + orders["-dog"]
        assert {"taken", "confidence"} <= set(orders[""])

    def test_answers_a_script_with_the_changing_part_only(self, client):
        make_asset()
        part = client.get("/", headers={"hx-request": "true"}).content.decode()
        assert "<html" not in part
        assert 'id="library"' in part


class TestPages:
    @pytest.fixture(autouse=True)
    def small_pages(self, monkeypatch):
        monkeypatch.setattr("search.views.library.PAGE_SIZE", 1)

    def test_lead_on_and_back_and_to_the_ends(self, client):
        for number in range(9):
            make_asset(f"cat {number}.jpg")
        pager = client.get("/?q=cat&sort=name&page=5").context["pager"]
        assert [link.label for link in pager.links] == ["1", "…", "3", "4", "5", "6", "7", "…", "9"]
        assert pager.previous_url == "?q=cat&sort=name&page=4"
        assert pager.next_url == "?q=cat&sort=name&page=6"
        assert pager.has_box
        ends = client.get("/").context["pager"], client.get("/?page=9").context["pager"]
        assert [(bool(end.previous_url), bool(end.next_url)) for end in ends] == [
            (False, True),
            (True, False),
        ]

    def test_can_be_asked_for_by_number(self, client):
        for number in range(9):
            make_asset(f"cat {number}.jpg")
        pager = client.get("/?q=cat&sort=name&page=2").context["pager"]
        response = client.get("/", [*pager.parameters, ("page", "7")])
        assert [asset.file_name for asset in response.context["hits"].assets] == ["cat 6.jpg"]

    def test_have_no_links_where_there_is_one(self, client):
        make_asset()
        assert client.get("/").context["pager"] is None


class TestThePageOfAFacet:
    @pytest.fixture(autouse=True)
    def assets(self):
        make_asset(tags=["Golden Gate Bridge", "Bridge", "Fog"])
        make_asset(tags=["Bridge"])
        make_asset(tags=["Dog"])

    def values(self, response):
        return [(value.label, value.count) for value in response.context["values"]]

    def test_has_every_value_with_its_count(self, client):
        response = client.get("/facets/tag/?not_tag=dog")
        assert self.values(response) == [
            ("Dog", 0),
            ("Bridge", 2),
            ("Fog", 1),
            ("Golden Gate Bridge", 1),
        ]
        assert "<html" in response.content.decode()

    def test_finds_values_by_the_beginning_of_any_word(self, client):
        assert self.values(client.get("/facets/tag/?beginning=BRI")) == [
            ("Bridge", 2),
            ("Golden Gate Bridge", 1),
        ]
        assert "begins with" in client.get("/facets/tag/?beginning=x").content.decode()

    def test_keeps_what_is_picked_while_another_value_is_looked_for(self, client):
        page = client.get("/facets/tag/?tag=fog&format=png&q=fog&beginning=bri").content.decode()
        for name, value in (("format", "png"), ("q", "fog")):
            assert f'<input type="hidden" name="{name}" value="{value}">' in page
        assert page.count('name="tag" value="fog"') == 1

    def test_leads_to_the_library_without_what_was_looked_for(self, client):
        response = client.get("/?tag=fog&beginning=bri&not_tag=dog")
        assert response.url == "/?tag=fog&not_tag=dog"
        moved = client.get("/?tag=fog&beginning=bri", headers={"hx-request": "true"})
        assert '"path": "/?tag=fog"' in moved["HX-Location"]

    def test_answers_scripts_with_the_panel_or_its_values(self, client):
        script = {"hx-request": "true"}
        panel = client.get("/facets/tag/", headers=script).content.decode()
        assert "<html" not in panel
        assert 'id="facet-panel"' in panel
        target = {**script, "hx-target": "facet-values"}
        values = client.get("/facets/tag/", headers=target).content.decode()
        assert "facet-panel" not in values.replace("facet-panel-title", "")
        assert "Bridge" in values

    def test_is_there_for_facets_alone(self, client):
        assert client.get("/facets/nothing/").status_code == 404
        assert client.get("/facets/mouth/").status_code == 200

    @pytest.mark.parametrize("beginning", ["\x00", "<b>", "a" * 500, "-", "火"])
    def test_takes_whatever_is_typed(self, client, beginning):
        response = client.get("/facets/tag/?" + urlencode({"beginning": beginning}))
        assert response.status_code == 200
        assert "<b>" not in response.content.decode()


class TestFacetsOfWhatWasSeen:
    def everything(self, **said):
        """A picture of a face, with a colour and a line of text."""
        asset = make_asset()
        box = BoundingBox(left=0.1, top=0.1, width=0.2, height=0.2)
        colour = {"hex": "#008000", "css": "green", "share": 60, "area": "image"}
        finish_run(
            asset,
            Prediction(kind=Kind.FACE, name="Face", confidence=99, box=box, attributes=said),
            Prediction(kind=Kind.COLOUR, name="green", confidence=100, attributes=colour),
            Prediction(kind=Kind.TEXT, name="EXIT", confidence=99, attributes={"type": "line"}),
            Prediction(kind=Kind.MODERATION, name="Graphic Violence", confidence=90),
        )
        return asset

    def facets(self, response):
        return {facet.kind: facet for facet in response.context["facets"]}

    def labels(self, response, kind):
        return [value.label for value in self.facets(response)[kind].values]

    def test_appear_only_when_an_asset_has_such_facts(self, client):
        make_asset()
        assert not {"faces", "colour", "text"} & self.facets(client.get("/")).keys()
        self.everything(smile={"value": True, "confidence": 99})
        response = client.get("/")
        assert self.labels(response, "faces") == ["1 face"]
        assert self.labels(response, "smile") == ["Smiling"]
        assert self.labels(response, "text") == ["With text"]
        assert self.labels(response, "moderation") == ["Graphic Violence"]
        assert "beard" not in self.facets(response)

    def test_narrow_the_library_and_words_find_recognised_text(self, client):
        asset = self.everything(eyes_open={"value": False, "confidence": 99})
        make_asset()
        for kind in ("faces", "eyes", "colour", "text", "moderation"):
            (value,) = self.facets(client.get("/"))[kind].values
            hits = client.get(f"/{value.url}").context["hits"]
            assert [hit.pk for hit in hits.assets] == [asset.pk]
        assert client.get("/?q=exit").context["hits"].total == 1

    def test_show_the_colour_beside_its_name(self, client):
        self.everything()
        page = client.get("/?colour=green").content.decode()
        assert 'fill="#008000"' in page
        assert " style=" not in page

    def test_of_faces_are_folded_together_unless_one_is_selected(self, client):
        self.everything(beard={"value": False, "confidence": 99})
        page = client.get("/").content.decode()
        assert '<details class="facet-group" id="group-faces">' in page
        page = client.get("/?beard=no").content.decode()
        assert '<details class="facet-group" id="group-faces" open>' in page
        groups = client.get("/").context["facet_groups"]
        (faces,) = [group for group in groups if group.title == "Faces"]
        assert [facet.kind for facet in faces.facets] == ["faces", "beard"]

    def test_have_numbers_in_their_order(self, client):
        for low, high in ((61, 70), (25, 35), (25, 28)):
            self.everything(age={"low": low, "high": high})
        response = client.get("/")
        assert self.labels(response, "age") == ["20-29 years", "30-39 years", "60+ years"]
        picked = client.get("/", {"age": "60+"})
        assert picked.context["hits"].total == 1
        assert self.labels(picked, "age")[0] == "60+ years"

    def test_have_yes_before_no(self, client):
        for is_smiling in (False, False, True):
            self.everything(smile={"value": is_smiling, "confidence": 99})
        assert self.labels(client.get("/"), "smile") == ["Smiling", "Not smiling"]

    @pytest.mark.parametrize(
        "query", ["faces=x", "age=-", "age=%00", "colour=url(x)", "colour=red%22", "smile=maybe"]
    )
    def test_take_old_and_broken_links(self, client, query):
        self.everything()
        response = client.get(f"/?{query}")
        assert response.status_code == 200
        assert 'fill="url' not in response.content.decode()


class TestSearching:
    def test_groups_what_it_finds_by_kind(self, client):
        collection = Collection.objects.create(name="Volcanoes of Java")
        make_asset("flickr_indonesia_2564067897_b.jpg", tags=["Volcano"], collection=collection)
        response = client.get("/search/?q=volcano")
        page = response.content.decode()
        found = {
            group.kind: [(value.label, value.shown_count, value.url) for value in group.values]
            for group in response.context["groups"]
        }
        assert found == {
            "tag": [("Volcano", "1", "?tag=volcano")],
            "collection": [("Volcanoes of Java", "1", f"?collection={collection.pk}")],
        }
        assert "flickr_indonesia_2564067897_b.jpg" in page

    def test_is_of_the_library_where_something_is_picked(self, client):
        response = client.get("/search/?q=vol&tag=fog&not_format=png&page=2&sort=name")
        assert response["Location"] == "/?q=vol&tag=fog&not_format=png&sort=name"
        assert client.get("/search/?q=vol&sort=name").status_code == 200

    def test_suggests_among_what_is_picked(self, client):
        make_asset("photo.jpg", tags=["Volcano", "Fog"])
        make_asset("other.jpg", tags=["Volcano"])
        script = {"hx-request": "true"}
        page = client.get("/search/?q=vol&tag=fog", headers=script).content.decode()
        assert 'href="/?tag=fog&amp;tag=volcano"' in page
        assert 'href="/?q=vol&amp;tag=fog"' in page
        assert 'href="/search/?q=vol"' in page
        assert "photo.jpg" in page
        assert "other.jpg" not in page
        page = client.get("/search/?q=unicorn&tag=fog", headers=script).content.decode()
        assert 'href="/search/?q=unicorn">Search everything' in page

    def test_explains_what_nothing_has_and_says_what_can_be_typed(self, client):
        make_asset(tags=["Volcano"])
        page = client.get("/search/?q=tag:vulcano").content.decode()
        assert "Nothing that you may see has “vulcano” as tag." in page
        assert 'href="/?tag=volcano"' in page
        assert 'class="search-help"' in page
        page = client.get("/?q=tag:vulcano&format=png").content.decode()
        assert 'href="/?tag=volcano&amp;format=png"' in page
        assert 'href="/search/?q=tag%3Avulcano"' in page
        assert 'class="search-help"' in page

    def test_says_which_words_were_not_looked_for(self, client):
        words = " ".join(f"w{number}" for number in range(MOST_WORDS))
        make_asset(f"{words}.jpg")
        for page in ("/", "/search/"):
            response = client.get(page, {"q": f"{words} fog"})
            assert response.context["hits"].total == 1
            assert "without: fog." in response.content.decode()

    def test_suggests_while_somebody_types(self, client):
        make_asset("photo.jpg", tags=["Volcano"])
        page = client.get("/search/?q=vol", headers={"hx-request": "true"}).content.decode()
        assert "<html" not in page
        assert page.count('role="option"') == 3
        assert 'href="/?tag=volcano"' in page
        assert 'href="/?q=vol"' in page

    def test_says_so_when_there_is_nothing(self, client):
        make_asset()
        assert client.get("/search/?q=unicorn").context["found_nothing"]
        assert "found_nothing" not in client.get("/search/").context
        page = client.get("/search/?q=unicorn", headers={"hx-request": "true"}).content.decode()
        assert 'data-found="0"' in page
        assert "listbox" not in page

    def test_shows_what_was_typed_as_text(self, client):
        page = client.get("/search/", {"q": "<script>x</script>"}).content.decode()
        assert "<script>x" not in page

    @pytest.mark.parametrize("text", ["-cat", "tag:", '"', "tag:volcano", "-", "12:30"])
    def test_takes_whatever_is_typed(self, client, text):
        make_asset(tags=["Volcano"])
        for headers in ({}, {"hx-request": "true"}):
            assert client.get("/search/", {"q": text}, headers=headers).status_code == 200


class TestTheSearchBox:
    def fields(self, page):
        """Where the form leads, what it sends along, and what its field is called."""
        form = page[page.index('<form class="search"') : page.index("</form>")]
        (action,) = re.findall(r'action="([^"]*)" role', form)
        hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)
        (name,) = re.findall(r"<label[^>]*>([^<]*)<", form)
        return action, hidden, name

    def test_is_for_everything_where_nothing_is_picked(self, client):
        make_asset()
        for page in ("/", "/?q=fog&sort=name", "/collections/", "/search/?q=fog"):
            action, hidden, name = self.fields(client.get(page).content.decode())
            assert (action, hidden) == ("/search/", [])
            assert name == "Search tags, people, names and collections"

    def test_is_for_the_assets_that_have_what_is_picked(self, client):
        make_asset(tags=["Fog"])
        page = client.get("/?tag=fog&not_format=jpg&q=photo&sort=name&page=3").content.decode()
        assert self.fields(page) == (
            "/",
            [("tag", "fog"), ("not_format", "jpg"), ("sort", "name")],
            "Search in these assets",
        )
        assert 'placeholder="Search in these assets"' in page
        assert 'value="photo" maxlength' in page

    def test_follows_the_library_that_a_script_replaces(self, client):
        make_asset(tags=["Fog"])
        page = client.get("/?tag=fog&q=photo", headers={"hx-request": "true"}).content.decode()
        scope = page[page.index('<div id="search-scope" hx-swap-oob="true"') :]
        assert 'data-action="/" data-placeholder="Search in these assets"' in scope
        assert 'data-text="photo"' in scope
        assert '<input type="hidden" name="tag" value="fog">' in scope
        page = client.get("/", headers={"hx-request": "true"}).content.decode()
        assert 'data-action="/search/" data-placeholder="Search" data-text=""' in page
