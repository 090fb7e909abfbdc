"""What a model that somebody trained for themselves says of an image."""

from collections.abc import Iterable, Iterator

from recognition.facts._values import FactValue, SeenDetection
from recognition.predictions import Kind


def custom_facts(seen: Iterable[SeenDetection], threshold: float) -> Iterator[FactValue]:
    """Each custom label that is sure enough, with its highest confidence."""
    surest: dict[str, float] = {}
    for one in seen:
        is_custom = one.kind == Kind.LABEL and one.attributes.get("custom") is True
        if is_custom and one.confidence >= threshold:
            surest[one.name] = max(one.confidence, surest.get(one.name, 0.0))
    for name, confidence in sorted(surest.items()):
        yield FactValue(kind="custom", value=name, confidence=confidence)
