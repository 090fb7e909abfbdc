"""How the index follows the library: edits, transactions, several processes, stored postings."""

import random
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from pyroaring import BitMap

from dam import tagging, trash
from dam.models import Asset, AssetFact, Audience, Collection, Tag
from dam.permissions import SYSTEM
from search.index import IndexBusyError, RoaringIndex, _roaring, _storing, fold, rebuild
from search.kinds import Kind
from search.models import Change, IndexState, Posting
from search.query import SearchQuery, Sort
from search.tasks import fold_search_index
from tests.dam.test_concurrency import at_once
from tests.factories import finish_run, label, make_asset, make_user, picture
from tests.programs import about_postgresql, about_sqlite

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def found(index: RoaringIndex, text: str = "", viewer=SYSTEM, **extra) -> list[str]:
    hits = index.find(SearchQuery(text=text, **extra), viewer, page_size=1000)
    assert hits.total == len(hits.assets)
    return [asset.file_name for asset in hits.assets]


def everything(index: RoaringIndex, viewer=SYSTEM) -> dict[str, object]:
    """All that an index says of a library whose words are known."""
    answers: dict[str, object] = {kind: index.count(SearchQuery(), viewer, kind) for kind in Kind}
    answers |= {sort: found(index, viewer=viewer, sort=sort) for sort in Sort}
    for text in ("cat", "dog", "photo", "press", "sunset", '"low tide"', "tag:cat -dog"):
        answers[text] = found(index, text, viewer)
    return answers


def say(asset: Asset, tag: str, *, by: User, is_yes: bool = True) -> None:
    tagging.decide(asset, [tag], is_yes=is_yes, user=by)


def let_an_hour_pass() -> None:
    """What was folded or swapped was so more than an hour ago."""
    ago = timezone.now() - timedelta(hours=2)
    IndexState.objects.update(leaving_since=ago, swapped_at=ago)


class TestAnEdit:
    def test_is_seen_by_the_next_answer_of_every_process(self):
        asset = make_asset("a.jpg")
        indexes = [RoaringIndex(), RoaringIndex()]
        assert [found(index, "cat") for index in indexes] == [[], []]
        say(asset, "Cat", by=make_user())
        assert [found(index, "cat") for index in indexes] == [["a.jpg"], ["a.jpg"]]
        say(asset, "Cat", by=make_user(), is_yes=False)
        assert [found(index, "cat") for index in indexes] == [[], []]

    def test_is_not_seen_before_it_is_committed_nor_after_it_is_undone(self):
        asset = make_asset("a.jpg")
        index = RoaringIndex()
        assert found(index, "cat") == []
        with transaction.atomic():
            say(asset, "Cat", by=make_user())
            assert found(index, "cat") == ["a.jpg"]
            transaction.set_rollback(True)
        assert found(index, "cat") == []
        # The number that the undone change row had may be given out again.
        say(asset, "Dog", by=make_user())
        assert found(index, "dog") == ["a.jpg"]

    def test_of_who_may_see_an_asset_is_one_too(self):
        viewer = make_user(group="Viewers")
        asset = make_asset("a.jpg")
        index = RoaringIndex()
        assert found(index, viewer=viewer) == ["a.jpg"]
        Audience.objects.get(asset=asset).delete()
        assert found(index, viewer=viewer) == []
        Audience.objects.create(asset=asset, group=viewer.groups.get())
        assert found(index, viewer=viewer) == ["a.jpg"]
        viewer.groups.clear()
        assert found(index, viewer=viewer) == []

    def test_of_a_name_reaches_all_that_is_found_by_it(self):
        press = Collection.objects.create(name="Press")
        make_asset("a.jpg", tags=["Kitten"], collection=press)
        index = RoaringIndex()
        assert found(index, "press") == found(index, "kitten") == ["a.jpg"]
        press.name = "Annual report"
        press.save()
        tag = Tag.objects.get()
        tag.name = "Puppy"
        tag.save()
        assert found(index, "press") == found(index, "kitten") == []
        assert found(index, "annual") == found(index, "puppy") == ["a.jpg"]


@about_postgresql
class TestTransactionsThatOverlap:
    def test_lose_nothing_when_the_one_that_began_first_is_committed_last(self):
        early, late = make_asset("early.jpg"), make_asset("late.jpg")
        user, index = make_user(), RoaringIndex()
        # The tag is there before: two transactions that make the same one wait for each other.
        say(make_asset("other.jpg"), "Cat", by=user)
        assert found(index, "cat") == ["other.jpg"]
        with transaction.atomic():
            say(early, "Cat", by=user)
            at_once(lambda: say(late, "Cat", by=user))
            seen = at_once(lambda: found(index, "cat"))
            assert seen == [["other.jpg", "late.jpg"]]
        assert found(index, "cat") == ["other.jpg", "late.jpg", "early.jpg"]

    def test_are_seen_although_another_one_stays_open(self):
        asset, other = make_asset("a.jpg"), make_asset("other.jpg")
        user, index = make_user(), RoaringIndex()
        found(index)
        with transaction.atomic():
            say(other, "Horse", by=user)
            for name in ("Cat", "Dog", "Bird"):
                at_once(lambda name=name: say(asset, name, by=user))
                seen = at_once(lambda name=name: found(index, name))
                assert seen == [["a.jpg"]]
            at_once(lambda: fold(even_few=True))
            # What was folded already is not folded again and again until the transaction ends.
            ago = timezone.now() - timedelta(minutes=11)
            at_once(lambda: Change.objects.update(created_at=ago))
            assert at_once(fold) == [0]
        fold(even_few=True)
        assert found(RoaringIndex(), "horse") == found(index, "horse") == ["other.jpg"]


class TestFolding:
    def test_changes_no_answer_of_a_process_old_or_new(self):
        old = RoaringIndex()
        edit_at_random(seed=1, times=20)
        before = everything(old)
        assert fold(even_few=True)
        assert everything(old) == everything(RoaringIndex()) == before
        for seed in (2, 3):
            edit_at_random(seed=seed, times=15)
            fresh = RoaringIndex()
            assert everything(old) == everything(fresh)
            fold(even_few=True)
            assert everything(old) == everything(fresh) == everything(RoaringIndex())

    def test_leaves_what_a_rebuild_would_make(self):
        edit_at_random(seed=4, times=10)
        fold(even_few=True)
        edit_at_random(seed=5, times=15)
        fold(even_few=True)
        folded = stored()
        rebuild()
        assert stored() == folded

    def test_happens_at_the_end_of_a_command_where_there_is_no_worker(self, settings, tmp_path):
        (tmp_path / "a.png").write_bytes(picture())
        settings.BROKER_URL = "redis://127.0.0.1:1/0"
        call_command("retag_assets", stdout=StringIO())
        assert not Posting.objects.exists()
        settings.BROKER_URL = ""
        call_command(
            "import_assets", str(tmp_path), "--recogniser", "dummy", "--json", stdout=StringIO()
        )
        assert Posting.objects.filter(term__kind="format", term__value="png").exists()

    def test_waits_for_enough_changes_or_old_ones(self):
        make_asset()
        fold(even_few=True)
        make_asset()
        assert fold() == 0
        Change.objects.update(created_at=timezone.now() - timedelta(minutes=11))
        assert fold() > 0
        assert fold() == 0

    def test_is_left_to_whoever_is_at_it(self):
        make_asset()
        rebuild()
        IndexState.objects.update(
            writer="another", written_until=timezone.now() + timedelta(minutes=1)
        )
        with pytest.raises(IndexBusyError, match="another process"):
            rebuild()
        Change.objects.update(created_at=timezone.now() - timedelta(minutes=11))
        fold_search_index()
        # One that ended without a word is given up after a while.
        IndexState.objects.update(written_until=timezone.now() - timedelta(seconds=1))
        assert rebuild() == 1

    def test_leaves_a_process_that_was_away_for_long_with_what_is_right(self):
        away = RoaringIndex()
        asset = make_asset("a.jpg", tags=["Cat"])
        assert found(away, "cat") == ["a.jpg"]
        say(asset, "Cat", by=make_user(), is_yes=False)
        say(asset, "Dog", by=make_user())
        for _ in range(3):
            fold(even_few=True)
            let_an_hour_pass()
            make_asset("later.jpg")
        assert Change.objects.count() < 10
        assert found(away, "cat") == []
        assert found(away, "dog") == ["a.jpg"]
        assert everything(away) == everything(RoaringIndex())

    @about_sqlite  # what else runs on a server of PostgreSQL says when rows may go
    def test_costs_nothing_once_the_log_is_empty(self, django_assert_max_num_queries):
        index = RoaringIndex()
        for _ in range(2):
            make_asset("a.jpg")
            found(index)
            for _ in range(2):
                fold(even_few=True)
                let_an_hour_pass()
        assert not Change.objects.exists()
        found(index)
        with django_assert_max_num_queries(8):
            assert found(index) == ["a.jpg", "a.jpg"]
        make_asset("b.jpg")
        fold(even_few=True)
        assert found(index) == found(RoaringIndex()) == ["b.jpg", "a.jpg", "a.jpg"]


class TestTheLeaseOfAWriter:
    def test_is_not_had_again_once_another_one_took_over(self):
        make_asset("a.jpg", tags=["Cat"])
        rebuild()
        let_an_hour_pass()
        make_asset("b.jpg")

        def stand_still(_done: int, _total: int) -> None:
            IndexState.objects.update(written_until=timezone.now() - timedelta(seconds=1))
            fold(even_few=True)

        with pytest.raises(IndexBusyError, match="took over"):
            rebuild(stand_still)
        assert found(RoaringIndex()) == ["b.jpg", "a.jpg"]

    def test_keeps_one_that_lost_it_from_writing_what_is_old(self, monkeypatch):
        asset = make_asset("a.jpg")
        rebuild()
        say(asset, "Dog", by=make_user())
        read = _storing.describe

        def stand_still(assets):
            descriptions = list(read(assets))
            monkeypatch.setattr(_storing, "describe", read)
            IndexState.objects.update(written_until=timezone.now() - timedelta(seconds=1))
            say(asset, "Bird", by=make_user())
            fold(even_few=True)
            return descriptions

        monkeypatch.setattr(_storing, "describe", stand_still)
        with pytest.raises(IndexBusyError, match="took over"):
            fold(even_few=True)
        assert found(RoaringIndex(), "tag:bird") == ["a.jpg"]


class TestAProcessThatLoads:
    def test_misses_nothing_that_is_folded_meanwhile(self, monkeypatch):
        asset = make_asset("a.jpg", tags=["Cat"])
        rebuild()
        say(asset, "Dog", by=make_user())
        load = _roaring.Memory

        def load_slowly(generation):
            monkeypatch.setattr(_roaring, "Memory", load)  # what is loaded anew takes no hour
            memory = load(generation)
            for _ in range(3):
                fold(even_few=True)
                let_an_hour_pass()
            return memory

        index = RoaringIndex()
        monkeypatch.setattr(_roaring, "Memory", load_slowly)
        found(index)
        assert found(index, "tag:dog") == found(RoaringIndex(), "tag:dog") == ["a.jpg"]

    def test_takes_over_what_a_rebuild_found(self):
        asset = make_asset("a.jpg")
        rebuild()
        running = RoaringIndex()
        assert found(running, "colour:red") == []
        AssetFact.objects.create(asset=asset, kind="colour", value="red")  # nothing is told of it
        rebuild()
        assert found(running, "colour:red") == ["a.jpg"]


@about_postgresql
class TestADatabaseRestoredOnAnotherServer:
    def test_is_followed_although_transactions_are_numbered_anew(self):
        asset = make_asset("a.jpg", tags=["Cat"])
        rebuild()
        Change.objects.update(transaction=10**9)
        IndexState.objects.update(folded=10**9, kept=10**9 - 5, leaving=10**9 - 3)
        index, user = RoaringIndex(), make_user()
        for tag in ("Dog", "Bird", "Fish"):
            say(asset, tag, by=user)
            assert found(index, tag) == found(RoaringIndex(), tag) == ["a.jpg"]
            asset.title = f"With a {tag}"
            asset.save()
            assert found(index, f'"a {tag}"') == found(RoaringIndex(), f'"a {tag}"') == ["a.jpg"]
            fold(even_few=True)
            let_an_hour_pass()
        assert IndexState.objects.get().folded < 10**9
        assert everything(index) == everything(RoaringIndex())


class TestRebuilding:
    def test_goes_on_beside_edits_and_searches(self):
        edit_at_random(seed=6, times=10)
        rebuild()
        running = RoaringIndex()
        found(running)

        def edit(_done: int, _total: int) -> None:
            edit_at_random(seed=7, times=5)
            assert everything(running) == everything(RoaringIndex())

        rebuild(edit)
        assert everything(running) == everything(RoaringIndex())
        assert IndexState.objects.get().generation == 2

    def test_may_be_interrupted_and_repeated(self):
        make_asset("a.jpg", tags=["Cat"])
        rebuild()
        running = RoaringIndex()
        assert found(running, "cat") == ["a.jpg"]

        def interrupt(_done: int, _total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rebuild(interrupt)
        assert found(running, "cat") == found(RoaringIndex(), "cat") == ["a.jpg"]
        assert rebuild() == 1
        assert found(running, "cat") == found(RoaringIndex(), "cat") == ["a.jpg"]
        assert set(Posting.objects.values_list("generation", flat=True)) <= {1, 2}

    def test_of_an_empty_library_finds_nothing(self):
        assert rebuild() == 0
        assert found(RoaringIndex()) == []


def edit_at_random(*, seed: int, times: int) -> None:
    """Edits a library in all the ways people and recognisers do."""
    chance = random.Random(seed)
    user = make_user()
    press, _ = Collection.objects.get_or_create(name="Press")
    for _ in range(times):
        assets = list(Asset.objects.all())
        if not assets or chance.random() < 0.3:
            tags = chance.sample(["Cat", "Dog", "Bird", "Low tide"], 2)
            assets.append(make_asset(uploader=user, tags=tags))
        asset = chance.choice(assets)
        edit_one(asset, chance.randrange(7), user, press, chance)


def edit_one(asset, which, user, press, chance) -> None:
    if which == 0:
        say(asset, chance.choice(["Cat", "Dog", "Fish"]), by=user)
    elif which == 1:
        say(asset, chance.choice(["Cat", "Dog", "Bird"]), by=user, is_yes=False)
    elif which == 2:
        finish_run(asset, label(chance.choice(["Cat", "Car"]), chance.uniform(20, 100)))
    elif which == 3:
        asset.title = chance.choice(["Sunset at low tide", "Low tide", "Cats", ""])
        asset.save()
    elif which == 4:
        press.add(asset)
    elif which == 5:
        (trash.restore if asset.trashed_at else trash.put_in_trash)(asset)
    else:
        Asset.objects.filter(pk=asset.pk).get().delete()


def stored() -> set[tuple[object, ...]]:
    """The stored index as sets of assets by term."""
    generation = IndexState.objects.get().generation
    rows = Posting.objects.filter(generation=generation).select_related("term")
    return {
        (
            row.term.kind, row.term.value, row.field,
            tuple(BitMap.deserialize(bytes(row.bitmap))), row.assets,
            bytes(row.confidences or b""),
        )
        for row in rows
    }  # fmt: skip


class TestSortingByName:
    @pytest.mark.parametrize("seed", range(4))
    def test_follows_random_edits(self, seed):
        chance, index = random.Random(seed), RoaringIndex()
        for name in "bdfhj":
            make_asset(f"{name}.jpg")
        for _ in range(40):
            asset = chance.choice(list(Asset.objects.all()))
            if chance.random() < 0.7:
                asset.file_name = f"{chance.choice('abcdefghij')}.jpg"
                asset.save()
            elif Asset.objects.count() > 3 and chance.random() < 0.5:
                asset.delete()
            else:
                make_asset(f"{chance.choice('abcdefghij')}.jpg")
            expected = Asset.objects.order_by("name_key", "pk").values_list("pk", flat=True)
            hits = index.find(SearchQuery(sort=Sort.NAME), SYSTEM, page_size=100)
            assert [asset.pk for asset in hits.assets] == list(expected)

    def test_follows_new_names_and_assets_that_came_and_went(self):
        index = RoaringIndex()
        for name in ("b.jpg", "d.jpg", "f.jpg"):
            make_asset(name)
        assert found(index, sort=Sort.NAME) == ["b.jpg", "d.jpg", "f.jpg"]
        for name in ("e.jpg", "a.jpg", "d.jpg", "g.jpg", "E.jpg"):
            make_asset(name)
        Asset.objects.get(file_name="b.jpg").delete()
        first = Asset.objects.filter(file_name="d.jpg").earliest("pk")
        say(first, "Cat", by=make_user())
        expected = ["a.jpg", "d.jpg", "d.jpg", "e.jpg", "E.jpg", "f.jpg", "g.jpg"]
        assert found(index, sort=Sort.NAME) == expected
        first.file_name = "z.jpg"
        first.save()
        expected = ["a.jpg", "d.jpg", "e.jpg", "E.jpg", "f.jpg", "g.jpg", "z.jpg"]
        assert found(index, sort=Sort.NAME) == expected == found(RoaringIndex(), sort=Sort.NAME)
