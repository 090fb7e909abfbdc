"""The panel of one asset."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings

from dam.models import Asset
from recognition.facts import SeenDetection, read_lines
from recognition.hearing import counting_runs
from recognition.models import Detection
from recognition.predictions import Kind
from recognition.seen._colours import ColourArea, QualityTable, colour_areas, quality_table
from recognition.seen._faces import box, seen_celebrities, seen_faces
from recognition.seen._values import Found, Mark, SeenFace, SeenModeration, SeenText

_KINDS = (Kind.FACE, Kind.CELEBRITY, Kind.TEXT, Kind.MODERATION, Kind.COLOUR, Kind.QUALITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPanel:
    """Everything that was seen, apart from what is a tag."""

    faces: Found[SeenFace]
    celebrities: Found[SeenFace]
    texts: Found[SeenText]
    moderation: Found[SeenModeration]
    colours: tuple[ColourArea, ...]
    quality: QualityTable | None

    @property
    def is_worth_showing(self) -> bool:
        found = (self.faces, self.celebrities, self.texts, self.moderation)
        has_list = any(each.is_worth_showing for each in found)
        return has_list or bool(self.colours) or self.quality is not None


def seen_panel(asset: Asset) -> SeenPanel:
    """What was seen on an asset's image, by the runs whose detections count."""
    runs = counting_runs([asset.original_id])
    looked_for = {kind for run in runs.values() for kind in run.looked_for}
    by_kind = _detections(runs)
    seen = {
        kind: [_as_seen(row, runs[row.run_id].recogniser) for row in found]
        for kind, found in by_kind.items()
    }
    none = {kind for kind in looked_for if not seen.get(kind)}
    has_looked_for_faces = not {Kind.FACE, Kind.CELEBRITY}.isdisjoint(looked_for)
    threshold = settings.BROMO_FACT_THRESHOLD
    faces = [*seen[Kind.FACE], *seen[Kind.CELEBRITY]]
    return SeenPanel(
        faces=seen_faces(faces, threshold, is_none=has_looked_for_faces and not faces),
        celebrities=seen_celebrities(faces, threshold),
        texts=_texts(seen[Kind.TEXT], threshold, is_none=Kind.TEXT in none),
        moderation=_moderation(by_kind[Kind.MODERATION], is_none=Kind.MODERATION in none),
        colours=colour_areas(seen[Kind.COLOUR]),
        quality=quality_table(seen[Kind.QUALITY]),
    )


def _detections(runs: Iterable[int]) -> dict[str, list[Detection]]:
    """What these runs detected by its kind, the surest first."""
    by_kind: dict[str, list[Detection]] = {kind: [] for kind in _KINDS}
    rows = Detection.objects.filter(run__in=list(runs), kind__in=_KINDS)
    for row in rows.order_by("-confidence", "pk"):
        by_kind[row.kind].append(row)
    return by_kind


def _as_seen(row: Detection, recogniser: str) -> SeenDetection:
    return SeenDetection(
        kind=row.kind,
        name=row.name,
        confidence=row.confidence,
        recogniser=recogniser,
        box=row.box,
        attributes=row.attributes,
    )


def _texts(seen: Sequence[SeenDetection], threshold: float, *, is_none: bool) -> Found[SeenText]:
    """The lines of text, in the order in which they are read."""
    unsure = [one for one in seen if one.confidence < threshold]
    return Found(
        sure=_lines("text", seen, threshold),
        unsure=_lines("perhaps-text", unsure, threshold=0),
        is_none=is_none,
    )


def _lines(key: str, seen: Sequence[SeenDetection], threshold: float) -> tuple[SeenText, ...]:
    return tuple(
        SeenText(
            key=f"{key}-{number}",
            text=line.text,
            confidence=line.confidence,
            mark=Mark(boxes=(box(line.place),) if line.place else ()),
        )
        for number, line in enumerate(read_lines(seen, threshold), start=1)
    )


def _moderation(rows: Iterable[Detection], *, is_none: bool) -> Found[SeenModeration]:
    """What somebody may not want to see, each name once, the surest first."""
    surest: dict[str, SeenModeration] = {}
    for row in rows:
        said = SeenModeration(
            name=row.name, confidence=row.confidence, parents=", ".join(row.parents)
        )
        surest.setdefault(row.name, said)
    threshold = settings.BROMO_UNSAFE_THRESHOLD
    return Found(
        sure=tuple(one for one in surest.values() if one.confidence >= threshold),
        unsure=tuple(one for one in surest.values() if one.confidence < threshold),
        is_none=is_none,
    )
