"""The colours of an image."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

from recognition.facts._values import FactValue, SeenDetection
from recognition.predictions import Kind

LEAST_SHARE = 10.0
"""From which percentage of its pixels an image has a colour."""


def colour_facts(seen: Iterable[SeenDetection]) -> Iterator[FactValue]:
    """The colours that the whole image has, each with its share as confidence."""
    shares: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in seen:
        share = one.attributes.get("share")
        is_whole = one.kind == Kind.COLOUR and one.attributes.get("area") == "image"
        if is_whole and isinstance(share, (int, float)):
            shares[one.name][one.recogniser].append(share)
    for name, said in sorted(shares.items()):
        share = max(math.fsum(each) for each in said.values())
        if share >= LEAST_SHARE:
            yield FactValue(kind="colour", value=name, confidence=min(share, 100.0))
