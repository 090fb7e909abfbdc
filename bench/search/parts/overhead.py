"""What the index adds to the time of an edit: edits with it and without it take turns."""

import random
import time
from typing import Any

from django.db import transaction

from bench.search.edits import Editor
from bench.search.figures import percentile, times_of
from dam import tagging
from dam.models import Asset
from dam.permissions import SYSTEM
from dam.signals import assets_changed, tell_changed


def measure(*, edits: int, seed: int) -> dict[str, Any]:
    last = Asset.objects.order_by("-pk").values_list("pk", flat=True)[0]
    editor = Editor(random.Random(seed), seed, last)
    for _ in range(10):
        _edit(editor, is_told=True)
    with_index, without = [], []
    for _ in range(edits):
        with_index.append(_edit(editor, is_told=True))
        without.append(_edit(editor, is_told=False))
    added = [1000 * (percentile(with_index, q) - percentile(without, q)) for q in (0.5, 0.95)]
    return {
        "added_p50_ms": round(added[0], 3),
        "added_p95_ms": round(added[1], 3),
        "with_index": times_of(with_index),
        "without": times_of(without),
    }


def _edit(editor: Editor, *, is_told: bool) -> float:
    """The seconds that it takes to add a tag to an asset by hand."""
    asset, name = editor.some_asset(), f"Added {editor.rng.randrange(10**9)}"
    receivers = assets_changed.receivers
    if not is_told:
        assets_changed.receivers = []
    started = time.perf_counter()
    tagging.decide(asset, [name], is_yes=True, user=SYSTEM)
    taken = time.perf_counter() - started
    if not is_told:
        assets_changed.receivers = receivers
        with transaction.atomic():
            tell_changed([asset.pk])
    return taken
