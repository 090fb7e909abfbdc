"""Unsafe or not, and why."""

from collections.abc import Iterable, Iterator

from recognition.facts._values import FactValue, SeenDetection
from recognition.predictions import Kind


def moderation_facts(seen: Iterable[SeenDetection], threshold: float) -> Iterator[FactValue]:
    """`unsafe` with the highest confidence, and each name of moderation that is sure enough."""
    surest: dict[str, float] = {}
    for one in seen:
        if one.kind == Kind.MODERATION and one.confidence >= threshold:
            surest[one.name] = max(one.confidence, surest.get(one.name, 0.0))
    if surest:
        yield FactValue(kind="unsafe", value="unsafe", confidence=max(surest.values()))
    for name, confidence in sorted(surest.items()):
        yield FactValue(kind="moderation", value=name, confidence=confidence)
