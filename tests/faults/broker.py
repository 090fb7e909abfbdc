"""A broker that a scenario can stop, freeze and start again at the same address."""

import subprocess
from pathlib import Path

from config.broker import PrivateBroker
from tests.faults.processes import end_group
from tests.programs import wait_until


class Broker:
    """A Valkey with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._broker = PrivateBroker(folder)
        self._broker.prepare()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._broker.url

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._broker.command, stdin=subprocess.DEVNULL, start_new_session=True
        )
        wait_until(self._broker.server_pid, what="the broker answers")

    def stop(self) -> None:
        if self._process:
            end_group(self._process)
