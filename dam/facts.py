"""Facts that follow from the file itself."""

from dam.metadata import ImageMetadata
from dam.models import Asset, AssetFact, AssetText, Original
from dam.signals import tell_changed

FILE_KINDS = frozenset({"format", "orientation", "camera", "year", "month", "caption", "metadata"})
"""Kinds of facts and texts that come from the file; every other kind is recognition's."""


def record_file_facts(asset: Asset) -> None:
    """Writes what the file says of a new asset as facts and texts that can be searched."""
    original = asset.original
    metadata = original.facts_read
    values = {"format": original.extension.lstrip("."), "orientation": _orientation(original)}
    if metadata.camera:
        values["camera"] = metadata.camera[:200]
    if original.taken_at:
        day = original.taken_at.date().isoformat()
        values |= {"year": day[:4], "month": day[:7]}
    AssetFact.objects.bulk_create(
        AssetFact(asset=asset, kind=kind, value=value) for kind, value in values.items()
    )
    texts = {"caption": _caption(metadata), "metadata": metadata.words}
    AssetText.objects.bulk_create(
        AssetText(asset=asset, kind=kind, text=text) for kind, text in texts.items() if text
    )
    tell_changed([asset.pk])


def _orientation(original: Original) -> str:
    ratio = original.width / original.height
    if 0.95 <= ratio <= 1.05:
        return "square"
    return "landscape" if ratio > 1 else "portrait"


def _caption(metadata: ImageMetadata) -> str:
    return " ".join(part for part in (metadata.title, metadata.caption) if part)
