"""Applies the rules to stored detections again, or calls the recognisers again first."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import transaction
from django.template.defaultfilters import pluralize
from tqdm import tqdm

from dam import tagging
from dam.management.prepared import PreparedCommand
from dam.models import Asset
from dam.signals import much_done
from dam.tagging import TagChange
from recognition.budgets import tell_left
from recognition.management.commands._options import add_recogniser_options
from recognition.management.commands._work import tell_of_pauses, work_off
from recognition.models import RecognitionRun
from recognition.pipeline import request_runs
from recognition.planning import estimate
from recognition.queue import publish_after_commit
from recognition.registry import active_aliases, recognisers
from recognition.retagging import retag
from recognition.thresholds import set_asset_thresholds

BATCH = 200


class Command(PreparedCommand):
    help = (
        "Applies the rules to stored detections again; with --recognise asks the recognisers first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_recogniser_options(parser)
        parser.add_argument(
            "--missing",
            action="store_true",
            help="only assets that a recogniser, as it is set up now, has not been asked about",
        )
        parser.add_argument("--recognise", action="store_true", help="call the recognisers again")
        parser.add_argument(
            "--dry-run", action="store_true", help="print what would change and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.options = options
        self.aliases: list[str] = options["recognisers"] or list(active_aliases())
        self.totals: Counter[str] = Counter()
        self.cost = Decimal(0)
        self.asked: set[int] = set()
        self.left_by_pauses: Counter[str] = Counter()
        assets = self._selected()
        with tqdm(total=assets.count(), desc="Retagging", unit="asset", disable=None) as bar:
            for pks in _batches(assets):
                if options["recognise"] and not options["dry_run"]:
                    self._recognise(pks)
                else:
                    self._retag(pks)
                    self._estimate(pks)
                bar.update(len(pks))
        much_done.send(sender=None)
        tell_of_pauses(self.left_by_pauses, self.stderr)
        self._summarise()

    def _selected(self) -> Any:
        assets = Asset.objects.order_by("pk")
        if self.options["recognise"]:
            assets = assets.present()  # nobody pays for what was thrown away
        if not self.options["missing"]:
            return assets
        answered = Asset.objects.all()
        for alias in self.aliases:
            done = RecognitionRun.objects.up_to_date().filter(
                recogniser=alias,
                fingerprint=recognisers[alias].fingerprint,
                state=RecognitionRun.State.DONE,
            )
            answered = answered.filter(original__in=done.values("original"))
        return assets.exclude(pk__in=answered.values("pk"))

    def _retag(self, pks: list[int]) -> None:
        with transaction.atomic():
            self._set_thresholds(pks)
            changes = retag(pks, only=self.options["recognisers"])
            if self.options["dry_run"]:
                transaction.set_rollback(True)
        self._tell(changes)

    def _estimate(self, pks: list[int]) -> None:
        """Adds what asking the recognisers would cost, where that is what a dry run is about."""
        if not self.options["recognise"]:
            return
        originals = set(Asset.objects.filter(pk__in=pks).values_list("original", flat=True))
        new = originals - self.asked
        self.asked |= new
        planned = estimate(new, self.aliases, again=not self.options["missing"])
        self.totals["calls"] += planned.calls
        self.cost += planned.cost

    def _recognise(self, pks: list[int]) -> None:
        before = tagging.read(pks)
        self._set_thresholds(pks)
        runs: dict[int, RecognitionRun] = {}
        for asset in Asset.objects.filter(pk__in=pks).order_by("pk"):
            # Assets on one original share their runs: the second must not ask again.
            again = not self.options["missing"] and asset.original_id not in self.asked
            self.asked.add(asset.original_id)
            runs |= {run.pk: run for run in request_runs(asset, self.aliases, again=again)}
        asked = {pk: run for pk, run in runs.items() if not run.is_finished}
        publish_after_commit(asked.values())
        if self.options["wait"] or not settings.BROKER_URL:
            for _ in work_off(asked, self.left_by_pauses, self.stderr):
                pass
            # A run that is tried again may have cost something before.
            for run in RecognitionRun.objects.filter(pk__in=asked).defer("raw"):
                self.totals["calls"] += run.calls - asked[run.pk].calls
                self.cost += run.cost - asked[run.pk].cost
        else:
            self.totals["queued"] += len(asked)
        after = tagging.read(pks)
        self._tell({pk: tagging.compare(pk, before[pk], after[pk]) for pk in pks})

    def _set_thresholds(self, pks: list[int]) -> None:
        if self.options["min_confidence"] is not None:
            set_asset_thresholds(
                pks, self.options["min_confidence"], self.options["recognisers"] or ()
            )

    def _tell(self, changes: dict[int, TagChange]) -> None:
        changed = {pk: change for pk, change in changes.items() if change}
        names = dict(Asset.objects.filter(pk__in=changed).values_list("pk", "file_name"))
        self.totals["assets"] += len(changes)
        for pk, change in changed.items():
            self.totals["added"] += len(change.added)
            self.totals["removed"] += len(change.removed)
            self.totals["changed"] += len(change.changed)
            with tqdm.external_write_mode():
                self.stdout.write(self._line(change, names[pk]))

    def _line(self, change: TagChange, file_name: str) -> str:
        if self.options["json"]:
            return json.dumps(
                {
                    "id": change.asset_id,
                    "filename": file_name,
                    "added": change.added,
                    "removed": change.removed,
                    "changed": change.changed,
                }
            )
        parts = [
            *(f"+{name}" for name in change.added),
            *(f"-{name}" for name in change.removed),
            *(f"~{name}" for name in change.changed),
        ]
        return f"{file_name} ({change.asset_id}): {', '.join(parts)}"

    def _summarise(self) -> None:
        counts = {key: self.totals[key] for key in ("assets", "added", "removed", "changed")}
        if self.options["json"]:
            summary = counts | {"calls": self.totals["calls"], "cost": float(self.cost)}
            self.stdout.write(json.dumps(summary))
            return
        would = "would be " if self.options["dry_run"] else ""
        self.stdout.write(
            f"{counts['assets']} asset{pluralize(counts['assets'])}: "
            f"{counts['added']} tag{pluralize(counts['added'])} {would}added, "
            f"{counts['removed']} removed, {counts['changed']} changed"
        )
        calls = self.totals["calls"]
        if self.options["dry_run"] and self.options["recognise"] and not calls:
            self.stdout.write("No calls of services would be made.")
        if calls:
            told = f"{calls:,} call{pluralize(calls)} of services"
            cost = f"{self.cost.normalize():f}"
            self.stdout.write(
                f"At most {told} would be made, for {cost}."
                if self.options["dry_run"]
                else f"{told} {pluralize(calls, 'was,were')} made, for {cost}."
            )
        if calls and self.options["dry_run"]:
            for told in filter(None, map(tell_left, self.aliases)):
                self.stdout.write(told)
        if queued := self.totals["queued"]:
            self.stdout.write(
                f"{queued} run{pluralize(queued, ' is,s are')} queued for the workers."
            )


def _batches(assets: Any) -> Iterator[list[int]]:
    """Keys in batches, by keyset, so that no page costs more than the first."""
    last = 0
    while pks := list(assets.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield pks
        last = pks[-1]
