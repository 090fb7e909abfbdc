"""Traps inside running programs: whoever steps into one is killed, and it is gone.

A trap is a file in the data folder. A scenario sets it; the first process that gets to the point
that it stands for removes it and dies there, so that the next one passes.
"""

import os
import signal
from pathlib import Path

BEFORE_COMMIT = "kill-before-commit"
"""The files of an upload are stored and its rows are written, but not committed."""


def set_trap(data: Path, name: str) -> Path:
    """Sets a trap in a data folder; the file is gone once somebody stepped into it."""
    trap = data / name
    trap.touch()
    return trap


def step(data: Path, name: str) -> None:
    """Kills this process if the trap is set."""
    try:
        (data / name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
