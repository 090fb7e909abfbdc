"""Who is who among processes, as Linux tells it under /proc."""

import os
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tests.programs import wait_until


def children(pid: int) -> list[int]:
    """The processes that a process has started itself, oldest first."""
    with suppress(OSError):
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def of_folder(folder: Path) -> dict[int, str]:
    """The processes that work in a folder or below it, each with its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            about = command.encode() + (entry / "environ").read_bytes()
            if command and f"{folder}/".encode() in about:
                found[int(entry.name)] = command.strip()
    return found


def end_all(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process and everything in its group as a power cut would.

    Of one that has ended already, the number may be somebody else's by now: it is left alone.
    """
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_read(server_port: int, client_port: int) -> int:
    """Waits until a server has read all that was sent on a connection; gives the socket's inode."""
    seen: list[int] = []

    def is_read() -> bool:
        seen[:] = _sockets_read_out(server_port, client_port)
        return bool(seen)

    wait_until(is_read, what=f"the server has read what came from port {client_port}")
    return seen[0]


def holder_of(inode: int, candidates: Iterable[int]) -> int | None:
    """Which of some processes has a socket open."""
    for pid in candidates:
        with suppress(OSError):
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    if descriptor.readlink().name == f"socket:[{inode}]":
                        return pid
    return None


def _sockets_read_out(server_port: int, client_port: int) -> list[int]:
    """Inodes of the server's end of a connection, once accepted and with nothing left to read."""
    found = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        local, remote = (int(fields[n].split(":")[1], 16) for n in (1, 2))
        unread, inode = int(fields[4].split(":")[1], 16), int(fields[9])
        if (local, remote, unread) == (server_port, client_port, 0) and inode:
            found.append(inode)
    return found


def wait_until_ended(process: "subprocess.Popen[bytes]", seconds: float) -> int | None:
    """The exit status, or None if the process still runs after that time."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(seconds)
    return None
