"""What recognition shows on an asset's page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dam import tagging
from dam.models import Asset
from dam.permissions import SYSTEM
from recognition.models import RecognitionRun
from recognition.panels import runs_panel, tag_rows
from recognition.predictions import Instance
from tests.factories import finish_run, label, make_asset, make_user, picture

pytestmark = pytest.mark.django_db


class TestTags:
    def test_come_with_who_said_so_and_where(self):
        from dam.geometry import BoundingBox

        asset = make_asset()
        box = BoundingBox(left=-0.1, top=0.2, width=0.5, height=0.5)
        cat = label("Cat", 90, instances=(Instance(box=box, confidence=80),))
        finish_run(asset, cat, label("Dog", 70))
        tagging.decide(asset, ["Holiday"], is_yes=True, user=SYSTEM)
        holiday, cat_row, dog = tag_rows(asset)
        assert (holiday.name, holiday.is_manual, holiday.said) == ("Holiday", True, ())
        assert [(s.recogniser, s.confidence) for s in cat_row.said] == [("dummy", 90)]
        assert cat_row.boxes[0]["left"] == 0
        assert dog.boxes == ()


class TestRuns:
    def test_show_no_more_of_known_content_than_a_new_upload_would(self):
        content, owner = picture(), make_user()
        hidden = make_asset(content=content, uploader=owner)
        hidden.audiences.all().delete()
        finish_run(hidden, label("Cat", 90))
        finish_run(hidden, label("Cat", 91))
        long_ago = timezone.now() - timedelta(days=400)
        RecognitionRun.objects.update(created_at=long_ago, finished_at=long_ago, attempts=2)
        Asset.objects.filter(pk=hidden.pk).update(created_at=long_ago)
        twin = make_asset(content=content, uploader=make_user())
        panel = runs_panel(twin)
        assert panel.history == ()
        assert all(row.moment >= twin.created_at for row in panel.newest)
        assert all(row.attempts == 1 for row in panel.newest if row.run.state == "done")
        hidden.refresh_from_db()
        assert len(runs_panel(hidden).history) == 2
