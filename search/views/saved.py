"""Saved searches: their list, their making, their end. What they find is shown by the library."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from search.forms import SavedQueryForm, SavedSearchForm
from search.models import SavedSearch, query_of
from search.opened import PARAMETER
from search.seen_searches import look, searches_seen

IN_MENU = 8
"""Saved searches of one's own, and as many of others, that the menu of the library offers."""
LOOKED_AT_FOR_MENU = 24
"""Those of others that are searched for ones with something for the viewer."""


@require_safe
def saved_searches(request: HttpRequest) -> HttpResponse:
    """One's own saved searches, then those that others share and in which one sees something."""
    mine = SavedSearch.objects.filter(owner=request.user.pk)
    shared = SavedSearch.objects.shared_with(request.user)
    others = searches_seen(shared, request.user, place=request.GET.get("from", ""))
    return render(request, "search/saved_searches.html", {"mine": mine, "others": others})


@require_safe
@vary_on_headers("HX-Request")
def saved_menu(request: HttpRequest) -> HttpResponse:
    """The first of both, for the menu of the library, which asks for them once it is opened."""
    if not request.htmx:  # type: ignore[attr-defined] # set by HtmxMiddleware
        return redirect("search:saved_searches")
    others = searches_seen(
        SavedSearch.objects.shared_with(request.user),
        request.user,
        most=IN_MENU,
        most_looked_at=LOOKED_AT_FOR_MENU,
    )
    mine = SavedSearch.objects.filter(owner=request.user.pk)
    context = {"mine": mine[:IN_MENU], "others": others}
    return render(request, "search/_saved_menu_items.html", context)


@require_safe
def saved_search(request: HttpRequest, pk: int) -> HttpResponse:
    """A saved search is a view of the library, in which everybody sees what they may."""
    found = _get(request, pk)
    opened = found.query.to_querystring([(PARAMETER, str(found.pk))])
    return HttpResponseRedirect(reverse("search:library") + opened)


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
    if form.taken and not form.non_field_errors():
        return _to_replace(form.taken, instance)
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


@require_http_methods(["GET", "HEAD", "POST"])
def replace_query(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what a saved search looks for beside what it would look for, and replaces it."""
    found = _get_own(request, pk)
    form = SavedQueryForm(request.POST if request.method == "POST" else request.GET)
    is_valid = form.is_valid()
    if request.method == "POST" and is_valid:
        found.querystring = form.cleaned_data["querystring"]
        found.save()
        messages.success(request, f"“{found.name}” looks for this from now on.")
        return redirect(found)
    context = {
        "saved_search": found,
        "form": form,
        "next_query": query_of(form.cleaned_data.get("querystring", "")),
    }
    status = 200 if is_valid else 422
    return render(request, "search/saved_search_replace.html", context, status=status)


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


def _to_replace(taken: SavedSearch, unsaved: SavedSearch) -> HttpResponse:
    """Leads to what has the name already if it is the same, or else to where it is replaced."""
    query, sharing = taken.query, taken.sharing
    if (query, sharing) == (unsaved.query, unsaved.sharing):
        return redirect(taken)
    page = reverse("search:replace_query", args=[taken.pk])
    sent = urlencode({"querystring": unsaved.query.to_querystring().lstrip("?")})
    return HttpResponseRedirect(f"{page}?{sent}")


def _get(request: HttpRequest, pk: int) -> SavedSearch:
    """Another's is there as soon as there is something in it for whoever asks."""
    found = get_object_or_404(SavedSearch.objects.visible_to(request.user), pk=pk)
    if not look(found, request.user):
        raise Http404
    return found


def _get_own(request: HttpRequest, pk: int) -> SavedSearch:
    found = _get(request, pk)
    if not found.is_editable_by(request.user):
        raise PermissionDenied
    return found
