"""Who looks, and what they may do."""

from typing import Final

from django.contrib.auth.models import AnonymousUser, User


class System:
    """The application itself, at work without a person: commands and workers."""

    def __repr__(self) -> str:
        return "SYSTEM"


SYSTEM: Final = System()
"""Sees everything. Nobody becomes it by being forgotten, as somebody would by None."""

Viewer = User | AnonymousUser | System
"""Somebody who looks."""


def account_of(viewer: Viewer) -> User | None:
    """The account that what a viewer does is recorded under."""
    return viewer if isinstance(viewer, User) else None
