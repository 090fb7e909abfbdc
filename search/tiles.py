"""Assets as the grid of the library, and lists of what was found, show them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.urls import reverse

from dam.models import TaggedAsset
from dam.templatetags.assets import ratio
from search.index import Hits
from search.kinds import Kind

_TAGS = 3
"""Tags that a tile has room for."""
_PLACE = 10**15
"""Stands for a key in an address, of which a page has many that differ in nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One asset, with what is shown of it as text."""

    key: str
    url: str
    picture_id: str
    """Another one where the picture is hidden, so that the page does not keep the one shown."""
    picture_url: str
    name: str
    alternative: str
    """What stands for the image, and whether that is hidden."""
    tags: str
    """The surest of its tags."""
    status: str
    """How far recognition is: queued, failed, recognised or none."""
    is_unsafe: bool
    width: str
    """Of the original in pixels, as is the height."""
    height: str
    ratio: str
    """Width by height, as `ratios.css` knows it."""


def tiles(hits: Hits, *, picture: str = "max-480x480") -> list[Tile]:
    """What is shown of the assets of a page; `picture` says which rendition."""
    tags = _first_tags([asset.pk for asset in hits.assets])
    url = _filled(reverse("dam:asset", args=[_PLACE]))
    picture_url = _filled(reverse("dam:rendition", args=[_PLACE, picture]))
    made = []
    for asset in hits.assets:
        key, is_unsafe = asset.pk, (asset.pk, Kind.UNSAFE) in hits.facts
        made.append(
            Tile(
                key=str(key),
                url=url(key),
                picture_id=f"thumbnail-{key}-unsafe" if is_unsafe else f"thumbnail-{key}",
                picture_url=picture_url(key),
                name=asset.display_name,
                alternative=f"{'Hidden as unsafe: ' if is_unsafe else ''}{asset.alternative}",
                tags=", ".join(tags[key]),
                status=hits.facts.get((key, Kind.STATUS), "none"),
                is_unsafe=is_unsafe,
                width=str(asset.original.width),
                height=str(asset.original.height),
                ratio=ratio(asset),
            )
        )
    return made


def _first_tags(keys: Sequence[int]) -> dict[int, list[str]]:
    """The names of the surest tags of each asset."""
    tags: dict[int, list[str]] = defaultdict(list)
    surest_first = F("confidence").desc(nulls_first=True)  # what a person said has none
    rows = TaggedAsset.objects.filter(content_object__in=keys).order_by(surest_first, "pk")
    for key, name in rows.values_list("content_object", "tag__name"):
        if len(tags[key]) < _TAGS:
            tags[key].append(name)
    return tags


def _filled(address: str) -> Callable[[int], str]:
    """Makes addresses that have another key in the same place."""
    before, _place, after = address.partition(str(_PLACE))
    return lambda key: f"{before}{key}{after}"
