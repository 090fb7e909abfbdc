"""Makes one edit for each line, and tells what is to be found from then on."""

import random
import sys
from collections.abc import Iterator
from itertools import cycle

from django.db import transaction

from bench.search.edits import Editor
from dam import tagging, trash
from dam.models import Asset
from dam.permissions import SYSTEM
from search.kinds import Kind
from search.query import SearchQuery

Step = tuple[str, int]
"""What to ask for, and how many assets that finds now."""


def measure(*, seed: int) -> dict[str, int]:
    last = Asset.objects.order_by("-pk").values_list("pk", flat=True)[0]
    editor = Editor(random.Random(seed), seed, last)
    steps = _steps(editor)
    print('"ready"', flush=True)
    made = 0
    for _ in sys.stdin:
        print(_as_json(next(steps)), flush=True)
        made += 1
    return {"made": made}


def _steps(editor: Editor) -> Iterator[Step]:
    """Edits without end, each of which changes what its query finds."""
    for number in cycle(range(10**6)):
        asset = editor.some_asset()
        if asset.is_in_trash:
            continue
        name = f"Seen {editor.rng.randrange(10**9)}"
        of_tag = SearchQuery().toggled(Kind.TAG, name.casefold()).to_querystring()
        word = f"seen{editor.rng.randrange(10**9)}"
        of_word = SearchQuery(text=word).to_querystring()
        tagging.decide(asset, [name], is_yes=True, user=SYSTEM)
        yield of_tag, 1
        trash.put_in_trash(asset)
        yield of_tag, 0
        trash.restore(asset)
        yield of_tag, 1
        tagging.decide(asset, [name], is_yes=False, user=SYSTEM)
        yield of_tag, 0
        _retitle(asset, f"{asset.title} {word}")
        yield of_word, 1
        _retitle(asset, asset.title.removesuffix(f" {word}"))
        if number % 2:
            yield of_word, 0


def _retitle(asset: Asset, title: str) -> None:
    asset.title = title
    with transaction.atomic():
        asset.save(update_fields=["title", "updated_at"])


def _as_json(step: Step) -> str:
    query, total = step
    return f'["{query}", {total}]'
