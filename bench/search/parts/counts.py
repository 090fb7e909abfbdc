"""Compares what the index counts with what plain SQL counts in the same snapshot."""

import random
import sys
import time
from typing import Any

from django.contrib.auth.models import User

from bench.search import oracle
from bench.search.filters import Anchor, random_filter
from bench.search.library import VIEWERS
from bench.search.oracle import Expected
from dam.models import Asset
from search.index import MOST_VALUES, Counts, index
from search.kinds import Kind
from search.query import SearchQuery

SHOWN = 20
"""Wrong ones that are told in full."""
TOLD_EVERY = 25
"""Filters after which it says how far it is."""
PAGE_SIZE = 48


def measure(*, filters: int, seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    keys = Asset.objects.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first() or 0, keys.last() or 0
    people = [User.objects.get(username=name) for name in VIEWERS]
    oracle.prepare()
    wrong: list[str] = []
    compared, nothing, slowest = 0, 0, 0.0
    for number in range(filters):
        query, viewer = _some_filter(rng, first, last), people[number % len(people)]
        index.find(query, viewer, page_size=PAGE_SIZE)  # as any page: not inside a transaction
        with oracle.snapshot():
            hits = index.find(query, viewer, page_size=PAGE_SIZE)
            counts = index.count_all(query, viewer, limit=MOST_VALUES)
            started = time.monotonic()
            expected = oracle.ask(query, viewer)
            slowest = max(slowest, time.monotonic() - started)
        found = [] if hits.total == expected.total else [f"total {hits.total}"]
        found += differences(query, counts, expected)
        wrong += [f"{viewer} {query.to_querystring()}: {d} of {expected.total}" for d in found]
        compared += 1 + sum(map(len, counts.values()))
        nothing += not expected.total
        if (number + 1) % TOLD_EVERY == 0:
            done = f"{number + 1} of {filters} filters, {compared:,} counts, {len(wrong)} wrong"
            print(done, file=sys.stderr, flush=True)
    return {
        "filters": filters,
        "wrong": len(wrong),
        "compared": compared,
        "filters_that_find_nothing": nothing,
        "slowest_oracle_seconds": round(slowest, 2),
        "wrong_ones": wrong[:SHOWN],
    }


def differences(query: SearchQuery, counts: Counts, expected: Expected) -> list[str]:
    """What the index counts otherwise, or leaves out though it is more than what it has."""
    found = []
    for kind in Kind:
        got = {one.value: one.count for one in counts.get(kind, [])}
        right = {value: n for (of, value), n in expected.counts.items() if of is kind}
        chosen = {*query.picked(kind), *query.excluded_of(kind)}
        found += [
            f"{kind} {value} {number}, not {right.get(value, 0)}"
            for value, number in got.items()
            if number != (0 if value in query.excluded_of(kind) else right.get(value, 0))
        ]
        missing = {value: n for value, n in right.items() if value not in got and n}
        least = min((n for value, n in got.items() if value not in chosen), default=0)
        whole = len(got.keys() - chosen) < MOST_VALUES - len(chosen)
        found += [f"{kind} {v} missing, {n}" for v, n in missing.items() if whole or n > least]
        adds = bool(query.picked(kind)) and not kind.combines_with_and
        found += [
            f"{kind} {one.value} {'adds' if one.adds else 'does not add'}"
            for one in counts.get(kind, [])
            if one.adds is not (adds and one.value not in chosen)
        ]
    return found


def _some_filter(rng: random.Random, first: int, last: int) -> SearchQuery:
    asset = Asset.objects.filter(pk__gte=rng.randint(first, last)).order_by("pk").first()
    assert asset
    return random_filter(rng, Anchor.of(asset))
