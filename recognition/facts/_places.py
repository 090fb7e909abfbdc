"""Where several recognisers mean the same thing."""

from collections import defaultdict
from collections.abc import Iterable

from dam.geometry import BoundingBox
from recognition.facts._values import SeenDetection

SAME_PLACE = 0.5
"""Boxes that overlap as much (intersection over union) hold the same thing."""


def join_places(seen: Iterable[SeenDetection]) -> list[tuple[SeenDetection, ...]]:
    """What each recogniser says of one thing together, the surest first.

    No recogniser means one thing twice, so its own boxes may overlap as they like.
    """
    by_recogniser: dict[str, list[SeenDetection]] = defaultdict(list)
    for one in seen:
        by_recogniser[one.recogniser].append(one)
    things: list[list[SeenDetection]] = []
    for _, mine in sorted(by_recogniser.items()):
        others = dict(enumerate(things))
        for one in sorted(mine, key=_largest_first):
            nearest = max(others, key=lambda i: _overlap(one, others[i]), default=None)
            if nearest is not None and _overlap(one, others[nearest]) >= SAME_PLACE:
                others.pop(nearest).append(one)
            else:
                things.append([one])
    return [tuple(sorted(thing, key=lambda one: -one.confidence)) for thing in things]


def size_order(place: BoundingBox | None) -> tuple[float, float, float]:
    """Sorts the largest first, then from left to right; what is nowhere comes last."""
    if place is None:
        return (0.0, 0.0, 0.0)
    return (-place.area, place.left, place.top)


def _largest_first(one: SeenDetection) -> tuple[tuple[float, float, float], float, str]:
    return (size_order(one.place), -one.confidence, one.name)


def _overlap(one: SeenDetection, thing: Iterable[SeenDetection]) -> float:
    place = one.place
    if place is None:
        return 0.0
    return max((place.overlap(other.place) for other in thing if other.place), default=0.0)
