"""What the library tells those who build on it."""

from django.dispatch import Signal

decided = Signal()
"""Somebody said yes or no to a tag. Sent inside the transaction with `asset_pk`."""
