"""Who looks, and what they may do."""

from django.contrib.auth.models import AnonymousUser, User

Viewer = User | AnonymousUser | None
"""Somebody who looks; None is the system itself, which sees everything."""


def account_of(viewer: Viewer) -> User | None:
    """The account that what a viewer does is recorded under."""
    return viewer if isinstance(viewer, User) else None
