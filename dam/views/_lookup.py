"""Finding what a URL names, for the person who asks."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from dam.models import Asset, Collection


def get_asset(request: HttpRequest, pk: int) -> Asset:
    """The asset, in the trash or not; Http404 where it is not there or not for this person."""
    assets = Asset.objects.visible_to(request.user).for_lists()
    return get_object_or_404(assets, pk=pk)


def get_asset_file(request: HttpRequest, pk: int) -> Asset:
    """As `get_asset`, with no more than it takes to serve the asset's files."""
    assets = Asset.objects.visible_to(request.user).select_related("original")
    return get_object_or_404(assets.defer("description", "original__metadata"), pk=pk)


def get_editable_asset(request: HttpRequest, pk: int) -> Asset:
    """As `get_asset`; PermissionDenied for those who may only look."""
    asset = get_asset(request, pk)
    if not asset.is_editable_by(request.user):
        raise PermissionDenied
    return asset


def get_collection(request: HttpRequest, pk: int) -> Collection:
    return get_object_or_404(Collection.objects.visible_to(request.user), pk=pk)
