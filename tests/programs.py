"""Runs Bromo's own programs as processes of their own, each on a data folder of the test's."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE = 120
"""Seconds until something that should happen at once counts as never happening."""


def environment(data: Path, **more: str) -> dict[str, str]:
    """An environment for a program that works in `data` and takes nothing from the caller's."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BROMO_", "BROKER_", "DATABASE_", "AWS_"))
    }
    return (
        mine
        | {
            "BROMO_DATA_DIR": str(data),
            "BROMO_RECOGNISERS": "dummy",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        | more
    )


def run(env: Mapping[str, str], *arguments: str, status: int = 0) -> str:
    """Runs `python ARGUMENTS` to its end and gives its stdout; fails on any other exit status."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def start(env: Mapping[str, str], *arguments: str, log: Path) -> "subprocess.Popen[bytes]":
    """Starts `python ARGUMENTS` in a process group of its own, writing to a log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=REPOSITORY, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip


def wait_until(happened: Callable[[], object], *, what: str, log: Path | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            told = log.read_text(errors="replace")[-3000:] if log else ""
            raise AssertionError(f"Waited {PATIENCE} seconds in vain until {what}.\n{told}")
        time.sleep(0.1)
