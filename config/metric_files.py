"""Counts kept in files, so that all processes of an installation add up to one set of metrics.

A process counts in files of its own. They go by a *slot*, a number that it holds by a lock, which
the kernel gives back when the process ends, however it ends. The next process takes the lowest free
slot and counts on from where its last holder stopped. So a count never goes back, there are never
more files than there were processes at once, and web and worker may be containers that share the
data folder: the lock knows nothing of process ids.
"""

import fcntl
import logging
import os
import struct
import time
from collections.abc import Iterable
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock
from typing import IO, Any

from prometheus_client import values
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

_SIZE = 128 * 1024
"""Bytes of a new file; it holds some five hundred counts."""
_REST_SECONDS = 60
_DAMAGE = (ValueError, RuntimeError, struct.error)
"""What reading a file raises that was not written out before a power cut."""


def keep_metrics_in(folder: Path) -> None:
    """Has every counter and histogram that is made from now on counted in a folder's files."""
    values.ValueClass = partial(Value, MetricFiles(folder))


def read_metrics(folder: Path) -> Iterable[Metric]:
    """What all processes together have counted, those that are gone included."""
    readable = [str(path) for path in sorted(folder.glob("*.db")) if _can_be_counted(path)]
    metrics: Iterable[Metric] = MultiProcessCollector.merge(readable)  # type: ignore[no-untyped-call]
    return metrics


class MetricFiles:
    """The files of this process, made when it counts for the first time.

    Counting never fails: what is counted matters more than the count.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rests_until = 0.0
        self._begin()
        os.register_at_fork(after_in_child=self._begin_again)

    def add(self, kind: str, key: str, amount: float) -> None:
        """Adds to a count. A disk that does not take it is left alone for a while."""
        with self._lock:
            if time.monotonic() < self._rests_until:
                return
            try:
                file = self._file(kind)
                file.write_value(key, file.read_value(key)[0] + amount, 0.0)
            except OSError as error:
                self._rests_until = time.monotonic() + _REST_SECONDS
                logger.warning("nothing is counted in %s for a while: %s", self._folder, error)

    def _begin(self) -> None:
        self._lock = Lock()
        self._slot: tuple[int, IO[bytes]] | None = None
        self._files: dict[str, Any] = {}

    def _begin_again(self) -> None:
        """Leaves the files to the process that this one was forked from."""
        for file in self._files.values():
            file.close()
        if self._slot:
            self._slot[1].close()  # which gives back nothing, as the parent holds it too
        self._begin()

    def _file(self, kind: str) -> Any:
        if kind not in self._files:
            if self._slot is None:
                self._slot = _take_slot(self._folder)
            self._files[kind] = _open(self._folder / f"{kind}_{self._slot[0]}.db")
        return self._files[kind]


class Value:
    """One count, in the way that prometheus_client makes and uses them."""

    _multiprocess = True

    def __init__(
        self,
        files: MetricFiles,
        kind: str,
        metric: str,
        name: str,
        label_names: Iterable[str],
        label_values: Iterable[str],
        help_text: str,
        **_: Any,
    ) -> None:
        self._files, self._kind = files, kind
        self._key = mmap_key(metric, name, [*label_names], [*label_values], help_text)
        # Shown as 0 from the start, or Prometheus would not notice the first of them.
        self.inc(0)

    def inc(self, amount: float) -> None:
        self._files.add(self._kind, self._key, amount)

    def set_exemplar(self, exemplar: object) -> None:
        """Exemplars have no place in the files."""


def _take_slot(folder: Path) -> tuple[int, IO[bytes]]:
    """The lowest slot that no process holds, and the file whose lock holds it from now on."""
    _make_folder(folder)
    for number in count():
        if not _is_ours(folder, number):
            continue
        lock = (folder / f"{number}.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        except BaseException:
            lock.close()
            raise
        else:
            return number, lock
    raise AssertionError


def _make_folder(folder: Path) -> None:
    """Makes the folder; root makes it for whom the data folder belongs to."""
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.parent.stat()
    if os.geteuid() == 0 and folder.stat().st_uid != owner.st_uid:
        os.chown(folder, owner.st_uid, owner.st_gid)


def _is_ours(folder: Path, number: int) -> bool:
    """Whether this process may use a slot's files; those of a command run as root it may not."""
    files = [folder / f"{number}.lock", *folder.glob(f"*_{number}.db")]
    return all(os.access(file, os.R_OK | os.W_OK) for file in files if file.exists())


def _open(path: Path) -> Any:
    """Opens a file of counts; makes it anew where a power cut has damaged it."""
    if path.exists() and _is_damaged(path):
        path.unlink()
    # The space is taken now: a process that writes to memory for which the disk has none is killed.
    with path.open("ab") as file:
        file.write(bytes(max(0, _SIZE - file.tell())))
    return MmapedDict(str(path))  # type: ignore[no-untyped-call]


def _can_be_counted(path: Path) -> bool:
    try:
        return not _is_damaged(path)
    except OSError as error:
        told = "%s is not counted (%s): give it to the user as whom Bromo runs"
        logger.warning(told, path, error.strerror)
        return False


def _is_damaged(path: Path) -> bool:
    """Raises OSError where it cannot be told."""
    try:
        MultiProcessCollector.merge([str(path)])  # type: ignore[no-untyped-call]
    except _DAMAGE as error:
        logger.warning("%s is damaged and not counted: %s", path, error)
        return True
    return False
