"""How often a word that was mistyped by one letter still finds what was meant."""

import random
from typing import Any

from django.contrib.auth.models import User

from bench.search.classes import mistyped
from bench.search.library import ADMIN
from bench.search.stock import stock
from dam.names import name_key
from search.index import index
from search.query import SearchQuery

FIRST = 5
"""So many of the words that it may have been are looked at."""
SHORTEST = 5
"""In letters; of shorter words one letter changed makes another word too often."""


def measure(*, words: int, seed: int) -> dict[str, Any]:
    """Of words of tags: how often the right one is among the first words it may have been."""
    rng = random.Random(seed)
    viewer = User.objects.get(username=ADMIN)
    known = _words_of_tags(seed)
    missed, shown = [], 0
    for _ in range(words):
        word = rng.choice(known)
        typed = mistyped(rng, word)
        spellings = index.spellings(typed, viewer)
        hits = index.find(SearchQuery(text=typed), viewer, page_size=1)
        shown += hits.corrections.get(typed) == word
        if word not in spellings[:FIRST]:
            missed.append(f"{word}: {typed} ({', '.join(spellings[:FIRST])})")
    return {
        "words": words,
        "recall_at_5": round(1 - len(missed) / words, 4),
        "results_shown_for_it": round(shown / words, 4),
        "missed": missed[:20],
    }


def _words_of_tags(seed: int) -> list[str]:
    names = [name_key(name) for name in stock(seed).tags]
    known = {word for name in names for word in name.split()}
    return sorted(w for w in known if w.isascii() and w.isalpha() and len(w) >= SHORTEST)
