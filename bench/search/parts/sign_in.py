"""Gives a session of somebody signed in, and addresses of pages to look at."""

import random
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bench.search.classes import Asker
from bench.search.library import VIEWERS


def measure(*, each: int, seed: int) -> dict[str, Any]:
    sessions = []
    for name in VIEWERS:
        client = Client()
        client.force_login(
            User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"
        )
        sessions.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    library = reverse("search:library")
    made = Asker(random.Random(seed), seed).make(each)
    return {
        "cookies": [f"{settings.SESSION_COOKIE_NAME}={session}" for session in sessions],
        "paths": [library + query.to_querystring() for _, query in made],
    }
