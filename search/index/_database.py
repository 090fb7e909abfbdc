"""An index that asks the library's own tables: exact, always current, not yet made for millions."""

from collections import defaultdict
from collections.abc import Collection as Sized
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from dam.models import Asset, AssetFact, Collection, CollectionItem, Tag, TaggedAsset
from dam.models import AssetQuerySet as Assets
from dam.permissions import Viewer
from search.index._base import MOST_VALUES, Hits, Index, ValueCount
from search.index._words import NEWEST, in_asset, pattern, relevance
from search.query import Kind, SearchQuery, Sort

_ORDERS: dict[Sort, Sequence[Any]] = {
    Sort.NEWEST: NEWEST,
    Sort.OLDEST: (F("created_at").asc(), F("pk").asc()),
    Sort.NAME: (Lower("file_name"), F("pk").asc()),
    Sort.LARGEST: (F("original__bytes").desc(), F("pk").desc()),
}
_NO_FACTS = (Kind.TAG, Kind.COLLECTION)
"""Kinds that have rows of their own."""


class DatabaseIndex(Index):
    def find(self, query: SearchQuery, viewer: Viewer, *, page_size: int) -> Hits:
        assets = _assets(query, viewer)
        total = assets.count()
        page = min(query.page, max(1, -(-total // page_size)))
        order = (
            (relevance(query), *NEWEST) if query.order is Sort.RELEVANCE else _ORDERS[query.order]
        )
        rows = assets.order_by(*order).for_lists()
        return Hits(
            assets=list(rows[(page - 1) * page_size : page * page_size]),
            total=total,
            page=page,
            page_size=page_size,
        )

    def count(self, query: SearchQuery, viewer: Viewer, kind: Kind) -> list[ValueCount]:
        others = query if kind.combines_with_and else query.without(kind)
        assets = _assets(others, viewer).values("pk")
        field, rows = _values(kind, assets)
        counts = [*rows[:MOST_VALUES]]
        rest = set(query.picked(kind)) - {str(value) for value, _label, _count in counts}
        if rest:
            counts += rows.filter(**{f"{field}__in": rest})
        lost = rest - {str(value) for value, _label, _count in counts}
        counts += [(value, label, 0) for value, label in _labels(kind, lost, viewer)]
        return [ValueCount(value=str(value), label=label, count=n) for value, label, n in counts]

    def count_all(self, query: SearchQuery, viewer: Viewer) -> Mapping[Kind, list[ValueCount]]:
        # Facts of which nothing is picked count the same assets, so one question is enough.
        together = [kind for kind in Kind if kind not in _NO_FACTS and not query.picked(kind)]
        counts = _fact_counts(together, _assets(query, viewer).values("pk"))
        return {
            kind: counts[kind] if kind in counts else self.count(query, viewer, kind)
            for kind in Kind
        }

    def find_tags(self, query: SearchQuery, viewer: Viewer, *, limit: int) -> list[ValueCount]:
        if not query.words:
            return []
        visible = Asset.objects.visible_to(viewer).present().values("pk")
        tags = Tag.objects.all()
        for word in query.words:
            tags = tags.filter(key__regex=pattern(word))
        counted = tags.annotate(
            assets=Count("tagged", filter=Q(tagged__content_object__in=visible))
        )
        rows = counted.filter(assets__gt=0).order_by("-assets", "key")
        return [
            ValueCount(value=key, label=name, count=assets)
            for key, name, assets in rows.values_list("key", "name", "assets")[:limit]
        ]

    def find_collections(
        self, query: SearchQuery, viewer: Viewer, *, limit: int
    ) -> list[Collection]:
        if not query.words:
            return []
        found = Collection.objects.visible_to(viewer).counted_for(viewer)
        for word in query.words:
            found = found.filter(key__regex=pattern(word))
        return list(found.order_by("key", "pk")[:limit])


def _values(kind: Kind, assets: QuerySet[Any, Any]) -> tuple[str, QuerySet[Any, Any]]:
    """The field that holds a facet's values; rows of value, label and number of these assets."""
    if kind is Kind.TAG:
        rows = TaggedAsset.objects.filter(content_object__in=assets).order_by()
        counted = rows.values_list("tag__key", "tag__name").annotate(assets=Count("pk"))
        return "tag__key", counted.order_by("-assets", "tag__key")
    if kind is Kind.COLLECTION:
        items = CollectionItem.objects.filter(asset__in=assets).order_by()
        counted = items.values_list("collection", "collection__name").annotate(assets=Count("pk"))
        return "collection", counted.order_by("-assets", "collection__key", "collection")
    facts = AssetFact.objects.filter(asset__in=assets, kind=kind.value).order_by()
    counted = facts.values_list("value", "value").annotate(assets=Count("asset", distinct=True))
    return "value", counted.order_by("-assets", "value")


def _fact_counts(kinds: Sequence[Kind], assets: QuerySet[Any, Any]) -> dict[Kind, list[ValueCount]]:
    """The facets of these facts, each as `count` gives it where nothing of it is picked."""
    facts = AssetFact.objects.filter(asset__in=assets, kind__in=kinds).order_by()
    rows = facts.values_list("kind", "value").annotate(assets=Count("asset", distinct=True))
    counts: dict[str, list[ValueCount]] = defaultdict(list)
    for kind, value, number in rows.order_by("-assets", "value"):
        if len(counts[kind]) < MOST_VALUES:
            counts[kind].append(ValueCount(value=value, label=value, count=number))
    return {kind: counts[kind] for kind in kinds}


def _labels(kind: Kind, values: Sized[str], viewer: Viewer) -> list[tuple[str, str]]:
    """Picked values and what they are called, as far as the viewer may know."""
    names: dict[str, str] = {}
    unknown = "Unknown collection" if kind is Kind.COLLECTION else ""
    if values and kind is Kind.COLLECTION:
        mine = Collection.objects.visible_to(viewer).filter(pk__in=values)
        names = {str(pk): name for pk, name in mine.values_list("pk", "name")}
    elif values and kind is Kind.TAG:
        visible = Asset.objects.visible_to(viewer).present().values("pk")
        seen = TaggedAsset.objects.filter(tag=OuterRef("pk"), content_object__in=visible)
        tags = Tag.objects.filter(Exists(seen), key__in=values)
        names = dict(tags.values_list("key", "name"))
    return [(value, names.get(value, unknown or value)) for value in sorted(values)]


def _assets(query: SearchQuery, viewer: Viewer) -> Assets:
    """Everything that a query finds, in no order."""
    assets = Asset.objects.visible_to(viewer).present().order_by()
    for word in query.words:
        assets = assets.filter(in_asset(word))
    assets = assets.tagged(query.picked(Kind.TAG))
    assets = assets.collected(int(collection) for collection in query.picked(Kind.COLLECTION))
    for kind in Kind:
        values = query.picked(kind)
        if values and not kind.combines_with_and:
            facts = AssetFact.objects.filter(asset=OuterRef("pk"), kind=kind.value)
            assets = assets.filter(Exists(facts.filter(value__in=values)))
    return assets
