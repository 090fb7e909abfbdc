"""Collections: their list, their making, their end. Their assets are shown by the library."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dam.forms import CollectionForm
from dam.models import Collection
from dam.permissions import account_of
from dam.views._lookup import get_collection

PAGE_SIZE = 60


def _list(request: HttpRequest, form: CollectionForm, *, status: int = 200) -> HttpResponse:
    found = Collection.objects.visible_to(request.user).counted_for(request.user)
    pages = Paginator(found.with_covers(request.user), PAGE_SIZE)
    context = {"page": pages.get_page(request.GET.get("page")), "form": form}
    return render(request, "dam/collections.html", context, status=status)


@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    """The collections that a person may see."""
    return _list(request, CollectionForm(user=request.user))


@require_safe
def collection(request: HttpRequest, pk: int) -> HttpResponse:
    """A collection is a view of the library: its facets and sorting hold there too."""
    found = get_collection(request, pk)
    return HttpResponseRedirect(f"{reverse('search:library')}?collection={found.pk}")


@permission_required("dam.add_collection", raise_exception=True)
@require_POST
def create_collection(request: HttpRequest) -> HttpResponse:
    form = CollectionForm(request.POST, user=request.user)
    if not form.is_valid():
        return _list(request, form, status=422)
    form.instance.creator = account_of(request.user)
    made = form.save()
    messages.success(
        request,
        f"“{made.name}” is ready. Assets get into it when you upload them, or on their own pages.",
    )
    return redirect("dam:collections")


@require_http_methods(["GET", "HEAD", "POST"])
def edit_collection(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_collection(request, pk)
    if not request.user.has_perm("dam.change_collection"):
        raise PermissionDenied
    form = CollectionForm(request.POST or None, instance=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("dam:collections")
    status = 422 if form.errors else 200
    context = {"collection": found, "form": form}
    return render(request, "dam/collection_edit.html", context, status=status)


@permission_required("dam.delete_collection", raise_exception=True)
@require_POST
def delete_collection(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a collection; its assets stay in the library."""
    found = get_collection(request, pk)
    found.delete()
    messages.success(request, f"“{found.name}” is gone. Its assets are still in the library.")
    return redirect("dam:collections")
