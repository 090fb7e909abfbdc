"""The rate alone: bare processes that take turns, and call the service or do nothing with them.

    python -m bench.rekognition.callers RATE SECONDS [--call]

is one of them: it prints the moments of its turns. BROKER_URL says where the bucket of tokens is,
and the variables of boto3 where the service.
"""

import argparse
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from bench.rekognition.loopback import rekognition
from bench.rekognition.rates import rate_of
from config.broker import PrivateBroker
from tests.programs import REPOSITORY, environment


def measure(root: Path, *, rate: float, seconds: float, processes: int) -> dict[str, Any]:
    """The rate that processes hold that do nothing else, without and with calls."""
    with PrivateBroker(root / "broker").running() as url, rekognition(root) as service:
        env = environment(root / "data", BROKER_URL=url, **service.environment)
        start = partial(_run, env, processes, rate, seconds)
        turns, called = _together(start()), _together(start("--call"))
        requests = service.requests()
    calls = sorted(r.moment for r in requests if called[0] <= r.moment <= called[-1])
    shared = {"processes": processes, "rate_set": rate}
    return {
        "turns": shared | rate_of(turns, rate),
        "calls": shared | rate_of(calls, rate),
    }


def _run(
    env: Mapping[str, str], processes: int, rate: float, seconds: float, *more: str
) -> list[list[float]]:
    """Runs so many processes at once; gives the moments of each one's turns."""
    command = [sys.executable, "-m", __spec__.name, str(rate), str(seconds), *more]
    started = [
        subprocess.Popen(command, cwd=REPOSITORY, env=dict(env), stdout=subprocess.PIPE)
        for _ in range(processes)
    ]
    return [json.loads(process.communicate()[0]) for process in started]


def _together(taken: list[list[float]]) -> list[float]:
    """The moments of all, in order, from when the last had begun until the first has ended."""
    first, last = max(moments[0] for moments in taken), min(moments[-1] for moments in taken)
    return sorted(m for moments in taken for m in moments if first <= m <= last)


def take_turns(rate: float, seconds: float, use: Callable[[], object]) -> list[float]:
    """Takes and uses as many turns as it can get; gives the moment of each."""
    from recognition.calls import Rate
    from recognition.rates import take_turn

    moments = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        turn = take_turn(Rate(name="bench", per_second=rate))
        time.sleep(turn.wait)
        if turn.is_taken:
            moments.append(time.monotonic())
            use()
    return moments


def _call() -> Callable[[], object]:
    """What calls the service, as the recogniser does."""
    from recognition.recognisers.rekognition.service import RekognitionService

    file = io.BytesIO()
    Image.new("RGB", (160, 120), "olive").save(file, "JPEG")
    shown = {"Bytes": file.getvalue()}
    return partial(RekognitionService().call, "DetectLabels", Image=shown)


def main() -> None:
    import django

    django.setup()
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}")
    parser.add_argument("rate", type=float)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--call", action="store_true")
    options = parser.parse_args()
    use = _call() if options.call else lambda: None
    print(json.dumps(take_turns(options.rate, options.seconds, use)))


if __name__ == "__main__":
    main()
