"""Assets that were put away, and taken back."""

from django.utils import timezone

from dam.models import Asset


def put_in_trash(asset: Asset) -> None:
    """Hides an asset everywhere but in the trash; its tags and decisions stay."""
    asset.trashed_at = timezone.now()
    asset.save(update_fields=["trashed_at", "updated_at"])


def restore(asset: Asset) -> None:
    asset.trashed_at = None
    asset.save(update_fields=["trashed_at", "updated_at"])
