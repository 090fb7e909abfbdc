"""Recognition as a whole, for staff: how it fares, what failed, and what can be done about it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from recognition.budgets import has_room
from recognition.failures import Failure, failure_key, find_failure
from recognition.forms import PauseForm
from recognition.models import Pause, RecognitionRun
from recognition.overview import configured_aliases, failed_runs, overview_for
from recognition.pausing import pause, resume
from recognition.pipeline import retry_run
from recognition.queue import publish_after_commit
from recognition.retrying import Retrying, retry_all

PAGE_SIZE = 50
CHANGE = "recognition.change_recognitionrun"
View = Callable[..., HttpResponse]


def for_staff(view: View) -> View:
    """Refuses those who are no staff, and changes by staff who may not change runs."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not user.is_staff or (request.method == "POST" and not user.has_perm(CHANGE)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@for_staff
@require_safe
@vary_on_headers("HX-Request")
def overview(request: HttpRequest) -> HttpResponse:
    """How recognition fares: the whole page, or the part of it that an open page refreshes."""
    context = {
        "overview": overview_for(request.user, request.GET.get("page")),
        "can_change": request.user.has_perm(CHANGE),
    }
    name = "_overview" if request.htmx else "overview"  # type: ignore[attr-defined] # set by HtmxMiddleware
    return render(request, f"recognition/{name}.html", context)


@for_staff
@require_safe
def failure(request: HttpRequest, key: str) -> HttpResponse:
    """All runs that failed alike; once none is left, back to the overview."""
    found = find_failure(configured_aliases(), key)
    if found is None:
        return redirect("recognition:overview")
    page = Paginator(found.runs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "failure": found,
        "page": page,
        "runs": failed_runs(page, request.user),
        "can_change": request.user.has_perm(CHANGE),
    }
    return render(request, "recognition/failure.html", context)


@for_staff
@require_POST
def retry_failure(request: HttpRequest, key: str) -> HttpResponse:
    """Queues all runs again that failed alike."""
    found = find_failure(configured_aliases(), key)
    if found is None:
        messages.info(request, "Nothing of that is left to retry.")
    else:
        retried = retry_all(found)
        note = _pause_note(found.recogniser, retried.count)
        messages.success(request, _told(found, retried) + note)
    return redirect("recognition:overview")


@for_staff
@require_POST
def retry_one(request: HttpRequest, run_pk: int) -> HttpResponse:
    """Queues one failed run again, and goes back to the failure that it is shown in."""
    run = get_object_or_404(RecognitionRun.objects.defer("raw"), pk=run_pk)
    key = failure_key(run.recogniser, run.state, run.error)
    if run.is_retriable:
        publish_after_commit([retry_run(run)])
        note = _pause_note(run.recogniser)
        messages.success(request, f"Run {run.pk} of {run.recogniser} is queued again.{note}")
    else:
        messages.info(request, f"Run {run.pk} of {run.recogniser} is {run.state}: not retried.")
    if "stay" in request.POST:
        return redirect("recognition:failure", key)
    return redirect("recognition:overview")


@for_staff
@require_POST
def pause_recogniser(request: HttpRequest) -> HttpResponse:
    """Has a recogniser start no more runs until it is resumed."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        reasons = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, f"Not paused: {' '.join(reasons)}")
        return redirect("recognition:overview")
    alias = form.cleaned_data["recogniser"]
    if pause(alias, reason=form.cleaned_data["reason"], user=request.user):
        messages.success(
            request, f"{alias} is paused. What it is working on is finished; all else waits."
        )
    else:
        messages.info(request, f"{alias} had been paused already.")
    return redirect("recognition:overview")


@for_staff
@require_POST
def resume_recogniser(request: HttpRequest) -> HttpResponse:
    """Lets a paused recogniser go on."""
    alias = request.POST.get("recogniser", "")
    if not resume(alias, user=request.user):
        messages.info(request, f"“{alias}” is not paused.")
    elif has_room(alias):
        messages.success(request, f"{alias} goes on.")
    else:
        messages.warning(
            request,
            f"{alias} goes on, but its budget has no room for another call: at the next one it "
            "stands still again.",
        )
    return redirect("recognition:overview")


def _told(failure: Failure, retried: Retrying) -> str:
    are = f"run{pluralize(retried.count, ' is,s are')}"
    told = f"{retried.count:,} {are} queued again for {failure.recogniser}."
    if retried.is_all:
        return told
    if retried.goes_on:
        return f"{told} A worker goes on with the others."
    return f"{told} The others are still below: no worker could be told to go on with them."


def _pause_note(alias: str, number: int = 1) -> str:
    is_paused = Pause.objects.filter(recogniser=alias).exists()
    wait = pluralize(number, "It waits,They wait")
    return f" {wait} until {alias} is resumed." if is_paused else ""
