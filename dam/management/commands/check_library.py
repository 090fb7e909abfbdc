"""Looks for what is wrong with a library, and mends what can be mended."""

import json
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.template.defaultfilters import pluralize
from tqdm import tqdm

from dam.checking import Finding, Inspection, inspect
from dam.file_checks import bytes_to_look_at
from dam.management.prepared import PreparedCommand
from dam.storages import StorageError


class Command(PreparedCommand):
    help = "Looks for missing and damaged files, files without rows, and runs that are stuck."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what can be mended")
        parser.add_argument(
            "--quick",
            action="store_true",
            help="trust files that have the right size, instead of reading them",
        )
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object a line and nothing else"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.is_json: bool = options["json"]
        self.counts: Counter[str] = Counter(
            originals=0, bytes=0, young_files=0, findings=0, repaired=0
        )
        bar = tqdm(total=bytes_to_look_at(), unit="B", unit_scale=True, disable=None)
        with closing(bar):
            self._look(bar, options)
        left = self.counts["findings"] - self.counts["repaired"]
        self._summarise(left)
        if left:
            raise CommandError(f"{left} finding{pluralize(left, ' is,s are')} left.", returncode=1)

    def _look(self, bar: Any, options: dict[str, Any]) -> None:
        def on_original(size: int) -> None:
            self.counts.update(originals=1, bytes=size)
            bar.update(size)

        inspection = Inspection(
            repair=options["repair"],
            is_quick=options["quick"],
            on_original=on_original,
            on_young_file=lambda: self.counts.update(young_files=1),
        )
        try:
            for finding in inspect(inspection):
                self.counts.update(findings=1, repaired=int(finding.repaired))
                self._tell(finding)
        except StorageError as error:
            raise CommandError(f"The check was broken off: {error}", returncode=2) from error

    def _tell(self, finding: Finding) -> None:
        if self.is_json:
            line = json.dumps(asdict(finding))
        else:
            line = f"{finding.code}: {finding.about}: {finding.text}. {finding.action}"
        with tqdm.external_write_mode():
            self.stdout.write(line)
            self.stdout.flush()

    def _summarise(self, left: int) -> None:
        if self.is_json:
            self.stdout.write(json.dumps({**self.counts, "left": left}))
            return
        counts = self.counts
        originals, findings, young = counts["originals"], counts["findings"], counts["young_files"]
        if young:
            self.stdout.write(
                f"{young} file{pluralize(young)} without a row, younger than a day: an upload on "
                f"its way may need {pluralize(young, 'it,them')}."
            )
        self.stdout.write(
            f"{originals} original{pluralize(originals)}: {findings} finding{pluralize(findings)}, "
            f"{counts['repaired']} repaired, {left} left"
        )
