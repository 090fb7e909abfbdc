"""The command: which scenarios, how large, on which database, and how the table is printed."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

from tests import postgresql
from tests.faults.report import Outcome, explanations, table
from tests.faults.scenarios import SCENARIOS
from tests.faults.suite import KEPT, Suite, workplace


def main() -> int:
    options = _parser().parse_args()
    if options.list:
        for scenario in SCENARIOS:
            print(f"{scenario.name:26}{scenario.title}")
        return 0
    if options.database == "postgresql" and not _is_on_postgresql():
        return _run_on_postgresql()
    began = time.monotonic()
    outcomes = play(options)
    if options.json:
        rows = [outcome.as_dict() for outcome in outcomes]
        print(json.dumps({"seed": options.seed, "size": options.size, "scenarios": rows}))
    else:
        print("", table(outcomes), "", *explanations(outcomes), sep="\n")
        print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")
    has_failed = any(outcome.is_failure for outcome in outcomes)
    if has_failed:
        _tell(f"What is left of the scenarios that failed is in {KEPT}.")
    return int(has_failed)


def play(options: argparse.Namespace) -> list[Outcome]:
    """Plays the chosen scenarios, telling of each on stderr; gives outcomes in their order."""
    chosen = [s for s in SCENARIOS if s.name in options.scenarios or not options.scenarios]
    # What takes a figure needs the machine for itself.
    rows = [scenario for scenario in chosen if not scenario.is_figure]
    figures = [scenario for scenario in chosen if scenario.is_figure]
    outcomes: list[Outcome] = []
    shutil.rmtree(KEPT, ignore_errors=True)
    with workplace() as root:
        suite = Suite(
            root=root,
            seed=options.seed,
            is_full=options.size == "full",
            is_on_postgresql=_is_on_postgresql(),
        )
        for some, jobs in ((rows, options.jobs), (figures, 1)):
            for outcome in suite.play_all(some, jobs=jobs):
                outcomes.append(outcome)
                _tell(
                    f"{len(outcomes):2}/{len(chosen)} {outcome.word:8}{outcome.took:6.1f} s"
                    f"  {outcome.scenario.title}"
                )
    order = [scenario.name for scenario in chosen]
    return sorted(outcomes, key=lambda outcome: order.index(outcome.scenario.name))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    names = [scenario.name for scenario in SCENARIOS]
    # argparse checks an empty list against the choices too.
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", choices=[*names, []])
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default: 2)")
    parser.add_argument("--json", action="store_true", help="one object in place of the table")
    parser.add_argument("--list", action="store_true", help="names the scenarios and ends")
    return parser


def _is_on_postgresql() -> bool:
    return postgresql.is_postgresql(os.environ.get("DATABASE_URL", ""))


def _run_on_postgresql() -> int:
    """Runs the same command with a server of its own to run it on."""
    with postgresql.running() as url:
        command = [sys.executable, "-m", "tests.faults", *sys.argv[1:]]
        env = os.environ | {"DATABASE_URL": url}
        return subprocess.run(command, env=env, check=False).returncode


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
