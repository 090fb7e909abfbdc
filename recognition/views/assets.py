"""Asking recognisers again from an asset's page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from dam.models import Asset
from recognition.models import RecognitionRun
from recognition.pipeline import request_runs, retry_run
from recognition.queue import publish_after_commit
from recognition.registry import active_aliases


def _get_editable_asset(request: HttpRequest, pk: int) -> Asset:
    asset = get_object_or_404(Asset.objects.visible_to(request.user), pk=pk)
    if not asset.is_editable_by(request.user):
        raise PermissionDenied
    return asset


@require_POST
def recognise_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks every active recogniser once more about an asset."""
    asset = _get_editable_asset(request, pk)
    publish_after_commit(request_runs(asset, active_aliases(), again=True))
    messages.success(request, "Recognition is queued. Your own decisions on tags stay.")
    return redirect(asset)


@require_POST
def retry(request: HttpRequest, pk: int, run_pk: int) -> HttpResponse:
    """Queues a failed run again."""
    asset = _get_editable_asset(request, pk)
    run = get_object_or_404(RecognitionRun, pk=run_pk, original=asset.original_id)
    if run.is_retriable:
        publish_after_commit([retry_run(run)])
        messages.success(request, f"{run.recogniser} tries again.")
    return redirect(asset)
