"""One tag facet by the index, and by the join that taggit makes, on the same data."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count

from bench.search.figures import percentile
from bench.search.library import ADMIN
from bench.search.stock import stock
from dam.models import Asset, Tag
from dam.names import name_key
from search.index import PAGE_VALUES, index
from search.kinds import Kind
from search.query import SearchQuery

SHOWN = PAGE_VALUES
"""Tags of the facet, as a page has them counted."""

_TIMES = 5


def measure(*, tags: int, seed: int) -> dict[str, Any]:
    """The facet of the assets with a common tag, of so many of these."""
    viewer = User.objects.get(username=ADMIN)
    index.look_up(SearchQuery(), viewer, page_size=48)
    common = [name_key(name) for name in stock(seed).tags[:tags]]
    _by_index(common[0], viewer)  # what is kept between questions is there then
    rows, ratios = [], []
    for key in common:
        joined, slow = _timed(partial(_by_join, key))
        # A join takes seconds and the other way thousandths of one, which need to be more than one.
        fast_ones = [_timed(partial(_by_index, key, viewer)) for _ in range(_TIMES)]
        counted, fast = fast_ones[0][0], percentile([taken for _, taken in fast_ones], 0.5)
        assert sorted(joined.values()) == sorted(counted.values()), key
        rows.append((joined[key], slow, fast))
        ratios.append(slow / fast)
    return {
        "tags": tags,
        "values": SHOWN,
        "assets_least": min(row[0] for row in rows),
        "assets_most": max(row[0] for row in rows),
        "join_p50_ms": round(1000 * percentile([row[1] for row in rows], 0.5), 1),
        "index_p50_ms": round(1000 * percentile([row[2] for row in rows], 0.5), 3),
        "index_most_ms": round(1000 * max(row[2] for row in rows), 3),
        "ratio_p50": round(percentile(ratios, 0.5)),
        "ratio_least": round(min(ratios)),
    }


def _by_join(key: str) -> dict[str, int]:
    """The commonest tags of the assets with a tag, as Django asks for them."""
    assets = Asset.objects.filter(tagged__tag__key=key, trashed_at=None)
    counted = Tag.objects.filter(tagged__content_object__in=assets).annotate(n=Count("pk"))
    return dict(counted.order_by("-n", "key").values_list("key", "n")[:SHOWN])


def _by_index(key: str, viewer: User) -> dict[str, int]:
    counts = index.count(SearchQuery().toggled(Kind.TAG, key), viewer, Kind.TAG, limit=SHOWN)
    return {one.value: one.count for one in counts}


def _timed(do: Callable[[], dict[str, int]]) -> tuple[dict[str, int], float]:
    started = time.perf_counter()
    done = do()
    return done, time.perf_counter() - started
