"""Forks a process with limits for each file that it is told of: python -m dam.sandbox._server

Started once and kept, so that a file does not have to wait until Python has loaded its libraries.
It reads one JSON object a line, and says on a line of its own how the process for it ended. It
never touches a file itself. The end of its input ends it.
"""

import json
import os
import resource
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import Image

from dam.renditions.decode import load_heif
from dam.sandbox._job import ANSWER, NOTE, examine

NICENESS = 10
"""Those who wait for a page go before those who wait for an upload."""
_LONGEST_NOTE = 4000


def main() -> None:
    # Every format is loaded now, and not again for every file.
    Image.init()
    load_heif()
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _work(job)
        _, status, usage = os.wait4(pid, 0)
        ended = {
            "exit_code": os.waitstatus_to_exitcode(status),
            "seconds": usage.ru_utime + usage.ru_stime,
        }
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


def _work(job: dict[str, Any]) -> None:
    """Does a job and ends the process, whatever happens."""
    status, folder = 1, Path(job["folder"])
    try:
        # Not even by mistake can it answer in its parent's place.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        _limit(job["limits"])
        answer = examine(Path(job["path"]), folder, max_pixels=job["max_pixels"])
        (folder / ANSWER).write_text(json.dumps(answer), encoding="utf-8")
        status = 0
    except OSError as error:
        status = os.EX_IOERR
        _tell(folder, error)
    except BaseException as error:  # noqa: BLE001 - nothing may get out of here
        _tell(folder, error)
    finally:
        os._exit(status)


def _tell(folder: Path, error: BaseException) -> None:
    """Leaves a note for the log, if the disk takes it."""
    with suppress(OSError):
        (folder / NOTE).write_text("".join(traceback.format_exception(error))[-_LONGEST_NOTE:])


def _limit(limits: dict[str, int]) -> None:
    os.nice(NICENESS)
    # Where the machine runs out of memory, this one goes, and not the database.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    seconds = limits["cpu_seconds"]
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"], limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"], limits["open_files"]),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))


if __name__ == "__main__":
    main()
