"""Search and facets in a large library: are the counts right, and how fast is it?

    python -m bench.search [--assets 1000000] [--database sqlite|postgresql] [--row ROW]...
        [--keep FOLDER [--rebuild]] [--check] [--seed 1] [--json]

Makes a library of so many made-up assets in a database of its own, has it indexed, and asks.
With --keep library and index stay in a folder, and are taken from there the next time. --check
looks at what must be right whatever the machine: counts, that edits are seen, mistyped words.
Prints one JSON object. The exit status is 1 if any count was wrong or an edit not seen.
"""

import argparse
import json
import os
import platform
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.search import rows, web
from bench.search.place import Place, place

PACKAGES = ("django", "django-taggit", "gunicorn", "numpy", "psycopg", "pyroaring")
SMALL = 10_000
"""Assets of the library that a page's time is compared with."""
ROWS = ("counts", "page", "classes", "speed_up", "growth", "memory", "edits", "typos")
CHECKED = ("counts", "edits", "typos")


def main() -> int:
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    figures = measure(options)
    print(json.dumps(figures, indent=None if options.json else 2))
    wrong = figures.get("counts", {}).get("wrong", 0) + figures.get("edits", {}).get("unseen", 0)
    return int(bool(wrong))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    wanted = options.row or (CHECKED if options.check else ROWS)
    figures: dict[str, Any] = {}
    with place(
        options.database, assets=options.assets, seed=options.seed, keep=options.keep
    ) as library:
        figures["library"] = library.made(assets=options.assets, seed=options.seed)
        figures["index"] = library.run("index", anew=options.rebuild)
        library.read()
        for name, row in _rows(options, library).items():
            if name in wanted or (name == "page" and "growth" in wanted):
                started = time.monotonic()
                figures[name] = row() | {"seconds": round(time.monotonic() - started, 1)}
        figures["database_version"] = library.run("version")
    if "growth" in wanted:
        figures["growth"] = rows.growth(_small_pages(options), figures["page"])
    return figures | {"machine": _machine(), "versions": {p: version(p) for p in PACKAGES}}


def _rows(options: argparse.Namespace, library: Place) -> dict[str, Callable[[], dict[str, Any]]]:
    """What measures each row, in the order in which they are measured."""
    seed = options.seed
    return {
        "speed_up": lambda: rows.speed_up(library, tags=10, seed=seed),
        "page": lambda: rows.pages(library, each=options.each, seed=seed),
        "memory": lambda: web.measure(library, each=options.each, seed=seed),
        "classes": lambda: rows.classes(
            library, seconds=options.seconds, each=options.each, seed=seed
        ),
        "edits": lambda: rows.edits(library, edits=options.edits, seed=seed),
        "typos": lambda: rows.typos(library, words=300, seed=seed),
        "counts": lambda: rows.counts(library, filters=options.filters, seed=seed),
    }


def _small_pages(options: argparse.Namespace) -> dict[str, Any]:
    with place(options.database, assets=SMALL, seed=options.seed, keep=options.keep) as small:
        small.made(assets=SMALL, seed=options.seed)
        small.run("index", anew=options.rebuild)
        return rows.pages(small, each=options.each, seed=options.seed)


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "memory_megabytes": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--assets", type=int, default=1_000_000, help="(default: a million)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--row", action="append", choices=ROWS, help="all by default")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the library stays")
    parser.add_argument("--rebuild", action="store_true", help="index a kept library anew")
    parser.add_argument("--check", action="store_true", help="look at what must be right, alone")
    parser.add_argument("--filters", type=int, default=500, help="to compare (default: 500)")
    parser.add_argument("--edits", type=int, default=200, help="to look for (default: 200)")
    parser.add_argument("--each", type=int, default=25, help="queries a class (default: 25)")
    parser.add_argument("--seconds", type=float, default=40, help="of asking (default: 40)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="on one line, for a program to read")
    return parser


if __name__ == "__main__":
    sys.exit(main())
