"""Django admin: every model has a page that works, and the actions do what they say."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dam import tagging
from dam.models import Asset, Collection, Tag
from dam.permissions import SYSTEM
from recognition.models import (
    Detection,
    Evidence,
    Pause,
    RecognitionRun,
    Rule,
    Spending,
    this_month,
)
from recognition.pipeline import request_runs
from tests.factories import finish_run, label, make_asset, make_user, unsafe

pytestmark = pytest.mark.django_db
OURS = [model for model in admin.site._registry if model._meta.app_label in {"dam", "recognition"}]


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def asset(client):
    client.force_login(make_user("boss", is_superuser=True, is_staff=True))
    collection = Collection.objects.create(name="Press")
    asset = make_asset("cat.png", tags=["Holiday"], collection=collection)
    Rule.objects.create(asset=asset, threshold=10)
    finish_run(asset, label("Cat", 90, aliases=("Feline",)), label("Dog", 20))
    Pause.objects.create(recogniser="catalogue", reason="It knows no cats.")
    Spending.objects.create(recogniser="catalogue", month=this_month(), calls=3, cost="0.003")
    return asset


def test_there_is_a_page_for_every_model():
    from django.apps import apps

    models = {m for name in ("dam", "recognition") for m in apps.get_app_config(name).get_models()}
    assert models == set(OURS)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_lists_searches_and_shows(model, client, asset):
    assert client.get(url(model, "changelist")).status_code == 200
    assert client.get(url(model, "changelist"), {"q": "cat"}).status_code == 200
    row = model.objects.first()
    assert row is not None, "the fixture makes a row of each model"
    assert client.get(url(model, "change", row.pk)).status_code == 200
    assert admin.site._registry[model].list_filter
    assert admin.site._registry[model].search_fields


def run_action(client, model, action, *rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(url(model, "changelist"), data, follow=True).content.decode()


class TestActions:
    def test_recognise_again_queues_a_run(self, client, asset, settings):
        RecognitionRun.objects.filter(state="queued").delete()
        page = run_action(client, Asset, "recognise_again", asset)
        assert "1 run is queued." in page
        assert RecognitionRun.objects.filter(state="queued").count() == 1

    def test_recognise_again_takes_assets_one_by_one_in_the_order_of_their_keys(
        self, client, asset, monkeypatch
    ):
        RecognitionRun.objects.all().delete()
        later = make_asset()
        RecognitionRun.objects.filter(original=later.original).delete()
        asked = []

        def interrupted(one, *args, **kwargs):
            asked.append(one)
            if one == later:
                raise KeyboardInterrupt
            return request_runs(one, *args, **kwargs)

        monkeypatch.setattr("recognition.admin.request_runs", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_action(client, Asset, "recognise_again", later, asset)
        assert asked == [asset, later]
        assert RecognitionRun.objects.get().original == asset.original

    def test_apply_rules_again_follows_changed_rules(self, client, asset):
        assert set(asset.tags.values_list("name", flat=True)) == {"Holiday", "Cat", "Dog"}
        Rule.objects.update(threshold=50)
        assert "1 of 1 changed" in run_action(client, Asset, "apply_rules_again", asset)
        assert set(asset.tags.values_list("name", flat=True)) == {"Holiday", "Cat"}

    def test_preview_tells_what_rules_would_change_and_changes_nothing(self, client, asset):
        Rule.objects.update(threshold=50)
        page = run_action(client, Asset, "preview_rules", asset)
        assert "1 of 1 would change" in page
        assert "-Dog (1)" in page
        assert set(asset.tags.values_list("name", flat=True)) == {"Holiday", "Cat", "Dog"}

    def test_retry_queues_failed_runs_only(self, client, asset):
        RecognitionRun.objects.filter(state="queued").update(state="failed")
        runs = RecognitionRun.objects.all()
        assert "1 queued again, 1 had not failed" in run_action(
            client, RecognitionRun, "retry", *runs
        )

    def test_the_trash_and_back(self, client, asset):
        run_action(client, Asset, "put_in_trash", asset)
        assert Asset.objects.in_trash().exists()
        run_action(client, Asset, "restore", asset)
        assert not Asset.objects.in_trash().exists()


class TestEditingAnAsset:
    def test_adds_and_removes_tags_by_decisions(self, client, asset):
        data = {
            "file_name": "cat.png",
            "title": "Mimi",
            "add_tags": "Pet",
            "remove_tags": "Cat",
        }
        for inline in ("audiences", "tagged", "decisions", "facts"):
            data |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
        response = client.post(url(Asset, "change", asset.pk), data)
        assert response.status_code == 302
        assert set(asset.tags.values_list("name", flat=True)) == {"Holiday", "Pet", "Dog"}

    def test_refuses_a_file_name_that_no_upload_may_have(self, client, asset):
        data = {"file_name": "a\r\nX: 1.jpg"}
        for inline in ("audiences", "tagged", "decisions", "facts"):
            data |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
        response = client.post(url(Asset, "change", asset.pk), data)
        assert "file_name" in response.context["adminform"].form.errors

    def test_leaves_raw_detections_alone(self, client, asset):
        row = Detection.objects.first()
        assert client.post(url(Detection, "change", row.pk), {"name": "x"}).status_code == 403
        assert client.get(url(Detection, "add")).status_code == 403


def test_a_rule_that_makes_no_sense_is_refused_with_a_reason(client, asset):
    response = client.post(url(Rule, "add"), {"action": "threshold", "label": "Cat"})
    assert response.status_code == 200
    assert "needs a threshold" in response.content.decode()


class TestTheListOfAssets:
    def test_hides_the_pictures_of_unsafe_ones(self, client, asset):
        rendition = f"/assets/{asset.pk}/renditions/"
        assert rendition in client.get(url(Asset, "changelist")).content.decode()
        finish_run(asset, unsafe(95))
        page = client.get(url(Asset, "changelist")).content.decode()
        assert rendition not in page
        assert "Hidden as unsafe" in page
        assert rendition not in client.get(url(Asset, "change", asset.pk)).content.decode()

    def test_holds_over_a_thousand_tags(self, client, asset):
        tagging.decide(asset, [f"tag {n}" for n in range(1100)], is_yes=True, user=SYSTEM)
        assert client.get(url(Asset, "changelist")).status_code == 200


class TestTheListOfEvidence:
    def test_costs_no_more_queries_for_more_rows(self, client, asset, django_assert_num_queries):
        client.get(url(Evidence, "changelist"))
        with CaptureQueriesContext(connection) as few:
            client.get(url(Evidence, "changelist"))
        for number in range(5):
            other = make_asset()
            Rule.objects.create(asset=other, threshold=number)
            finish_run(other, label("Cat", 90))
        with django_assert_num_queries(len(few)):
            client.get(url(Evidence, "changelist"))


class TestTheListOfDetections:
    def test_shows_the_file_that_each_was_made_on(self, client, asset):
        page = client.get(url(Detection, "changelist")).content.decode()
        assert page.count("cat.png") == Detection.objects.count()


class TestAPause:
    def test_is_only_read_as_the_recognition_page_makes_and_ends_them(self, client, asset):
        row = Pause.objects.get()
        assert client.get(url(Pause, "add")).status_code == 403
        assert client.post(url(Pause, "change", row.pk), {"reason": "x"}).status_code == 403
        assert client.post(url(Pause, "delete", row.pk), {"post": "yes"}).status_code == 403


class TestSpending:
    def test_is_only_read_as_the_budget_is_reckoned_by_it(self, client, asset):
        row = Spending.objects.get()
        assert client.get(url(Spending, "add")).status_code == 403
        assert client.post(url(Spending, "change", row.pk), {"calls": "0"}).status_code == 403
        assert client.post(url(Spending, "delete", row.pk), {"post": "yes"}).status_code == 403


class TestATag:
    def test_may_be_spelt_otherwise(self, client, asset):
        tag = Tag.objects.get(key="cat")
        assert client.post(url(Tag, "change", tag.pk), {"name": "CAT"}).status_code == 302
        tag.refresh_from_db()
        assert (tag.name, tag.key) == ("CAT", "cat")

    def test_does_not_become_another_one(self, client, asset):
        tag = Tag.objects.get(key="cat")
        page = client.post(url(Tag, "change", tag.pk), {"name": "Katze"}).content.decode()
        assert "“Katze” would be another tag than “Cat”" in page
        assert "rename rule" in page
        assert Tag.objects.get(pk=tag.pk).name == "Cat"
