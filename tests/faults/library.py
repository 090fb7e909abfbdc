"""What a library's database and storage hold in the end, read from outside."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Query = Callable[[str], list[tuple[Any, ...]]]
ReadOriginal = Callable[[str], bytes]
"""Reads an original by its storage key. Raises OSError or KeyError where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    pk: int
    original: int
    question: tuple[str, str, int]
    """Recogniser, fingerprint and generation."""
    state: str
    attempts: int
    error: str

    @property
    def is_finished(self) -> bool:
        return self.state not in {"queued", "running"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    pk: int
    original: int
    uploader: int | None
    sha256: str
    key: str
    """Of the original's file in the storage."""
    is_in_trash: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """All rows that matter, as values."""

    assets: Mapping[int, Asset]
    runs: tuple[Run, ...]
    detections: tuple[tuple[int, str, str], ...]
    """Run, kind and name of each."""
    tags: Mapping[int, tuple[str, ...]]
    """By asset: one name for every row, so that a tag may occur twice."""
    statuses: Mapping[int, str]
    """By asset, what recognition says of itself on its page."""

    def runs_of(self, asset: Asset) -> list[Run]:
        return [run for run in self.runs if run.original == asset.original]


def read_library(query: Query) -> Library:
    tags: dict[int, list[str]] = defaultdict(list)
    for asset, name in query(
        "SELECT content_object_id, name FROM dam_taggedasset JOIN dam_tag ON dam_tag.id = tag_id"
    ):
        tags[asset].append(name)
    return Library(
        assets={row[0]: _asset(*row) for row in query(
            "SELECT dam_asset.id, original_id, uploader_id, sha256, file, trashed_at"
            " FROM dam_asset JOIN dam_original ON dam_original.id = original_id"
        )},
        runs=tuple(_run(*row) for row in query(
            "SELECT id, original_id, recogniser, fingerprint, generation, state, attempts, error"
            " FROM recognition_recognitionrun ORDER BY id"
        )),
        detections=tuple(query("SELECT run_id, kind, name FROM recognition_detection")),
        tags={asset: tuple(sorted(names)) for asset, names in tags.items()},
        statuses=dict(query("SELECT asset_id, value FROM dam_assetfact WHERE kind = 'status'")),
    )  # fmt: skip


def read_from_folder(originals: Path) -> ReadOriginal:
    return lambda key: (originals / key).read_bytes()


def read_from_bucket(client: Any, bucket: str) -> ReadOriginal:
    def read(key: str) -> bytes:
        content = client.get_object(Bucket=bucket, Key=f"originals/{key}")["Body"].read()
        return bytes(content)

    return read


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _asset(
    pk: int, original: int, uploader: int | None, sha256: str, key: str, trashed_at: object
) -> Asset:
    return Asset(
        pk=pk, original=original, uploader=uploader, sha256=sha256, key=key,
        is_in_trash=trashed_at is not None,
    )  # fmt: skip


def _run(
    pk: int, original: int, recogniser: str, fingerprint: str, generation: int,
    state: str, attempts: int, error: str,
) -> Run:  # fmt: skip
    question = recogniser, fingerprint, generation
    return Run(
        pk=pk, original=original, question=question, state=state, attempts=attempts, error=error
    )
