"""Imports image files and folders of them."""

import json
import os
import stat
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from dam.ingest import NotStoredError, Status, ingest
from dam.management.prepared import PreparedCommand
from dam.models import Asset, Collection
from dam.signals import much_done
from recognition.management.commands._options import add_recogniser_options
from recognition.management.commands._work import renew_connection, tell_of_pauses, work_off
from recognition.models import RecognitionRun
from recognition.percents import whole_percent
from recognition.pipeline import request_runs
from recognition.queue import publish_after_commit
from recognition.registry import active_aliases, choosing
from recognition.reports import TagReport, recognition_state, tag_reports
from recognition.retagging import retag
from recognition.thresholds import set_asset_thresholds


@dataclass(slots=True, kw_only=True)
class _Line:
    """What is told about one file."""

    filename: str
    sha256: str | None = None
    status: str = "failed"
    error: str | None = None
    asset: Asset | None = None
    runs: list[int] = field(default_factory=list)

    def tags(self) -> list[TagReport]:
        return tag_reports(self.asset) if self.asset else []

    def as_json(self) -> str:
        return json.dumps(
            {
                "id": self.asset.pk if self.asset else None,
                "filename": self.filename,
                "sha256": self.sha256,
                "status": self.status,
                "tags": [tag.as_dict() for tag in self.tags()],
                "error": self.error,
            },
            ensure_ascii=True,
        )

    def as_text(self) -> str:
        tags = ", ".join(
            tag.name if tag.confidence is None else f"{tag.name} {whole_percent(tag.confidence)}"
            for tag in self.tags()
        )
        name = self.filename.encode("unicode_escape").decode() if self.error else self.filename
        return f"{name}: {self.status}" + (f": {self.error or tags}" if self.error or tags else "")


class Command(PreparedCommand):
    help = "Imports image files, and folders of them, and has recognisers look at them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", type=existing_path)
        parser.add_argument("--collection", metavar="NAME", help="put the assets into it")
        add_recogniser_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.is_json: bool = options["json"]
        self.counts: Counter[str] = Counter()
        self.threshold: float | None = options["min_confidence"]
        self.collection = _collection(options["collection"])
        works = options["wait"] or not settings.BROKER_URL
        with choosing(options["recognisers"] or settings.BROMO_RECOGNISERS):
            self.recognisers: list[str] | None = options["recognisers"]
            files = [pair for path in options["paths"] for pair in _files(path)]
            waiting = list(self._import_all(files, works=works))
        if works:
            self._recognise_all(waiting)
        much_done.send(sender=None)
        if not self.is_json:
            told = ", ".join(f"{count} {status}" for status, count in self.counts.items())
            self.stdout.write(told or "There was no file to import.")
        if self.counts["rejected"] or self.counts["failed"]:
            raise CommandError(
                f"{self.counts['rejected']} rejected, {self.counts['failed']} failed", returncode=1
            )

    def _import_all(self, files: list[tuple[Path, str]], *, works: bool) -> Iterator[_Line]:
        """Takes all files in; tells of those that need no waiting and gives the others."""
        with closing(_progress(files, "Importing")) as bar:
            for path, filename in bar:
                line = self._import(path, filename)
                if works and line.runs:
                    yield line
                else:
                    self._tell(line)

    def _recognise_all(self, waiting: list[_Line]) -> None:
        left = {id(line): set(line.runs) for line in waiting}
        by_run: dict[int, list[_Line]] = {}
        for line in waiting:
            for run in line.runs:
                by_run.setdefault(run, []).append(line)
        left_by_pauses: Counter[str] = Counter()
        with closing(_progress(by_run, "Recognising")) as bar:
            for run in work_off(by_run, left_by_pauses, self.stderr):
                bar.update()
                for line in by_run[run]:
                    left[id(line)].discard(run)
                    if not left[id(line)]:
                        self._tell(line)
        tell_of_pauses(left_by_pauses, self.stderr)

    def _import(self, path: Path, filename: str) -> _Line:
        line = _Line(filename=filename)
        renew_connection()
        try:
            with path.open("rb") as file:
                result = ingest(file, file_name=path.name, collection=self.collection)
        except ValidationError as error:
            line.status, line.error = "rejected", " ".join(error.messages)
            return line
        except NotStoredError as error:
            line.error = str(error)
            return line
        except OSError as error:
            line.error = f"The file cannot be read: {error.strerror or error}."
            return line
        line.asset, line.sha256 = result.asset, result.asset.original.sha256
        if result.status is Status.IN_TRASH:
            line.status = "duplicate"
            line.error = "The library has it in its trash: restore it to use it again."
            return line
        runs = (
            list(RecognitionRun.objects.newest_on(result.asset.original, active_aliases()))
            if result.is_new
            else request_runs(result.asset, active_aliases())
        )
        if self.threshold is not None:
            set_asset_thresholds([result.asset.pk], self.threshold, self.recognisers or ())
            retag([result.asset.pk])
        if not result.is_new:
            publish_after_commit(runs)
        line.runs = [run.pk for run in runs]
        line.status = "queued" if result.is_new else "duplicate"
        return line

    def _tell(self, line: _Line) -> None:
        if line.runs:
            state, line.error = recognition_state(line.runs)
            if line.status != "duplicate":
                line.status = state
        self.counts[line.status] += 1
        with tqdm.external_write_mode():
            self.stdout.write(line.as_json() if self.is_json else line.as_text())
            self.stdout.flush()


def existing_path(text: str) -> Path:
    path = Path(text)
    if not path.exists():
        msg = f"There is no file or folder “{text}”."
        raise ArgumentTypeError(msg)
    return path


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """Every regular file at or below a path, with its name relative to it; links are left out."""
    if not path.is_dir():
        yield path, path.name
        return
    for folder, subfolders, names in os.walk(path):
        subfolders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            if stat.S_ISREG(file.lstat().st_mode):
                yield file, str(file.relative_to(path))


def _collection(name: str | None) -> Collection | None:
    if not name:
        return None
    return Collection.objects.named(name).first() or Collection.objects.create(name=name)


def _progress(items: Any, description: str) -> Any:
    """A bar on stderr if that is a terminal."""
    return tqdm(items, desc=description, disable=None, unit="file")
