"""What lists of assets show."""

from django import template

from dam.models import Asset

register = template.Library()


@register.filter
def ratio(asset: Asset) -> str:
    """Width by height in steps of a tenth, as `ratios.css` knows them.

    The policy against injected styles rules out writing the exact figure on the element.
    """
    exact = asset.original.width / asset.original.height
    return f"{min(max(exact, 0.5), 3.0):.1f}"
