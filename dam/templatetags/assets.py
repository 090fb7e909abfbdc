"""What lists of assets show."""

from django import template

from dam.models import Asset

register = template.Library()


@register.filter
def status(asset: Asset) -> str:
    """How far recognition is: queued, failed, recognised or none."""
    return next((fact.value for fact in asset.facts.all() if fact.kind == "status"), "none")
