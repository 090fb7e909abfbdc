"""Builds the index of the whole library."""

import io
import time
from typing import Any

from django.core.management import call_command

from search.models import IndexState


def measure(*, anew: bool) -> dict[str, Any]:
    """Builds it, unless there is one and it need not be anew."""
    if IndexState.present().generation and not anew:
        return {"is_kept": True}
    started = time.monotonic()
    call_command("rebuild_search_index", stdout=io.StringIO(), stderr=io.StringIO())
    return {"seconds": round(time.monotonic() - started, 1)}
