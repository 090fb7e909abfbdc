"""Whole pages of the library as a web process answers with them, one after another."""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.search.classes import Asker
from bench.search.figures import by_class, times_of
from bench.search.library import VIEWERS
from config.gunicorn import warm_up
from search.query import SearchQuery


class Statements:
    """Counts what the database is asked."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute: Callable[..., Any], *asked: Any) -> Any:
        self.number += 1
        return execute(*asked)


def measure(*, each: int, seed: int) -> dict[str, Any]:
    made = Asker(random.Random(seed), seed).make(each)
    clients = [_client(name) for name in VIEWERS]
    first = _seconds(clients[0], SearchQuery())
    warm_up()  # as a web process does when it starts
    for client, (_, query) in zip(clients * 5, made, strict=False):
        _seconds(client, query)  # templates are read, connections made
    times: dict[str, list[float]] = defaultdict(list)
    for number, (name, query) in enumerate(made):
        times[name].append(_seconds(clients[number % len(clients)], query))
    with connection.execute_wrapper(statements := Statements()):
        _seconds(clients[0], SearchQuery())
    return {
        **times_of([one for some in times.values() for one in some]),
        **_shown(clients[0]),
        "first_page_seconds": round(first, 2),
        "sql_statements": statements.number,
        "classes": by_class(times),
    }


def _client(name: str) -> Client:
    client = Client(headers={"Host": "localhost"})
    client.force_login(
        User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def _seconds(client: Client, query: SearchQuery) -> float:
    url = reverse("search:library") + query.to_querystring()
    started = time.perf_counter()
    response = client.get(url)
    taken = time.perf_counter() - started
    assert response.status_code == 200, (url, response.status_code)
    return taken


def _shown(client: Client) -> dict[str, int]:
    """What there is on the first page."""
    text = client.get(reverse("search:library")).content.decode()
    return {
        "facets": text.count("data-facet="),
        "assets": text.count("data-asset="),
        "bytes": len(text),
    }
