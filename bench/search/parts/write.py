"""Edits the library until its standard input ends; tells of how many edits, of which sorts."""

import random
import select
import sys
from collections import Counter
from typing import Any

from bench.search.edits import Editor
from dam.models import Asset


def measure(*, seed: int, a_second: float) -> dict[str, Any]:
    last = Asset.objects.order_by("-pk").values_list("pk", flat=True)[0]
    editor = Editor(random.Random(seed), seed, last)
    made: Counter[str] = Counter()
    print('"ready"', flush=True)
    while not select.select([sys.stdin], [], [], 1 / a_second)[0]:
        made[editor.edit()] += 1
    return {"edits": made.total(), "sorts": dict(made)}
