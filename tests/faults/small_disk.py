"""A disk so small that it can be filled."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.trial import CannotRunError

_CHUNK = 64 * 1024


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / ".filler"

    def fill(self, *, leaving: int = 0) -> None:
        """Takes all of its space but so many bytes."""
        with self._filler.open("ab", buffering=0) as filler:
            try:
                while filler.write(bytes(_CHUNK)):
                    pass
            except OSError:  # it is full
                pass
            filler.truncate(max(0, filler.tell() - leaving))

    def make_space(self) -> None:
        self._filler.unlink()


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    """Mounts a file system in memory for the length of the block.

    Raises CannotRunError where that is not allowed.
    """
    if os.geteuid() or not shutil.which("mount"):
        msg = "mounting a small disk (tmpfs) needs root and mount(8)"
        raise CannotRunError(msg)
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotRunError(f"mounting a small disk (tmpfs) failed: {done.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        # Even if somebody still holds a file on it, it is gone from the tree.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
