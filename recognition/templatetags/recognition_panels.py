"""Recognition's part of the library's pages."""

import json

from django import template

from dam.models import Asset
from recognition.overview import find_alerts
from recognition.panels import RunsPanel, TagRow, runs_panel, tag_rows
from recognition.percents import whole_percent
from recognition.seen import SeenPanel, seen_panel

register = template.Library()


@register.simple_tag
def asset_tags(asset: Asset) -> list[TagRow]:
    """The tags of an asset, with what was said for each."""
    return tag_rows(asset)


@register.simple_tag
def asset_seen(asset: Asset) -> SeenPanel:
    """What was seen on an asset's image, apart from its tags."""
    return seen_panel(asset)


@register.simple_tag
def asset_runs(asset: Asset) -> RunsPanel:
    """The recognition runs of an asset."""
    return runs_panel(asset)


@register.simple_tag
def recognition_alerts() -> int:
    """How many things about recognition need a person, for the header that staff see."""
    return len(find_alerts())


@register.filter
def percent(confidence: float | None) -> str:
    """How sure something is; empty where nobody said so, as of a tag that only a person gave."""
    return "" if confidence is None else f"{whole_percent(confidence)} %"


@register.filter
def as_json(value: object) -> str:
    """A value for a data attribute; the template escapes it."""
    return json.dumps(value)
