"""Image files: renditions as pictures, originals as downloads only."""

from django.core.exceptions import SuspiciousOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dam.delivery import open_rendition
from dam.renditions.decode import UnreadableImage
from dam.renditions.spec import RenditionSpec, SpecError
from dam.views._lookup import get_asset_file

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
        file = open_rendition(asset, wanted)
    except (FileNotFoundError, UnreadableImage) as error:
        msg = f"The file of asset {asset.pk} is missing or damaged."
        raise Http404(msg) from error
    return FileResponse(file, content_type=wanted.format.media_type)


@require_safe
def original(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The bytes as they were uploaded, to be saved and never to be shown by the browser."""
    asset = get_asset_file(request, pk)
    try:
        file = asset.original.file.open("rb")
    except (FileNotFoundError, SuspiciousOperation) as error:
        msg = f"The file of asset {asset.pk} is missing."
        raise Http404(msg) from error
    response = FileResponse(
        file,
        as_attachment=True,
        filename=asset.file_name,
        content_type=asset.original.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    # django-csp leaves alone a header that a view has set.
    response["Content-Security-Policy"] = _LOCKED_DOWN
    return response
