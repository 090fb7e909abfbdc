"""Finding what a URL names, for the person who asks."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from dam.models import Asset, AssetQuerySet, Collection


def get_asset(request: HttpRequest, pk: int) -> Asset:
    """The asset; Http404 where it is not there or not for this person."""
    return _get(request, Asset.objects.for_lists(), pk)


def get_asset_file(request: HttpRequest, pk: int) -> Asset:
    """As `get_asset`, with no more than it takes to serve the asset's files."""
    assets = Asset.objects.select_related("original")
    return _get(request, assets.defer("description", "original__metadata"), pk)


def get_editable_asset(request: HttpRequest, pk: int) -> Asset:
    """As `get_asset`; PermissionDenied for those who may only look."""
    asset = get_asset(request, pk)
    if not asset.is_editable_by(request.user):
        raise PermissionDenied
    return asset


def _get(request: HttpRequest, assets: AssetQuerySet, pk: int) -> Asset:
    """What a person may open: from the trash only for those who can restore from it."""
    asset = get_object_or_404(assets.visible_to(request.user), pk=pk)
    if asset.is_in_trash and not asset.is_editable_by(request.user):
        raise Http404
    return asset


def get_collection(request: HttpRequest, pk: int) -> Collection:
    return get_object_or_404(Collection.objects.visible_to(request.user), pk=pk)
