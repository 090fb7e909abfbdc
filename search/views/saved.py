"""Saved searches: their list, their making, their end. What they find is shown by the library."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from search.forms import SavedSearchForm
from search.models import SavedSearch

PAGE_SIZE = 60


@require_safe
def saved_searches(request: HttpRequest) -> HttpResponse:
    """One's own saved searches, then those that others share."""
    visible = SavedSearch.objects.visible_to(request.user).select_related("owner")
    mine = visible.filter(owner=request.user.pk)
    others = Paginator(visible.exclude(owner=request.user.pk), PAGE_SIZE)
    page = others.get_page(request.GET.get("page"))
    return render(request, "search/saved_searches.html", {"mine": mine, "page": page})


@require_safe
def saved_search(request: HttpRequest, pk: int) -> HttpResponse:
    """A saved search is a view of the library, in which everybody sees what they may."""
    found = _get(request, pk)
    return HttpResponseRedirect(f"{reverse('search:library')}?{found.querystring}")


@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest) -> HttpResponse:
    """Saves the query that comes with the form."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    instance = SavedSearch(owner=request.user)
    sent = request.POST if request.method == "POST" else request.GET
    instance.querystring = sent.get("querystring", "").replace("\x00", "")
    form = SavedSearchForm(request.POST or None, instance=instance, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = form.save()
        except IntegrityError:  # sent twice at once
            made = SavedSearch.objects.get(owner=request.user, key=instance.key)
        messages.success(request, f"Saved as “{made.name}”.")
        return redirect(made)
    return _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_saved_search(request: HttpRequest, pk: int) -> HttpResponse:
    found = _get_own(request, pk)
    form = SavedSearchForm(request.POST or None, instance=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("search:saved_searches")
    return _form(request, form)


@require_POST
def delete_saved_search(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a saved search; what it found stays in the library."""
    found = _get_own(request, pk)
    found.delete()
    messages.success(request, f"“{found.name}” is gone. What it found is still in the library.")
    return redirect("search:saved_searches")


def _form(request: HttpRequest, form: SavedSearchForm) -> HttpResponse:
    context = {"form": form, "saved_search": form.instance}
    status = 422 if form.errors else 200
    return render(request, "search/saved_search_edit.html", context, status=status)


def _get(request: HttpRequest, pk: int) -> SavedSearch:
    return get_object_or_404(SavedSearch.objects.visible_to(request.user), pk=pk)


def _get_own(request: HttpRequest, pk: int) -> SavedSearch:
    found = _get(request, pk)
    if not found.is_editable_by(request.user):
        raise PermissionDenied
    return found
