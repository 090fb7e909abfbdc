"""The rows that the benchmark tells, each measured on a library that is there and indexed."""

from collections import defaultdict
from contextlib import ExitStack
from typing import Any

from bench.search.figures import by_class
from bench.search.place import Partner, Place

PAGE_GOAL_MS = 50
SPEED_UP_GOALS = {"sqlite": 300, "postgresql": 80}
EDIT_GOAL_MS = 2
RECALL_GOAL = 0.95
GROWTH_GOAL = 10
EDITS_A_SECOND = 5.0
_PROCESSES = 2


def counts(place: Place, *, filters: int, seed: int) -> dict[str, Any]:
    """Wrong counts, while another process edits and the index is folded."""
    with (
        Partner.of(place, "write", seed=seed, a_second=EDITS_A_SECOND) as writer,
        Partner.of(place, "fold") as folder,
    ):
        writer.hear()
        folder.hear()
        told = place.run("counts", filters=filters, seed=seed)
        meanwhile = writer.finish() | folder.finish()
    return {**told, "goal_wrong": 0, "goal_is_met": not told["wrong"], "meanwhile": meanwhile}


def pages(place: Place, *, each: int, seed: int) -> dict[str, Any]:
    """Whole pages in one process."""
    told = place.run("pages", each=each, seed=seed)
    met = told["p95_ms"] < PAGE_GOAL_MS
    return {"goal_p95_ms": PAGE_GOAL_MS, "goal_is_met": met, **told}


def classes(place: Place, *, seconds: float, each: int, seed: int) -> dict[str, Any]:
    """Questions of every class to two processes that rest as little as the one that edits."""
    with ExitStack() as stack:
        askers = [
            stack.enter_context(
                Partner.of(place, "ask", seconds=seconds, each=each, seed=seed, number=number)
            )
            for number in range(_PROCESSES)
        ]
        writer = stack.enter_context(Partner.of(place, "write", seed=seed, a_second=EDITS_A_SECOND))
        for partner in (*askers, writer):
            partner.hear()
        for asker in askers:
            asker.tell("begin")
        answers = [asker.finish() for asker in askers]
        meanwhile = writer.finish()
    times: dict[str, list[float]] = defaultdict(list)
    for answer in answers:
        for name, some in answer.items():
            times[name] += some
    told = by_class(times)
    slowest = next(iter(told))
    return {
        "processes": _PROCESSES,
        "goal_p95_ms": PAGE_GOAL_MS,
        "goal_is_met": told[slowest]["p95_ms"] < PAGE_GOAL_MS,
        "slowest_class": slowest,
        "slowest_p95_ms": told[slowest]["p95_ms"],
        "questions": sum(map(len, times.values())),
        "meanwhile": meanwhile,
        "classes": told,
    }


def speed_up(place: Place, *, tags: int, seed: int) -> dict[str, Any]:
    told = place.run("speedup", tags=tags, seed=seed)
    goal = SPEED_UP_GOALS[place.database]
    return {"goal_ratio": goal, "goal_is_met": told["ratio_p50"] >= goal, **told}


def edits(place: Place, *, edits: int, seed: int) -> dict[str, Any]:
    """Whether the next answer of every process knows of an edit, and what that costs the edit."""
    unseen = []
    with ExitStack() as stack:
        lookers = [stack.enter_context(Partner.of(place, "look")) for _ in range(_PROCESSES)]
        editor = stack.enter_context(Partner.of(place, "edit", seed=seed))
        for partner in (*lookers, editor):
            partner.hear()
        for _ in range(edits):
            editor.tell("edit")
            query, total = editor.hear()
            for looker in lookers:
                looker.tell(query)
            unseen += [query for looker in lookers if looker.hear() != total]
    overhead = place.run("overhead", edits=edits, seed=seed)
    return {
        "edits": edits,
        "processes": _PROCESSES,
        "unseen": len(unseen),
        "unseen_ones": unseen[:10],
        "goal_added_ms": EDIT_GOAL_MS,
        "goal_is_met": not unseen and overhead["added_p50_ms"] <= EDIT_GOAL_MS,
        **overhead,
    }


def typos(place: Place, *, words: int, seed: int) -> dict[str, Any]:
    told = place.run("typos", words=words, seed=seed)
    met = told["recall_at_5"] >= RECALL_GOAL
    return {"goal_recall_at_5": RECALL_GOAL, "goal_is_met": met, **told}


def growth(small: dict[str, Any], large: dict[str, Any]) -> dict[str, Any]:
    """How much longer pages take in the large library, by the class that grows most too."""
    ratio = large["p95_ms"] / small["p95_ms"]
    by_name = {
        name: round(times["p95_ms"] / small["classes"][name]["p95_ms"], 2)
        for name, times in large["classes"].items()
    }
    most = max(by_name, key=lambda name: by_name[name])
    return {
        "ratio_p95": round(ratio, 2),
        "ratio_p50": round(large["p50_ms"] / small["p50_ms"], 2),
        "goal_ratio": GROWTH_GOAL,
        "goal_is_met": ratio <= GROWTH_GOAL,
        "small_p95_ms": small["p95_ms"],
        "grows_most": most,
        "grows_most_ratio_p95": by_name[most],
    }
