"""The judge of the fault suite sees what is wrong, and only that."""

import random
from dataclasses import replace

import pytest

from tests.faults.judge import Expectation, Findings, judge
from tests.faults.ledger import Promise
from tests.faults.library import Asset, Library, Run
from tests.faults.photos import make_photo

PHOTO = make_photo(random.Random(1), "photo.jpg", size=5_000)
PROMISE = Promise(photo=PHOTO, asset=7, seconds=0.1)
ASSET = Asset(pk=7, original=3, uploader=1, sha256=PHOTO.sha256, key="a.jpg", is_in_trash=False)
RUN = Run(pk=5, original=3, question=("dummy", "f", 1), state="done", attempts=1, error="")
LIBRARY = Library(
    assets={7: ASSET},
    runs=(RUN,),
    detections=((5, "label", "Red"),),
    tags={7: tuple(sorted(PHOTO.tags))},
    statuses={7: "recognised"},
)


def findings(library=LIBRARY, *, read=lambda key: PHOTO.content, **expected):
    return judge(Expectation(promises=(PROMISE,), **expected), library, read)


def changed(**changes):
    return replace(LIBRARY, **changes)


def missing(key):
    raise FileNotFoundError(key)


def test_a_kept_promise_is_no_finding():
    assert findings(is_undisturbed=True) == Findings()


class TestLost:
    @pytest.mark.parametrize(
        ("library", "read"),
        [
            (changed(assets={}), lambda key: PHOTO.content),
            (changed(assets={7: replace(ASSET, sha256="0")}), lambda key: PHOTO.content),
            (changed(runs=()), lambda key: PHOTO.content),
            (LIBRARY, lambda key: PHOTO.content[:-1]),
            (LIBRARY, missing),
        ],
        ids=["no asset", "another asset", "no run", "short file", "no file"],
    )
    def test_is_whatever_is_missing_of_an_upload(self, library, read):
        assert len(findings(library, read=read).lost) == 1

    def test_is_nothing_that_somebody_deleted(self):
        gone = changed(assets={}, tags={}, statuses={})
        assert findings(gone, deleted=frozenset({7})) == Findings()


class TestDuplicated:
    @pytest.mark.parametrize(
        ("library", "number"),
        [
            (changed(assets={7: ASSET, 8: replace(ASSET, pk=8)}), 1),
            (changed(runs=(RUN, replace(RUN, pk=6, question=("dummy", "f", 2)))), 1),
            (changed(runs=(RUN, replace(RUN, pk=6))), 2),
            (changed(detections=((5, "label", "Red"),) * 2), 1),
            (changed(tags={7: (*sorted(PHOTO.tags), sorted(PHOTO.tags)[0])}), 1),
            (changed(tags={7: ("Volcano",)}), 1),
            (changed(tags={}), 1),
        ],
        ids=["asset", "run", "question", "detection", "tag", "other tags", "no tags"],
    )
    def test_is_what_is_there_more_often_or_otherwise(self, library, number):
        assert len(findings(library).duplicated) == number

    def test_is_a_second_attempt_where_nothing_went_wrong(self):
        twice = changed(runs=(replace(RUN, attempts=2),))
        assert findings(twice) == Findings()
        assert len(findings(twice, is_undisturbed=True).duplicated) == 1


class TestStuck:
    @pytest.mark.parametrize("state", ["queued", "running", "failed", "quarantined"])
    def test_is_a_run_that_did_not_succeed(self, state):
        assert len(findings(changed(runs=(replace(RUN, state=state),))).stuck) == 1

    def test_is_a_poison_image_that_did_not_end_in_quarantine(self):
        poison = frozenset({PHOTO.sha256})
        assert len(findings(quarantined=poison).stuck) == 3
        run = replace(RUN, state="quarantined", attempts=3)
        ended = changed(runs=(run,), tags={}, statuses={7: "failed"})
        assert findings(ended, quarantined=poison) == Findings()

    def test_is_an_asset_whose_page_says_something_else(self):
        assert len(findings(changed(statuses={7: "queued"})).stuck) == 1

    def test_is_an_asset_that_came_back_from_the_trash_or_never_got_there(self):
        assert len(findings(trashed=frozenset({7})).stuck) == 1
        there = changed(assets={7: replace(ASSET, is_in_trash=True)})
        assert len(findings(there).stuck) == 1
        assert findings(there, trashed=frozenset({7})) == Findings()

    def test_is_a_deleted_asset_that_is_still_there(self):
        assert len(findings(deleted=frozenset({7})).stuck) == 1
