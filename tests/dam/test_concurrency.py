"""Several people, and a worker, at the same asset at the same time."""

import threading
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection, transaction
from django.utils import timezone

from dam import tagging
from dam.ingest import ingest
from dam.models import Asset, TaggedAsset
from dam.permissions import SYSTEM
from recognition import pipeline
from recognition.models import RecognitionRun
from recognition.predictions import Outcome
from tests.factories import label, make_asset, make_user, picture

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
PATIENCE = 60


def at_once(*actions):
    """Runs actions in threads that begin together; gives what they answered."""
    start = threading.Barrier(len(actions))
    answers, errors = [], []

    def act(action):
        try:
            start.wait(PATIENCE)
            answers.append(action())
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert errors == []
    return answers


def test_the_same_content_uploaded_three_times_at_once_becomes_one_asset():
    content, user = picture(), make_user()

    def upload():
        return ingest(BytesIO(content), file_name="a.png", uploader=user).status.value

    statuses = at_once(upload, upload, upload)
    assert sorted(statuses) == ["created", "duplicate", "duplicate"]
    assert Asset.objects.count() == 1


def test_an_asset_that_arrives_while_its_content_is_recognised_is_tagged_too():
    content, owner = picture(), make_user()
    first = make_asset(content=content, uploader=owner)
    first.audiences.all().delete()
    claimed = RecognitionRun.claim(RecognitionRun.objects.get().pk)
    outcome = Outcome(predictions=(label("Cat", 90),), model_version="1")

    def finish():
        pipeline._settle(claimed, lambda: claimed.finish(outcome))

    stranger = make_user()

    def upload():
        with transaction.atomic():
            return ingest(BytesIO(content), file_name="b.png", uploader=stranger).asset.pk

    at_once(finish, upload)
    for asset in Asset.objects.all():
        assert list(asset.tags.values_list("name", flat=True)) == ["Cat"]
        assert asset.facts.get(kind="status").value == "recognised"


def test_a_worker_that_tags_while_editors_decide_overrules_none_of_them():
    asset = make_asset()
    run = RecognitionRun.objects.get()
    words = [f"word {n}" for n in range(12)]
    predictions = tuple(label(word, 90) for word in words)
    claimed = RecognitionRun.claim(run.pk)

    def finish():
        outcome = Outcome(predictions=predictions, model_version="1")
        pipeline._settle(claimed, lambda: claimed.finish(outcome))

    def refuse(word):
        return lambda: tagging.decide(asset, [word], is_yes=False, user=SYSTEM)

    at_once(finish, *(refuse(word) for word in words[:6]))
    assert set(asset.tags.values_list("name", flat=True)) == set(words[6:])


def test_a_run_that_many_claim_at_once_is_had_by_one():
    make_asset()
    run = RecognitionRun.objects.get()
    for is_overdue in (False, True):
        if is_overdue:
            RecognitionRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        claimed = at_once(*[lambda: RecognitionRun.claim(run.pk)] * 6)
        assert [one.pk for one in claimed if one] == [run.pk]


def test_workers_that_make_the_same_new_tags_do_not_block_each_other():
    assets = [make_asset() for _ in range(8)]
    words = [f"word {n}" for n in range(30)]

    def finish(asset, order):
        run = RecognitionRun.objects.get(original=asset.original)
        claimed = RecognitionRun.claim(run.pk)
        predictions = tuple(label(word, 60 + n) for n, word in enumerate(order))
        outcome = Outcome(predictions=predictions, model_version="1")
        return lambda: pipeline._settle(claimed, lambda: claimed.finish(outcome))

    orders = [words, words[::-1]] * 4
    at_once(*(finish(asset, order) for asset, order in zip(assets, orders, strict=True)))
    assert TaggedAsset.objects.count() == len(assets) * len(words)
