"""Assets as the grid of the library shows them."""

from dataclasses import dataclass

from django.urls import reverse

from dam.models import Asset
from dam.templatetags.assets import ratio, status

_THUMBNAIL = "max-480x480"
_TAGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One asset of the grid."""

    asset: Asset
    url: str
    thumbnail_url: str
    name: str
    tags: str
    """The first of its tags."""
    status: str
    """How far recognition is: queued, failed, recognised or none."""
    is_unsafe: bool
    ratio: str
    """Width by height, as `ratios.css` knows it."""


def tile(asset: Asset) -> Tile:
    """What the grid shows of an asset that `for_tiles` loaded."""
    tags = [row.tag.name for row in asset.first_tags]
    return Tile(
        asset=asset,
        url=asset.get_absolute_url(),
        thumbnail_url=reverse("dam:rendition", args=[asset.pk, _THUMBNAIL]),
        name=asset.display_name,
        tags=", ".join(tags[:_TAGS]),
        status=status(asset),
        is_unsafe=asset.is_unsafe,
        ratio=ratio(asset),
    )
