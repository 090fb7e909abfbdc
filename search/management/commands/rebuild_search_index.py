"""Makes the search index anew, beside the one in use."""

import time
from typing import Any

from django.core.management.base import CommandError
from django.template.defaultfilters import pluralize
from tqdm import tqdm

from dam.management.prepared import PreparedCommand
from search.index import IndexBusyError, rebuild


class Command(PreparedCommand):
    help = (
        "Makes the search index anew from the library. Searches go on with the present one until "
        "the new one is whole; may be interrupted and repeated."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        with tqdm(unit=" assets", disable=None) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            try:
                assets = rebuild(show)
            except IndexBusyError as error:
                raise CommandError(f"Nothing was done: {error}.") from error
        seconds = time.monotonic() - began
        self.stdout.write(f"{assets} asset{pluralize(assets)} indexed in {seconds:.1f} s.")
