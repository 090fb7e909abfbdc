"""What recognition shows on an asset's page: its tags with their evidence, its runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dam.models import Asset, TaggedAsset
from recognition.budgets import service_aliases
from recognition.models import Evidence, Pause, RecognitionRun
from recognition.registry import active_aliases


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one recogniser said for a tag."""

    recogniser: str
    label: str
    confidence: float
    rule: str
    """The rule that let it through, in words; empty for the recogniser's default threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    """A tag as its page shows it."""

    pk: int
    """Of the tag."""
    key: str
    name: str
    is_manual: bool
    confidence: float | None
    said: tuple[Said, ...]
    boxes: tuple[dict[str, float], ...]
    """Where the thing is: left, top, width, height as ratios of the upright image."""


def tag_rows(asset: Asset) -> list[TagRow]:
    """An asset's tags: those of people first, then the most confident."""
    evidence: dict[int, list[Evidence]] = {}
    for row in (
        Evidence.objects.filter(tagged_asset__content_object=asset)
        .select_related("detection__run", "rule__asset", "rule__collection")
        .defer("detection__run__raw")
    ):
        evidence.setdefault(row.tagged_asset_id, []).append(row)
    rows = asset.tagged.select_related("tag").all()
    shown = [_tag_row(row, evidence.get(row.pk, [])) for row in rows]
    return sorted(shown, key=lambda r: (not r.is_manual, -(r.confidence or 0), r.name))


def _tag_row(row: TaggedAsset, evidence: list[Evidence]) -> TagRow:
    boxes = {tuple(b.as_dict().items()) for e in evidence for b in e.detection.boxes if b.area}
    return TagRow(
        pk=row.tag_id,
        key=row.tag.key,
        name=row.tag.name,
        is_manual=row.is_manual,
        confidence=row.confidence,
        said=tuple(
            Said(
                recogniser=e.detection.run.recogniser,
                label=e.detection.name,
                confidence=e.confidence,
                rule=str(e.rule) if e.rule else "",
            )
            for e in evidence
        ),
        boxes=tuple(dict(box) for box in sorted(boxes)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as an asset's page shows it."""

    run: RecognitionRun
    moment: datetime
    """When it ended or was asked for, but never before the asset was there."""
    attempts: int
    calls: int
    """Billable ones."""
    cost: str
    """What those cost, in the currency of the configured prices; empty for nothing."""
    pause: Pause | None
    """What keeps it from being started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPanel:
    """The recognition of an asset's content."""

    newest: tuple[RunRow, ...]
    """One of each recogniser."""
    history: tuple[RunRow, ...]
    """All others, the latest first."""
    is_billed: bool
    """Whether to recognise it again is billed."""

    @property
    def is_waiting(self) -> bool:
        return any(not row.run.is_finished for row in self.newest)

    @property
    def poll_seconds(self) -> int:
        """How often to look whether it has ended: a pause is rarely over in a moment."""
        waiting = [row for row in self.newest if not row.run.is_finished]
        return 15 if all(row.pause for row in waiting) else 2


def runs_panel(asset: Asset) -> RunsPanel:
    """What recognition did for an asset.

    The same content may have been recognised for somebody whose asset this viewer may not see. So
    what happened before this asset was there shows neither its times, its number nor its cost.
    """
    runs = list(RecognitionRun.objects.filter(original=asset.original_id).defer("raw"))
    newest: dict[str, RecognitionRun] = {}
    for run in sorted(runs, key=lambda run: -run.pk):
        newest.setdefault(run.recogniser, run)
    shown = [newest[alias] for alias in sorted(newest)]
    own = [run for run in runs if run not in shown and run.created_at >= asset.created_at]
    pauses = {pause.recogniser: pause for pause in Pause.objects.filter(recogniser__in=newest)}
    return RunsPanel(
        newest=tuple(_run_row(run, asset, pauses) for run in shown),
        history=tuple(_run_row(run, asset, pauses) for run in own),
        is_billed=not set(active_aliases()).isdisjoint(service_aliases()),
    )


def _run_row(run: RecognitionRun, asset: Asset, pauses: Mapping[str, Pause]) -> RunRow:
    is_own = run.created_at >= asset.created_at
    is_queued = run.state == RecognitionRun.State.QUEUED
    return RunRow(
        run=run,
        moment=max(run.finished_at or run.created_at, asset.created_at),
        attempts=run.attempts if is_own else 1,
        calls=run.calls if is_own else 0,
        cost=f"{run.cost.normalize():f}" if is_own and run.cost else "",
        pause=pauses.get(run.recogniser) if is_queued else None,
    )
