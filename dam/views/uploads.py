"""Uploading through the browser: many files at once, each with its own outcome."""

from collections import Counter
from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from dam.forms import UploadOptionsForm
from dam.ingest import NotStoredError, Status, ingest
from dam.models import Asset
from dam.renditions.decode import FORMATS
from dam.uploads import Upload, UploadHandler, max_upload_bytes
from dam.validators import quoted_file_name

_STATUS_CODES = {"too_large": 413, "too_many_pixels": 413, "not_accepted": 415}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one uploaded file, ready to be shown."""

    file_name: str
    status: str
    """One of created, duplicate, in_trash, rejected, failed."""
    message: str
    code: int
    """The HTTP status that says the same."""
    asset: Asset | None = None

    def as_dict(self) -> dict[str, object]:
        return {
            "file_name": self.file_name,
            "status": self.status,
            "message": self.message,
            "id": self.asset.pk if self.asset else None,
            "url": self.asset.get_absolute_url() if self.asset else None,
            "restore_url": (
                reverse("dam:restore", args=[self.asset.pk])
                if self.asset and self.asset.is_in_trash
                else None
            ),
        }


@csrf_exempt
@permission_required("dam.add_asset", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Sets the handler that reads the form; it must be in place before anything asks for POST."""
    handler = UploadHandler(request)
    request.upload_handlers = [handler]
    return _upload(request, handler)


@csrf_protect
def _upload(request: HttpRequest, handler: UploadHandler) -> HttpResponse:
    """The upload page, or the outcome of each file: as JSON where that is asked for.

    The status of the answer is the worst of its files': 4xx where one was refused.
    """
    wants_json = request.accepts("application/json") and not request.accepts("text/html")
    data = request.POST if request.method == "POST" else None
    options = UploadOptionsForm(data, user=request.user)
    results: list[Result] = []
    if request.method == "POST":
        if not options.is_valid():
            if wants_json:
                return JsonResponse({"errors": options.errors.get_json_data()}, status=422)
            return _page(request, options, results, status=422)
        results = [_take_in(upload, request, options) for upload in handler.uploads]
        if not results:
            message = "No file came with the form: choose at least one image."
            results = [Result(file_name="", status="rejected", message=message, code=422)]
    status = max((result.code for result in results), default=200)
    if wants_json:
        return JsonResponse({"results": [r.as_dict() for r in results]}, status=status)
    return _page(request, options, results, status=200 if status < 400 else status)


def _page(
    request: HttpRequest, options: UploadOptionsForm, results: list[Result], *, status: int
) -> HttpResponse:
    context = {
        "options": options,
        "results": results,
        "counts": Counter(result.status for result in results),
        # Not every system knows the media type of every extension.
        "accept": ",".join(sorted({name for names in FORMATS.values() for name in names})),
        "max_megabytes": max_upload_bytes() // 1_000_000,
        "max_bytes": max_upload_bytes(),
    }
    return render(request, "dam/upload.html", context, status=status)


def _take_in(upload: Upload, request: HttpRequest, options: UploadOptionsForm) -> Result:
    shown = quoted_file_name(upload.name)[1:-1]
    try:
        result = ingest(
            upload.content,
            file_name=upload.name,
            uploader=request.user,
            collection=options.cleaned_data["collection"],
            tags=options.cleaned_data["tags"],
        )
    except ValidationError as error:
        return Result(
            file_name=shown,
            status="rejected",
            message=" ".join(error.messages),
            code=_STATUS_CODES.get(getattr(error, "code", ""), 422),
        )
    except NotStoredError as error:
        return Result(file_name=shown, status="failed", message=str(error), code=503)
    message, code = {
        Status.CREATED: ("Added.", 201),
        Status.DUPLICATE: ("The library has this image already.", 200),
        Status.IN_TRASH: ("This image is in the trash. Restore it to use it again.", 200),
    }[result.status]
    return Result(
        file_name=shown, status=result.status, message=message, code=code, asset=result.asset
    )
