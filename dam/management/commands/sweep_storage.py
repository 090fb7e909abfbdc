"""Removes bytes that nothing has referred to for a day."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import filesizeformat

from dam import sweeping


class Command(BaseCommand):
    help = "Removes what no asset has had for a day, and uploads that were never completed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object, no text")

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweeping.sweep()
        if options["json"]:
            counts = ("originals", "bytes", "left", "staged")
            self.stdout.write(json.dumps({name: getattr(swept, name) for name in counts}))
            return
        self.stdout.write(
            f"Removed: {swept.originals} originals ({filesizeformat(swept.bytes)}), "
            f"{swept.staged} uploads that were never completed."
        )
        if swept.left:
            self.stdout.write(
                f"Of {swept.left} of them files are left: the log says why, and "
                "`manage.py check_library --repair` removes them."
            )
