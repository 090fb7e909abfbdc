"""An asset's own threshold: the narrowest rule there is, kept until it is changed."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from recognition.models import Rule


def set_asset_thresholds(
    asset_pks: Sequence[int], threshold: float, aliases: Iterable[str] = ()
) -> None:
    """Stores a threshold (0-100, inclusive) as the own rule of each of these assets.

    It holds for the recognisers given, or for all; then it also replaces what was set for single
    ones, which would be narrower.
    """
    scopes = list(aliases) or [""]
    own = Rule.objects.filter(
        asset__in=asset_pks, action=Rule.Action.THRESHOLD, kind="", label="", collection=None
    )
    with transaction.atomic():
        (own if scopes == [""] else own.filter(recogniser__in=scopes)).delete()
        Rule.objects.bulk_create(
            Rule(asset_id=pk, recogniser=alias, threshold=threshold)
            for pk in asset_pks
            for alias in scopes
        )
