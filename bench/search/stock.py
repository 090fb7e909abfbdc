"""What all assets of a made-up library are drawn from; the same for equal seeds (pure)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.search.vocabulary import TAGS, tag_names, words

Numbers = NDArray[Any]
TOPICS, TOPIC_TAGS = 250, 80
COLLECTIONS, UPLOADERS = 200, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    tags: tuple[str, ...]
    """The commonest first; a tag's key in the database is its place, from 1."""
    words: tuple[str, ...]
    topics: Numbers
    """Of each topic the places of its tags."""
    tag_shares: Numbers
    """Up to each tag, the share of draws that fall on it or a commoner one."""
    word_shares: Numbers


@cache
def stock(seed: int) -> Stock:
    rng = np.random.default_rng([seed, 3])
    known = words(seed)
    return Stock(
        tags=tuple(tag_names(seed)),
        words=tuple(known),
        topics=np.stack([rng.choice(TAGS, TOPIC_TAGS, replace=False) for _ in range(TOPICS)]),
        tag_shares=shares(TAGS),
        word_shares=shares(len(known), first=20),
    )


def shares(count: int, *, first: int = 3) -> Numbers:
    """Up to each of so many ranks, its share where rank r has the weight 1 / (r + first)."""
    weights = 1 / (np.arange(count) + first)
    return np.cumsum(weights / weights.sum())


def draw(rng: np.random.Generator, upto: Numbers, number: int) -> Numbers:
    """So many ranks by their shares."""
    return np.minimum(np.searchsorted(upto, rng.random(number)), len(upto) - 1)
