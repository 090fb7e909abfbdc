"""Who looks, and what they may do."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

Viewer = AbstractBaseUser | AnonymousUser | None
"""Somebody who looks; None is the system itself, which sees everything."""
