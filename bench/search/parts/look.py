"""Answers each line with the number of assets that its query finds, until there are no more."""

import sys

from django.contrib.auth.models import User
from django.http import QueryDict

from bench.search.library import ADMIN
from search.index import index
from search.query import SearchQuery


def measure() -> dict[str, int]:
    viewer = User.objects.get(username=ADMIN)
    index.look_up(SearchQuery(), viewer, page_size=1)
    print('"ready"', flush=True)
    answered = 0
    for line in sys.stdin:
        query = SearchQuery.from_parameters(QueryDict(line.strip().strip('"').lstrip("?")))
        print(index.look_up(query, viewer, page_size=1).hits.total, flush=True)
        answered += 1
    return {"answered": answered}
