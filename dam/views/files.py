"""Image files: renditions as pictures, originals as downloads only."""

import logging

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dam.delivery import read_rendition
from dam.models import Asset
from dam.renditions.decode import UnreadableImage
from dam.renditions.spec import RenditionSpec, SpecError
from dam.storages import StorageError, reading
from dam.views._lookup import get_asset_file

logger = logging.getLogger(__name__)

_LOCKED_DOWN = "default-src 'none'; sandbox"


@require_safe
@cache_control(private=True, max_age=3600)
def rendition(request: HttpRequest, pk: int, spec: str) -> HttpResponseBase:
    """A picture derived from an asset, for those who may see the asset."""
    asset = get_asset_file(request, pk)
    try:
        wanted = RenditionSpec.parse(spec)
    except SpecError as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    try:
        picture = read_rendition(asset, wanted)
    except (FileNotFoundError, UnreadableImage) as error:
        msg = f"The file of asset {asset.pk} is missing. manage.py check_library says more."
        raise Http404(msg) from error
    except StorageError as error:
        return _away(asset, error)
    return HttpResponse(picture, content_type=wanted.format.media_type)


@require_safe
def original(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The bytes as they were uploaded, to be saved and never to be shown by the browser."""
    asset = get_asset_file(request, pk)
    try:
        with reading(asset.original.file.name):
            response = _as_download(asset)
    except FileNotFoundError as error:
        msg = f"The file of asset {asset.pk} is missing. manage.py check_library says more."
        raise Http404(msg) from error
    except StorageError as error:
        return _away(asset, error)
    response["X-Content-Type-Options"] = "nosniff"
    # django-csp leaves alone a header that a view has set.
    response["Content-Security-Policy"] = _LOCKED_DOWN
    return response


def _as_download(asset: Asset) -> FileResponse:
    """The original's bytes; a bucket's come to a temporary file first, to learn their number."""
    return FileResponse(
        asset.original.file.open("rb"),
        as_attachment=True,
        filename=asset.file_name,
        content_type=asset.original.media_type,
    )


def _away(asset: Asset, error: StorageError) -> HttpResponse:
    """The answer where the storage is away for the moment."""
    logger.warning("a file of asset %s cannot be read: %s", asset.pk, error)
    text = "The file cannot be read just now. Try again in a moment."
    headers = {"Retry-After": "10", "Cache-Control": "no-store"}
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers=headers)
