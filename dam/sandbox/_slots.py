"""The side of those who have a file looked at: a few slots, each with a server that forks."""

import fcntl
import json
import logging
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dam.renditions.decode import ImageHeader, UnknownFormat, UnreadableImage
from dam.sandbox._job import ANSWER, NOTE, PICTURE, PROXY

logger = logging.getLogger(__name__)

SLOTS = max(3, (os.cpu_count() or 1) + 1)
"""Files that one process has looked at at a time: more than cores, lest slow ones hold up all."""
_CODE = Path(__file__).resolve().parents[2]
_START_SECONDS = 30


class SandboxError(Exception):
    """A file could not be looked at, for a reason that says nothing about the file."""


class TooManyPixels(UnreadableImage):
    """An image of more pixels than allowed."""

    def __init__(self, header: ImageHeader) -> None:
        super().__init__(f"it has {header.pixels:,} pixels.")
        self.header = header


class TooCostly(UnreadableImage):
    """A file that takes more to decode than is allowed, which does not mean that it is damaged."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        """cpu, memory or crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What looking at one file may take."""

    cpu_seconds: int
    memory_bytes: int
    """Of address space, what the process has of itself included (about 200 MB)."""
    file_bytes: int = 64_000_000
    """The largest file that may be written."""
    open_files: int = 32

    @property
    def patience(self) -> float:
        """Seconds until a process that neither computes nor ends counts as hanging."""
        return 4.0 * self.cpu_seconds + _START_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """All that decoding a file once gave."""

    header: ImageHeader
    metadata: dict[str, Any]
    """As `dam.metadata.ImageMetadata.as_dict` has it."""
    proxy: bytes
    picture: bytes
    """The rendition that grids show."""


def examine(path: Path, *, limits: Limits, max_pixels: int) -> Examined:
    """Decodes an image file in full, in a process of its own. Safe to call from several threads.

    Raises UnknownFormat, UnreadableImage, TooManyPixels or TooCostly for the file's faults and
    SandboxError for those of the machine.
    """
    with tempfile.TemporaryDirectory(prefix="examined-", dir=path.parent) as name:
        folder = Path(name)
        job = {
            "path": str(path),
            "folder": name,
            "max_pixels": max_pixels,
            "limits": asdict(limits),
        }
        ended = _run(job, limits)
        if ended == -signal.SIGKILL:
            # Not by a limit of ours, so the machine was short of memory: once more, one at a time.
            with _alone(path.parent.parent):
                ended = _run(job, limits)
        if ended != 0:
            note = _read(folder / NOTE, limits).decode(errors="replace")
            logger.warning("decoding ended with exit code %s: %s", ended, note or "no note")
            raise _verdict(ended, limits)
        return _read_answer(folder, limits)


def _run(job: dict[str, Any], limits: Limits) -> int:
    with _slots.one() as slot:
        return slot.run(job, limits.patience)


def _verdict(exit_code: int, limits: Limits) -> Exception:
    if exit_code == -signal.SIGXCPU:
        reason = f"decoding it takes more than {limits.cpu_seconds} seconds of computing time."
        return TooCostly("cpu", reason)
    if exit_code in {-signal.SIGKILL, os.EX_IOERR}:
        return SandboxError(f"the process that looked at it ended with {exit_code}.")
    return TooCostly("crash", "the program that decodes it ended without an answer.")


def _read_answer(folder: Path, limits: Limits) -> Examined:
    answer = json.loads(_read(folder / ANSWER, limits))
    error = answer.get("error")
    if error == "memory":
        megabytes = limits.memory_bytes // 1_000_000
        raise TooCostly("memory", f"decoding it takes more than {megabytes:,} MB of memory.")
    if error == "unknown_format":
        raise UnknownFormat(answer["reason"], look=answer["look"])
    if error == "unreadable":
        raise UnreadableImage(answer["reason"])
    header = ImageHeader(**answer["header"])
    if error == "too_many_pixels":
        raise TooManyPixels(header)
    return Examined(
        header=header,
        metadata=answer["metadata"],
        proxy=_read(folder / PROXY, limits),
        picture=_read(folder / PICTURE, limits),
    )


def _read(path: Path, limits: Limits) -> bytes:
    """What a job left in a file; nothing where it left none, or something that is no plain file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        is_plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return file.read(limits.file_bytes) if is_plain else b""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lets one process of this machine at a time through."""
    with (folder / ".alone.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Slot:
    """One server, started when it is first needed and again where it was lost."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[str] | None = None

    def run(self, job: dict[str, Any], patience: float) -> int:
        """Has a job done and gives the exit code of its process; raises SandboxError."""
        server = self._running()
        watch = threading.Timer(patience, _kill, [server])
        watch.start()
        try:
            assert server.stdin  # noqa: S101 - for mypy: both are pipes
            assert server.stdout  # noqa: S101
            server.stdin.write(json.dumps(job) + "\n")
            server.stdin.flush()
            line = server.stdout.readline()
        except OSError:
            line = ""
        except BaseException:
            # Its answer would be taken for that of the next file.
            self._server = None
            _kill(server)
            raise
        finally:
            watch.cancel()
        if not line:
            _kill(server)
            self._server = None
            msg = f"the process that looked at it was lost, or silent for {patience:.0f} seconds."
            raise SandboxError(msg)
        return int(json.loads(line)["exit_code"])

    def _running(self) -> "subprocess.Popen[str]":
        if self._server is None or self._server.poll() is not None:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "dam.sandbox._server"],
                cwd=_CODE,
                # A crash, or a note about one, tells nothing of ours.
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        return self._server


def _kill(server: "subprocess.Popen[str]") -> None:
    """Ends a server with what it has forked."""
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    server.wait()


class _Slots:
    """The slots of this process; the one used last goes first, so that few servers are started."""

    def __init__(self) -> None:
        self._idle = [_Slot() for _ in range(SLOTS)]
        self._free = threading.Semaphore(SLOTS)

    @contextmanager
    def one(self) -> Iterator[_Slot]:
        with self._free:
            slot = self._idle.pop()
            try:
                yield slot
            finally:
                self._idle.append(slot)


def _reset() -> None:
    """A process that was forked must not share the pipes of its parent."""
    global _slots
    _slots = _Slots()


_slots = _Slots()
os.register_at_fork(after_in_child=_reset)
