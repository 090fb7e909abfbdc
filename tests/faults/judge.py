"""Compares what the server promised with what the library holds: what is lost, double, stuck."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.ledger import Promise
from tests.faults.library import Asset, Library, ReadOriginal, Run, sha256_of

QUARANTINED_AFTER = 3
"""Attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What was promised, and what a scenario does on purpose."""

    promises: tuple[Promise, ...]
    quarantined: frozenset[str] = frozenset()
    """Contents, by SHA-256, whose run has to end in quarantine."""
    deleted: frozenset[int] = frozenset()
    """Assets that somebody deleted for ever: gone they have to be."""
    trashed: frozenset[int] = frozenset()
    """Assets that somebody put into the trash: there they have to be."""
    tags: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """By asset, the tags it has to have; of all others, those of its photo."""
    generations: int = 1
    """How often each recogniser was asked about each original."""
    is_undisturbed: bool = False
    """Whether every run has to succeed at its first attempt: an image seen twice is paid twice."""

    @property
    def kept(self) -> list[Promise]:
        return [promise for promise in self.promises if promise.asset not in self.deleted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Each a list of sentences; all are empty where a promise was kept."""

    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()


def judge(expected: Expectation, library: Library, read_original: ReadOriginal) -> Findings:
    return Findings(
        lost=tuple(find_lost(expected, library, read_original)),
        duplicated=tuple(find_duplicated(expected, library)),
        stuck=tuple(find_stuck(expected, library)),
    )


def find_lost(
    expected: Expectation, library: Library, read_original: ReadOriginal
) -> Iterator[str]:
    """Acknowledged uploads without their asset, their bytes or their run."""
    for promise in expected.kept:
        name = f"{promise.photo.name} (asset {promise.asset})"
        asset = library.assets.get(promise.asset)
        if asset is None or asset.sha256 != promise.photo.sha256:
            yield f"{name} has no asset."
            continue
        try:
            content = read_original(asset.key)
        except Exception as error:  # noqa: BLE001 - each storage has errors of its own
            yield f"{name} has no file: {error}"
        else:
            if sha256_of(content) != promise.photo.sha256:
                yield f"{name} has other bytes."
        if not library.runs_of(asset):
            yield f"{name} has no run."


def find_duplicated(expected: Expectation, library: Library) -> Iterator[str]:
    """Whatever exists more often than it should, or says something else than undisturbed."""
    assets = Counter((asset.sha256, asset.uploader) for asset in library.assets.values())
    yield from _repeated("content and uploader of assets", assets)
    asked = Counter(run.original for run in library.runs)
    yield from _repeated("original of runs", asked, times=expected.generations)
    yield from _repeated(
        "question of runs", Counter((r.original, r.question) for r in library.runs)
    )
    yield from _repeated("detections", Counter(library.detections))
    for pk, tags in library.tags.items():
        yield from _repeated(f"tag of asset {pk}", Counter(tags))
    for promise in expected.kept:
        wanted = expected.tags.get(promise.asset, promise.photo.tags)
        found = frozenset(library.tags.get(promise.asset, ()))
        if _is_done(library, promise) and found != wanted:
            yield f"asset {promise.asset} has the tags {set(found)} in place of {set(wanted)}."
    if expected.is_undisturbed:
        yield from (
            f"run {r.pk} took {r.attempts} attempts." for r in library.runs if r.attempts > 1
        )


def find_stuck(expected: Expectation, library: Library) -> Iterator[str]:
    """Runs that did not end as they should, and assets whose pages say something else."""
    for promise in expected.kept:
        asset = library.assets.get(promise.asset)
        if asset is None:
            continue
        is_poison = promise.photo.sha256 in expected.quarantined
        runs = library.runs_of(asset)
        yield from _ended_wrongly(runs, "quarantined" if is_poison else "done")
        if is_poison and {run.attempts for run in runs} != {QUARANTINED_AFTER}:
            yield f"asset {asset.pk} was not tried {QUARANTINED_AFTER} times."
        yield from _shown_wrongly(asset, library, "failed" if is_poison else "recognised")
        if asset.is_in_trash != (asset.pk in expected.trashed):
            yield f"asset {asset.pk} is {'' if asset.is_in_trash else 'not '}in the trash."
    for pk in sorted(expected.deleted & set(library.assets)):
        yield f"asset {pk} was deleted and is there."
    known = {asset.original for asset in library.assets.values()}
    yield from _ended_wrongly((r for r in library.runs if r.original not in known), "done")


def _is_done(library: Library, promise: Promise) -> bool:
    asset = library.assets.get(promise.asset)
    runs = library.runs_of(asset) if asset else []
    return bool(runs) and all(run.state == "done" for run in runs)


def _ended_wrongly(runs: Iterable[Run], wanted: str) -> Iterator[str]:
    for run in runs:
        if run.state != wanted:
            yield f"run {run.pk} is {run.state} after {run.attempts} attempts: {run.error}"


def _shown_wrongly(asset: Asset, library: Library, wanted: str) -> Iterator[str]:
    status = library.statuses.get(asset.pk)
    if status != wanted:
        yield f"asset {asset.pk} shows as {status}, not as {wanted}."


def _repeated(what: str, counts: Counter[Any], *, times: int = 1) -> Iterator[str]:
    for value, count in counts.items():
        if count > times:
            yield f"{what} {value} occurs {count} times."
