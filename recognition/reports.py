"""What the commands tell about an asset, as JSON-ready values."""

from dataclasses import dataclass
from typing import Any

from dam.models import Asset, TaggedAsset
from recognition.models import Evidence, RecognitionRun

State = RecognitionRun.State


@dataclass(frozen=True, slots=True, kw_only=True)
class TagReport:
    """One present tag of an asset, with what each recogniser said for it."""

    name: str
    confidence: float | None
    source: str
    recognisers: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "confidence": self.confidence,
            "source": self.source,
            "recognisers": self.recognisers,
        }


def tag_reports(asset: Asset) -> list[TagReport]:
    """An asset's present tags, the highest confidence first, purely manual ones last."""
    said: dict[int, dict[str, float]] = {}
    for tagged, alias, confidence in Evidence.objects.filter(
        tagged_asset__content_object=asset
    ).values_list("tagged_asset", "detection__run__recogniser", "confidence"):
        mine = said.setdefault(tagged, {})
        mine[alias] = max(confidence, mine.get(alias, 0.0))
    rows = TaggedAsset.objects.filter(content_object=asset).select_related("tag")
    reports = [
        TagReport(
            name=row.tag.name,
            confidence=row.confidence,
            source=row.source,
            recognisers=said.get(row.pk, {}),
        )
        for row in rows
    ]
    return sorted(reports, key=lambda r: (r.confidence is None, -(r.confidence or 0), r.name))


def recognition_state(run_pks: list[int]) -> tuple[str, str | None]:
    """The status that some runs add up to, and why one failed: recognised, queued or failed."""
    runs = list(RecognitionRun.objects.filter(pk__in=run_pks).defer("raw"))
    failed = [run for run in runs if run.state in RecognitionRun.UNSUCCESSFUL]
    if failed:
        return "failed", "; ".join(f"{run.recogniser}: {run.error}" for run in failed)
    if runs and all(run.state == State.DONE for run in runs):
        return "recognised", None
    return "queued", None
