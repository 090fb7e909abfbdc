"""Removes bytes that nothing has referred to for a day."""

import json
from typing import Any

from django.core.management.base import CommandParser
from django.template.defaultfilters import filesizeformat, pluralize

from dam import sweeping
from dam.file_checks import FOLDERS, remove_strays
from dam.management.prepared import PreparedCommand


class Command(PreparedCommand):
    help = "Removes what no asset has had for a day, and uploads that were never completed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object, no text")

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweeping.sweep()
        strays = sum(len(remove_strays(folder)) for folder in FOLDERS)
        if options["json"]:
            counts = ("originals", "bytes", "left", "staged")
            told = {name: getattr(swept, name) for name in counts} | {"strays": strays}
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(
            f"Removed: {swept.originals} original{pluralize(swept.originals)} "
            f"({filesizeformat(swept.bytes)}), {swept.staged} "
            f"upload{pluralize(swept.staged, ' that was,s that were')} never completed, "
            f"{strays} file{pluralize(strays)} without a row."
        )
        if swept.left:
            self.stdout.write(
                f"Files of {swept.left} of them are left: the log says why, and "
                "`manage.py check_library --repair` removes them."
            )
