"""Failures and failed runs as the pages list them, with pictures of what a person may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import F

from dam.models import Asset
from recognition.failures import Failure
from recognition.models import RecognitionRun


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRun:
    """A failed run with an asset that it is about."""

    run: RecognitionRun
    asset: Asset | None
    """One that the person may see; None where there is none, or only ones that are not for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """A failure with one of its runs for an example."""

    failure: Failure
    example: FailedRun


def failed_runs(run_pks: Iterable[int], user: User | AnonymousUser) -> list[FailedRun]:
    """Runs as a person may see them, in the order given."""
    keys = list(run_pks)
    runs = RecognitionRun.objects.defer("raw").in_bulk(keys)
    listed = [runs[key] for key in keys if key in runs]
    assets = _assets_on([run.original_id for run in listed], user)
    return [FailedRun(run=run, asset=assets.get(run.original_id)) for run in listed]


def failure_rows(failures: Iterable[Failure], user: User | AnonymousUser) -> list[FailureRow]:
    """Failures as a person may see them, in the order given."""
    listed = list(failures)
    examples = failed_runs([failure.runs[0] for failure in listed], user)
    example_of = {example.run.pk: example for example in examples}
    return [
        FailureRow(failure=failure, example=example_of[failure.runs[0]])
        for failure in listed
        if failure.runs[0] in example_of
    ]


def _assets_on(original_pks: Sequence[int], user: User | AnonymousUser) -> dict[int, Asset]:
    """By original, one asset on it that a person may open, preferably not from the trash."""
    assets = Asset.objects.visible_to(user).filter(original__in=original_pks)
    if not user.has_perm("dam.change_asset"):
        assets = assets.present()
    ordered = assets.prefetch_related("facts").order_by(F("trashed_at").asc(nulls_first=True), "pk")
    found: dict[int, Asset] = {}
    for asset in ordered:
        found.setdefault(asset.original_id, asset)
    return found
