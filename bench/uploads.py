"""How long uploads take, normally and with the broker frozen: `python -m bench.uploads --json`.

Starts an installation of its own, as the fault suite does, and prints one JSON object. Normal
uploads and those with the broker frozen take turns, two people at a time, over HTTP. The goal is a
ratio of 2 at most, and that none is refused.
"""

import argparse
import json
import os
import platform
import random
from typing import Any

from tests.faults import frozen_broker
from tests.faults.suite import workplace
from tests.faults.trial import Trial


def measure() -> dict[str, Any]:
    with workplace() as root:
        trial = Trial(
            folder=root / "uploads", rng=random.Random(1), is_full=True, is_on_postgresql=False
        )
        return frozen_broker.measure(trial).as_dict()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="on one line, for a program to read")
    options = parser.parse_args()
    result = {
        "broker_frozen": measure(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
    print(json.dumps(result, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
