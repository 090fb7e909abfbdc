"""The library and the search of the header."""

import pytest

from dam.models import Collection
from search.index._base import MOST_VALUES
from search.query import MOST_PICKS, MOST_WORDS
from tests.factories import finish_run, label, make_asset, make_user, unsafe

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
        with django_assert_max_num_queries(22):
            client.get("/")

    def test_shows_a_page_of_assets_with_over_a_thousand_tags(self, client):
        for number in range(48):
            make_asset(tags=[f"tag {number} {n}" for n in range(22)])
        response = client.get("/")
        assert len(response.context["hits"].assets) == 48
        (tags,) = [f for f in response.context["facets"] if f.kind == "tag"]
        assert len(tags.values) == MOST_VALUES

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
        assert len(response.context["selected"]) == 2 * MOST_PICKS + 1

    @pytest.mark.parametrize(
        "query",
        ["tag=nothing", "page=99", "page=-1", "sort=x", "collection=abc", "q=%00", "tag=%00"],
    )
    def test_takes_old_and_broken_links(self, client, query):
        make_asset()
        assert client.get(f"/?{query}").status_code == 200

    def test_answers_a_script_with_the_changing_part_only(self, client):
        make_asset()
        part = client.get("/", headers={"hx-request": "true"}).content.decode()
        assert "<html" not in part
        assert 'id="library"' in part


class TestSearching:
    def test_groups_what_it_finds_by_kind(self, client):
        collection = Collection.objects.create(name="Volcanoes of Java")
        make_asset("flickr_indonesia_2564067897_b.jpg", tags=["Volcano"], collection=collection)
        response = client.get("/search/?q=volcano")
        page = response.content.decode()
        assert [t.label for t in response.context["tags"]] == ["Volcano"]
        assert response.context["collections"] == [collection]
        assert "flickr_indonesia_2564067897_b.jpg" in page

    def test_says_so_when_there_is_nothing(self, client):
        make_asset()
        assert client.get("/search/?q=unicorn").context["found_nothing"]
        assert not client.get("/search/").context["found_nothing"]

    def test_shows_what_was_typed_as_text(self, client):
        page = client.get("/search/", {"q": "<script>x</script>"}).content.decode()
        assert "<script>x" not in page
