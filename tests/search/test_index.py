"""What the index finds and counts; any index has to pass these."""

import random
from collections import Counter

import pytest
from django.db import transaction

from dam import tagging, trash
from dam.models import Asset, AssetFact, Collection
from dam.permissions import SYSTEM
from dam.signals import tell_changed
from search.index import MOST_VALUES, fold, index
from search.models import IndexState, Term
from search.query import Kind, SearchQuery, Sort
from tests.factories import finish_run, label, make_asset, make_user, unsafe
from tests.images import exif_with, jpeg_bytes

pytestmark = pytest.mark.django_db


def ask(text="", *, sort=None, page=1, **values):
    picked = {Kind(kind): tuple(sorted(v)) for kind, v in values.items()}
    return SearchQuery(text=text, values=picked, sort=sort, page=page)


def found(query, viewer=SYSTEM):
    return [a.file_name for a in index.find(query, viewer, page_size=100).assets]


def counts(kind, query=None, viewer=SYSTEM, limit=MOST_VALUES):
    found = index.count(query or ask(), viewer, Kind(kind), limit=limit)
    return {c.label: c.count for c in found}


class TestWords:
    def test_find_an_asset_by_its_tag_whatever_the_file_is_called(self):
        make_asset("flickr_indonesia_2564067897_b.jpg", tags=["Volcano"])
        make_asset("other.jpg", tags=["Cat"])
        assert found(ask("volcano")) == ["flickr_indonesia_2564067897_b.jpg"]

    @pytest.mark.parametrize("words", ["mount", "BROMO", "sunrise", "archipel", "press 2026"])
    def test_find_it_by_title_file_name_description_and_collection(self, words):
        press = Collection.objects.create(name="Press 2026")
        asset = make_asset("mount_4711.jpg", collection=press)
        Asset.objects.filter(pk=asset.pk).update(
            title="Bromo", description="Sunrise over the Archipelago"
        )
        make_asset("unrelated.jpg")
        assert found(ask(words)) == ["mount_4711.jpg"]

    def test_find_it_by_another_word_for_its_tag(self):
        asset = make_asset("a.jpg")
        finish_run(
            asset, label("Car", 90, aliases=("Automobile",)), label("Sofa", 5, aliases=("Couch",))
        )
        assert found(ask("automobile")) == ["a.jpg"]
        assert found(ask("couch")) == []

    def test_find_it_by_what_the_file_says_of_itself(self):
        content = jpeg_bytes(exif=exif_with({0x013B: "Ana Ruiz", 0x010F: "Leica", 0x0110: "Q2"}))
        make_asset("a.jpg", content=content)
        assert found(ask("ruiz")) == found(ask("leica q2")) == found(ask("camera:q2")) == ["a.jpg"]

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_of_a_phrase_are_looked_for_in_the_newest_first_where_very_many_may_have_it(
        self, monkeypatch
    ):
        monkeypatch.setattr("search.index._matching._MOST_READ", 2)
        for name in (
            "gate golden.jpg",
            "golden gate 1.jpg",
            "golden gate 2.jpg",
            "golden gate 3.jpg",
        ):
            make_asset(name)
        query = ask('"golden gate"')
        first = index.find(query, SYSTEM, page_size=10)
        assert (first.is_partial, first.total) == (True, 2)
        again = index.find(query, SYSTEM, page_size=10)
        assert (again.is_partial, again.total) == (False, 3)
        assert not index.find(ask('"golden gate" 3'), SYSTEM, page_size=10).is_partial

    def test_find_values_by_what_they_are_called_on_the_page_too(self):
        asset = make_asset("a.jpg", content=jpeg_bytes())
        AssetFact.objects.create(asset=asset, kind="smile", value="yes", face=1)
        tell_changed([asset.pk])
        assert found(ask("format:jpeg")) == found(ask("smile:smiling")) == ["a.jpg"]
        (smile,) = index.count(ask(), SYSTEM, Kind.SMILE, beginning="smil")
        assert (smile.value, smile.count) == ("yes", 1)
        assert index.count(ask(), SYSTEM, Kind.SMILE, beginning="cat") == []

    def test_match_where_words_begin_and_not_within_them(self):
        make_asset("education.jpg")
        assert found(ask("cat")) == []
        assert found(ask("educ")) == ["education.jpg"]

    def test_must_all_be_there(self):
        make_asset("red-cat.jpg")
        make_asset("red-dog.jpg", tags=["Cat"])
        assert set(found(ask("red cat"))) == {"red-cat.jpg", "red-dog.jpg"}
        assert found(ask("red cat bird")) == []

    def test_ignore_case_and_composition_in_any_alphabet(self):
        make_asset("E\u0301te\u0301 ЖЮЛИ.jpg")
        assert found(ask("été жюли"))

    @pytest.mark.parametrize("text", ["straße", "STRASSE", "große strasse", "Straße STRASSE"])
    @pytest.mark.parametrize("field", ["file_name", "title", "description"])
    def test_find_sharp_s_however_it_is_written(self, text, field):
        Asset.objects.filter(pk=make_asset("a.jpg").pk).update(**{field: "Große Straße.jpg"})
        make_asset("Gross.jpg")
        assert [a.pk for a in index.find(ask(text), SYSTEM, page_size=9).assets] == [
            Asset.objects.earliest("pk").pk
        ]

    def test_find_letters_as_they_were_typed_where_folding_changes_them(self):
        make_asset("ﬁnale.jpg")
        assert found(ask("ﬁnale")) == ["ﬁnale.jpg"]

    @pytest.mark.parametrize("text", ["100%", "a_b", "(x", "[", "c++", "\\", "' OR 1=1"])
    def test_are_words_and_no_patterns(self, text):
        make_asset("plain.jpg")
        assert found(ask(text)) == []

    def test_in_tags_come_before_those_in_file_names(self):
        make_asset("cat.jpg")
        make_asset("tagged.jpg", tags=["Cat"])
        make_asset("cats.jpg")
        assert found(ask("cat"))[0] == "tagged.jpg"


class TestTagCounts:
    def test_narrow_as_tags_are_picked_and_say_what_a_click_would_find(self):
        make_asset("a.jpg", tags=["Cat", "Sofa"])
        make_asset("b.jpg", tags=["Cat", "Dog"])
        make_asset("c.jpg", tags=["Dog"])
        assert counts("tag") == {"Cat": 2, "Dog": 2, "Sofa": 1}
        with_cat = ask(tag=["cat"])
        assert counts("tag", with_cat) == {"Cat": 2, "Dog": 1, "Sofa": 1}
        for name, count in counts("tag", with_cat).items():
            assert len(found(ask(tag={"cat", name.casefold()}))) == count

    def test_are_right_for_any_combination(self):
        rng = random.Random(7)
        words = ["a", "b", "c", "d", "e"]
        carried = {}
        for number in range(40):
            tags = rng.sample(words, rng.randrange(5))
            carried[make_asset(f"{number}.jpg", tags=tags).pk] = set(tags)
        for _ in range(30):
            picked = set(rng.sample(words, rng.randrange(4)))
            matching = [tags for tags in carried.values() if picked <= tags]
            expected = {w: sum(w in t for t in matching) for w in words}
            assert counts("tag", ask(tag=picked)) == {w: n for w, n in expected.items() if n}
            assert index.find(ask(tag=picked), SYSTEM, page_size=5).total == len(matching)

    def test_leave_out_what_a_person_may_not_see_and_the_trash(self):
        owner, viewer = make_user(), make_user(group="Viewers")
        secret = make_asset("secret.jpg", uploader=owner, tags=["Secret"])
        secret.audiences.all().delete()
        trash.put_in_trash(make_asset("gone.jpg", tags=["Gone"]))
        make_asset("open.jpg", tags=["Open"])
        assert counts("tag", viewer=viewer) == {"Open": 1}
        assert counts("tag", viewer=owner) == {"Open": 1, "Secret": 1}
        assert found(ask("secret"), viewer) == []
        assert [t.label for t in index.suggest("secret", viewer, limit=5).tags] == []
        assert [t.label for t in index.suggest("secret", owner, limit=5).tags] == ["Secret"]


class TestALongFacet:
    def test_holds_the_most_frequent_values_and_those_picked(self):
        press = Collection.objects.create(name="Press")
        for tags in (["Cat", "Dog", "Ant"], ["Cat", "Dog"], ["Cat", "Eel"]):
            make_asset(tags=tags, collection=press)
        assert counts("tag", limit=2) == {"Cat": 3, "Dog": 2}
        picked = counts("tag", ask(tag=["eel"]), limit=2)
        assert list(picked.items()) == [("Cat", 1), ("Eel", 1)]
        picked = counts("tag", ask(tag=["zebra"], collection=[str(press.pk)]), limit=2)
        assert picked == {"zebra": 0}
        picked = counts("orientation", ask(orientation=["square"]))
        assert picked == {"landscape": 3, "square": 0}

    def test_counts_picked_values_beyond_its_end(self):
        for name, number in (("One", 2), ("Two", 1)):
            collection = Collection.objects.create(name=name)
            for _ in range(number):
                collection.add(make_asset())
        both = make_asset(tags=["Cat", "Ant"])
        for collection in Collection.objects.all():
            collection.add(both)
        two = str(Collection.objects.get(name="Two").pk)
        assert counts("collection", limit=1) == {"One": 3}
        assert counts("collection", ask(collection=[two]), limit=1) == {"Two": 2}
        assert list(counts("tag", ask(tag=["cat"]), limit=1).items()) == [("Ant", 1), ("Cat", 1)]


class TestTheTwoWaysToCountTags:
    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    @pytest.mark.parametrize("few", [10**6, 0], ids=["by the assets", "by the tags"])
    def test_count_stored_and_new_ones_however_many_an_asset_has(self, monkeypatch, few):
        monkeypatch.setattr("search.index._counting.FEW", few)
        monkeypatch.setattr("search.index._counting.ASSETS_A_TAG", 0)
        chance, names = random.Random(11), [f"Tag {number}" for number in range(40)]
        tagged = [chance.sample(names, chance.choice((1, 2, 3, 30))) for _ in range(12)]
        for tags in tagged[:9]:
            make_asset(tags=tags)
        fold(even_few=True)
        index.forget()
        for tags in tagged[9:]:
            make_asset(tags=tags)
        for picked in ([], ["Tag 1"], ["Tag 1", "Tag 2"]):
            having = [tags for tags in tagged if {*picked} <= {*tags}]
            expected = Counter(tag for tags in having for tag in tags)
            assert counts("tag", ask(tag=[tag.lower() for tag in picked])) == expected


class TestBeginnings:
    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_find_every_asset_with_such_a_word_stored_or_new_wherever_it_stands(self):
        for name in ("vo.jpg", "vol.jpg", "volcano.jpg", "vote.jpg", "avocado.jpg"):
            make_asset(name)
        fold(even_few=True)
        titled = make_asset("x.jpg")
        Asset.objects.filter(pk=titled.pk).update(title="Volumes")
        with transaction.atomic():
            tell_changed([titled.pk])
        index.forget()
        assert {*found(ask("v"))} == {*found(ask("vo"))} - {"avocado.jpg"}
        assert {*found(ask("vo"))} == {"vo.jpg", "vol.jpg", "volcano.jpg", "vote.jpg", "x.jpg"}
        assert {*found(ask("vol"))} == {"vol.jpg", "volcano.jpg", "x.jpg"}
        assert {*found(ask("volc"))} == {"volcano.jpg"}
        assert {*found(ask("-vol"))} == {"vo.jpg", "vote.jpg", "avocado.jpg"}

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_are_found_in_an_index_from_before_they_were_stored_until_that_is_made_anew(self):
        for name in ("vol.jpg", "volcano.jpg"):
            make_asset(name)
        fold(even_few=True)
        Term.objects.filter(kind="beginning").delete()
        IndexState.objects.update(format=1)
        index.forget()
        assert {*found(ask("vol"))} == {"vol.jpg", "volcano.jpg"}
        fold()
        assert Term.objects.filter(kind="beginning", value="vol").exists()
        assert {*found(ask("vol"))} == {"vol.jpg", "volcano.jpg"}


class TestValuesWithAnOrderOfTheirOwn:
    def test_are_the_first_in_it_however_frequent_they_are(self):
        for year, number in (("1999", 3), ("2024", 1), ("2020", 2)):
            for _ in range(number):
                AssetFact.objects.create(asset=make_asset(), kind="year", value=year)
        index.forget()
        assert counts("year", limit=2) == {"2020": 2, "2024": 1}


class TestOtherFacets:
    def test_combine_with_or_within_and_with_and_between_them(self):
        first, second = make_asset("a.jpg", tags=["Cat"]), make_asset("b.jpg")
        finish_run(first, unsafe(95))
        finish_run(second, label("Dog", 90))
        assert counts("unsafe") == {"unsafe": 1}
        assert found(ask(unsafe=["unsafe"])) == ["a.jpg"]
        assert found(ask(unsafe=["unsafe"], tag=["dog"])) == []
        assert set(found(ask(orientation=["landscape", "portrait"]))) == {"a.jpg", "b.jpg"}
        assert counts("orientation", ask(orientation=["portrait"])) == {
            "landscape": 2,
            "portrait": 0,
        }


class TestAllFacetsAtOnce:
    QUERIES = (
        ask(),
        ask("cat"),
        ask(format=["png"]),
        ask(tag=["cat"], orientation=["landscape", "square"]),
        ask(camera=["Leica"], unsafe=["unsafe"]),
    )

    @pytest.mark.parametrize("query", QUERIES)
    def test_are_counted_as_one_by_one(self, query):
        finish_run(make_asset("cat.jpg", tags=["Cat"]), unsafe(95))
        make_asset("dog.jpg", tags=["Dog", "Cat"])
        viewer = make_user(group="Viewers")
        make_asset(uploader=make_user(), tags=["Cat"]).audiences.all().delete()
        counts_of = index.count_all(query, viewer)
        assert list(counts_of) == list(Kind)
        for kind in Kind:
            assert counts_of[kind] == index.count(query, viewer, kind)

    def test_are_as_long_as_one_by_one(self):
        finish_run(make_asset(), label("Cat", 90))
        make_asset()
        counts_of = index.count_all(ask(), SYSTEM, limit=1)
        assert counts_of[Kind.STATUS] == index.count(ask(), SYSTEM, Kind.STATUS, limit=1)
        assert len(counts_of[Kind.STATUS]) == 1

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_cost_no_query_for_each_kind_of_fact(self, django_assert_max_num_queries):
        make_asset()
        fold(even_few=True)
        index.count_all(ask(), SYSTEM)
        with django_assert_max_num_queries(5):
            index.count_all(ask(), SYSTEM)


class TestCollections:
    def test_are_found_by_name_if_one_may_see_something_in_them(self):
        viewer = make_user(group="Viewers")
        shown = Collection.objects.create(name="Autumn Press")
        Collection.objects.create(name="Autumn Secrets")
        make_asset(collection=shown)
        (collection,) = index.suggest("autumn", viewer, limit=5).collections
        assert (collection.value, collection.count) == (str(shown.pk), 1)

    def test_are_counted_by_what_a_person_may_see_in_them(self):
        owner, viewer = make_user(), make_user(group="Viewers")
        mixed = Collection.objects.create(name="Mixed")
        hidden = Collection.objects.create(name="Hidden")
        make_asset(collection=mixed)
        for collection in (mixed, hidden):
            make_asset(uploader=owner, collection=collection).audiences.all().delete()
        trash.put_in_trash(make_asset(collection=mixed))
        assert counts("collection", viewer=viewer) == {"Mixed": 1}
        assert counts("collection", viewer=owner) == {"Mixed": 2, "Hidden": 1}


class TestAPickedValueThatFindsNothing:
    def test_costs_no_query_of_its_own(self, django_assert_max_num_queries):
        viewer = make_user(group="Viewers")
        index.count(ask(), viewer, Kind.TAG)
        for kind, values in (("tag", ["a", "b", "c"]), ("collection", ["1", "2", "3"])):
            with django_assert_max_num_queries(5):
                index.count(ask(**{kind: values}), viewer, Kind(kind))

    def test_stays_to_be_dropped_under_its_own_name(self):
        viewer = make_user(group="Viewers")
        empty = Collection.objects.create(name="Empty", creator=viewer)
        other = Collection.objects.create(name="Not yours")
        make_asset("a.jpg", tags=["Cat"])
        make_asset("b.jpg", tags=["Dog"])
        both = ask(tag=["cat", "dog"], collection=[str(empty.pk), str(other.pk)])
        assert counts("tag", both, viewer) == {"Cat": 0, "Dog": 0}
        assert counts("collection", both, viewer) == {"Empty": 0, "Unknown collection": 0}


class TestPages:
    def test_hold_each_asset_once_and_never_run_past_the_end(self):
        for number in range(7):
            make_asset(f"{number}.jpg")
        pages = [index.find(ask(page=n), SYSTEM, page_size=3) for n in (1, 2, 3, 99)]
        names = [a.file_name for hits in pages[:3] for a in hits.assets]
        assert names == [f"{n}.jpg" for n in reversed(range(7))]
        assert pages[3].page == 3
        assert {hits.total for hits in pages} == {7}

    @pytest.mark.parametrize(
        ("sort", "first"), [(Sort.NAME, "A.jpg"), (Sort.OLDEST, "b.jpg"), (Sort.NEWEST, "A.jpg")]
    )
    def test_come_in_the_order_asked_for(self, sort, first):
        make_asset("b.jpg")
        make_asset("c.jpg")
        make_asset("A.jpg")
        assert found(ask(sort=sort))[0] == first


class TestTheBestMatch:
    @pytest.mark.parametrize(
        ("text", "order"),
        [
            ("dog", ["dog.jpg", "unsure.jpg", "two.jpg", "more.jpg"]),
            ("dogz", ["dog.jpg", "unsure.jpg", "two.jpg", "more.jpg"]),
            ("hot dog", ["two.jpg"]),
            ("do", ["more.jpg", "two.jpg", "dog.jpg", "unsure.jpg"]),
        ],
        ids=["whole words", "a corrected word", "a name of several words", "a beginning"],
    )
    def test_is_a_name_of_nothing_else_then_of_more_then_one_that_begins_so(self, text, order):
        for name, tag, confidence in [
            ("unsure.jpg", "Dog", 75),
            ("dog.jpg", "Dog", 99),
            ("two.jpg", "Hot Dog", 99),
            ("more.jpg", "Dogma", 99),
        ]:
            finish_run(make_asset(name), label(tag, confidence))
        assert found(ask(text)) == order


def test_a_decision_shows_in_the_counts_at_once():
    asset = make_asset(tags=["Cat"])
    tagging.decide(asset, ["Cat"], is_yes=False, user=SYSTEM)
    assert counts("tag") == {}
