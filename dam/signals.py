"""What the library tells those who build on it.

Whatever changes by what assets are found says so, in the transaction of the edit: `tell_changed`
where rows are written in bulk, `dam.receivers` for all rows that are saved or deleted on their own.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.dispatch import Signal

decided = Signal()
"""Somebody said yes or no to a tag. Sent inside the transaction with `asset_pk`."""

assets_changed = Signal()
"""What assets are found by has changed, or they are new, or gone: their tags, facts, texts,
collections, audiences, rows. Sent inside the transaction with `assets`, a frozenset of keys."""

much_done = Signal()
"""A command is through with what may have been many edits. Sent outside transactions."""

_gathered: ContextVar[set[int] | None] = ContextVar("gathered_changes", default=None)


def tell_changed(assets: Iterable[int]) -> None:
    """Sends `assets_changed`, or leaves that to `gathering_changes` around the caller."""
    keys = frozenset(assets)
    gathered = _gathered.get()
    if gathered is not None:
        gathered.update(keys)
    elif keys:
        assets_changed.send(sender=None, assets=keys)


@contextmanager
def gathering_changes() -> Iterator[None]:
    """Has all that changes in the block told at once at its end; to be used in a transaction.

    Nothing is told of a block that ends with an error: then nothing is to be committed either.
    """
    if _gathered.get() is not None:
        yield
        return
    gathered: set[int] = set()
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    tell_changed(gathered)
