"""Confidences as people read them."""

import pytest
from django.template import Context, Template

from recognition.percents import whole_percent


class TestAWholePercent:
    @pytest.mark.parametrize(
        ("confidence", "told"),
        [(70, 70), (70.46000671386719, 70), (69.99, 69), (99.999, 99), (100.0, 100), (0.4, 0)],
    )
    def test_never_reaches_what_the_confidence_does_not(self, confidence, told):
        assert whole_percent(confidence) == told


class TestAPage:
    @pytest.mark.parametrize(("confidence", "told"), [(69.99, "69 %"), (70.0, "70 %"), (None, "")])
    def test_shows_them_so(self, confidence, told):
        page = Template("{% load recognition_panels %}{{ confidence|percent }}")
        assert page.render(Context({"confidence": confidence})) == told

    def test_shows_them_so_in_every_row(self):
        row = {"text": "EXIT", "confidence": 69.99, "mark": {}}
        for name in ("_seen_text", "_seen_face", "_seen_moderation"):
            page = Template(f'{{% include "recognition/{name}.html" %}}')
            assert "69 %" in page.render(Context({"row": row}))
