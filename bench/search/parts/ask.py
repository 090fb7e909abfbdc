"""Asks the index questions of all classes without a pause for so many seconds."""

import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from itertools import cycle

from django.contrib.auth.models import User

from bench.search.classes import Asker
from bench.search.library import VIEWERS
from search.index import index
from search.kinds import Kind
from search.query import SearchQuery

PAGE_SIZE = 48
Question = tuple[str, Callable[[User], None]]


def measure(*, seconds: float, each: int, seed: int, number: int) -> dict[str, list[float]]:
    """The seconds that each question took, by class; processes of other numbers ask others."""
    rng = random.Random(f"{seed} {number}")
    asker = Asker(rng, seed)
    viewers = cycle(User.objects.get(username=name) for name in VIEWERS)
    index.warm_up()
    index.look_up(SearchQuery(), next(viewers), page_size=PAGE_SIZE)
    made = asker.make(each)
    questions: list[Question] = [(name, partial(_look_up, query)) for name, query in made]
    words = [query.text for name, query in made if name == "beginning"]
    questions += [("suggestions", partial(_suggest, word)) for word in words]
    questions += [("more_of_a_facet", partial(_open_facet, word)) for word in words]
    rng.shuffle(questions)
    print('"ready"', flush=True)
    sys.stdin.readline()
    return _ask(questions, viewers, seconds)


def _ask(
    questions: list[Question], viewers: "cycle[User]", seconds: float
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    ends = time.monotonic() + seconds
    for name, ask in cycle(questions):
        started = time.perf_counter()
        ask(next(viewers))
        times[name].append(time.perf_counter() - started)
        if time.monotonic() > ends:
            break
    return times


def _look_up(query: SearchQuery, viewer: User) -> None:
    index.look_up(query, viewer, page_size=PAGE_SIZE)


def _suggest(text: str, viewer: User) -> None:
    index.suggest(text, viewer, limit=8)


def _open_facet(text: str, viewer: User) -> None:
    index.count(SearchQuery(), viewer, Kind.TAG, beginning=text)
