"""How gunicorn serves Bromo: `gunicorn --config python:config.gunicorn`."""

import ctypes
import gc
import logging
import os
from threading import Thread
from typing import Any

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
logconfig_dict = settings.LOGGING
logging.captureWarnings(capture=True)
wsgi_app = "config.wsgi"
worker_class = "gthread"  # a slow upload holds a thread, not a process
workers = 2
threads = 8
timeout = 120
graceful_timeout = 10
control_socket_disable = True  # it would appear in the home folder of whoever serves

_OBJECTS = 10_000
"""New objects, a few pages' worth, after which cycles of garbage are looked for among them."""
# Of glibc, in <malloc.h>.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8


def on_starting(server: Any) -> None:
    """Has memory that a request took for a moment given back to the system.

    To sort a million assets takes arrays of megabytes. The allocator of glibc would keep what it
    once had for them, in up to eight heaps for each core.
    """
    _allocator("mallopt", _M_MMAP_THRESHOLD, 256 * 1024)
    _allocator("mallopt", _M_ARENA_MAX, 1)


def post_worker_init(worker: Any) -> None:
    """Reads the search index while the first requests come in, which would wait for it."""
    Thread(target=warm_up, name="warm-up", daemon=True).start()


def warm_up() -> None:
    """Reads the search index, which stays as long as the process does."""
    from django.db import DatabaseError, connection

    from search.index import index

    try:
        index.warm_up()
    except DatabaseError:
        # Whoever searches will say so too.
        logging.getLogger(__name__).exception("the search index could not be read")
    finally:
        connection.close()
    # What is there by now is no garbage, and need not be looked through for some with every page.
    gc.collect()
    gc.freeze()
    # A page makes some thousand objects that die with it. To look for cycles among them three times
    # a page, and ever again among what templates keep, took 4 % of its time, and a few pages 40 ms.
    gc.set_threshold(_OBJECTS, 10, 10)
    _allocator("malloc_trim", 0)


def _allocator(function: str, *values: int) -> None:
    """Calls a function of the allocator, where it is that of glibc."""
    if known := getattr(ctypes.CDLL(None), function, None):
        known(*values)
