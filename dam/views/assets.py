"""An asset's own page, its tags, and its way into the trash and out again."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dam import tagging, trash
from dam.forms import AddToCollectionForm, AssetForm, EmptyTrashForm, TagsForm
from dam.models import Asset, AssetQuerySet, Collection
from dam.permissions import account_of
from dam.photo_facts import photo_facts
from dam.views._lookup import get_asset, get_editable_asset

MOST_NAMES = 100
"""Collections that an asset's page offers by name; any other one can be typed."""
_SHOWN_BEFORE_DELETING = 12


def _context(request: HttpRequest, asset: Asset, **extra: Any) -> dict[str, Any]:
    mine = Collection.objects.visible_to(request.user)
    return {
        "asset": asset,
        "original": asset.original,
        "photo_facts": photo_facts(asset.original.facts_read),
        "can_edit": asset.is_editable_by(request.user) and not asset.is_in_trash,
        "collections": mine.filter(assets=asset),
        "collection_names": _collection_names(mine.exclude(assets=asset)),
        "tags_form": TagsForm(),
        "collection_form": AddToCollectionForm(),
        **extra,
    }


def _collection_names(collections: QuerySet[Collection]) -> QuerySet[Collection, str]:
    """The names of the newest collections."""
    return collections.order_by("-created_at", "-pk").values_list("name", flat=True)[:MOST_NAMES]


@require_safe
def asset(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one asset."""
    return render(request, "dam/asset.html", _context(request, get_asset(request, pk)))


@require_safe
def knowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Tags and recognition of an asset, for a page that waits for them."""
    return render(request, "dam/_knowledge.html", _context(request, get_asset(request, pk)))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes what editors say about an asset."""
    asset = get_editable_asset(request, pk)
    form = AssetForm(request.POST or None, instance=asset)
    if request.method == "POST" and form.is_valid():
        # Nothing else of the row: it may have been put in the trash, or restored, meanwhile.
        form.save(commit=False).save(update_fields=[*form.cleaned_data, "updated_at"])
        messages.success(request, "Saved.")
        return redirect(asset)
    status = 422 if form.errors else 200
    return render(request, "dam/asset_edit.html", {"asset": asset, "form": form}, status=status)


@require_POST
def add_tags(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's yes to tags."""
    asset = get_editable_asset(request, pk)
    form = TagsForm(request.POST)
    if not form.is_valid():
        return _answer(request, asset, tags_form=form)
    tagging.decide(asset, form.cleaned_data["names"], is_yes=True, user=request.user)
    return _answer(request, asset)


@require_POST
def remove_tag(request: HttpRequest, pk: int, tag_pk: int) -> HttpResponse:
    """A person's no to a tag: it never comes back by itself."""
    asset = get_editable_asset(request, pk)
    names = asset.tags.filter(pk=tag_pk).values_list("name", flat=True)
    tagging.decide(asset, list(names), is_yes=False, user=request.user)
    return _answer(request, asset)


@require_POST
def answer_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's yes or no to keywords that the file carries."""
    asset = get_editable_asset(request, pk)
    offered = asset.suggestions
    picked = [name for name in request.POST.getlist("name") if name in offered]
    is_yes = request.POST.get("answer") != "no"
    tagging.decide(asset, picked, is_yes=is_yes, user=request.user)
    return _answer(request, asset)


@require_POST
def add_to_collection(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts an asset into a collection, making it where nobody has one of that name yet."""
    asset = get_editable_asset(request, pk)
    form = AddToCollectionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Type the collection's name first.")
        return redirect(asset)
    name = form.cleaned_data["name"]
    found = Collection.objects.visible_to(request.user).named(name).first()
    if found is None and not request.user.has_perm("dam.add_collection"):
        raise PermissionDenied
    collection = found or Collection.objects.create(name=name, creator=account_of(request.user))
    collection.add(asset)
    messages.success(request, f"Added to “{collection.name}”.")
    return redirect(asset)


@require_POST
def remove_from_collection(request: HttpRequest, pk: int, collection_pk: int) -> HttpResponse:
    asset = get_editable_asset(request, pk)
    mine = Collection.objects.visible_to(request.user)
    asset.collection_items.filter(collection__in=mine, collection=collection_pk).delete()
    return redirect(asset)


@require_POST
def put_in_trash(request: HttpRequest, pk: int) -> HttpResponse:
    asset = _get_deletable_asset(request, pk)
    if not trash.put_in_trash(asset):
        raise Http404
    messages.success(request, f"“{asset}” is in the trash. It can be restored there.")
    return redirect("search:library")


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    asset = get_editable_asset(request, pk)
    if not trash.restore(asset):
        raise Http404
    messages.success(request, f"“{asset}” is back in the library.")
    return redirect(asset)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_for_ever(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what is lost with an asset in the trash, and deletes it."""
    asset = _get_deletable_asset(request, pk)
    if request.method == "POST" and trash.delete_for_ever(Asset.objects.filter(pk=asset.pk)):
        messages.success(request, f"“{asset}” is deleted for ever.")
        return redirect("dam:trash")
    if request.method == "POST" or not asset.is_in_trash:
        messages.error(request, f"“{asset}” is not in the trash, so it stays.")
        return redirect(asset)
    lost = Collection.objects.visible_to(request.user).filter(assets=asset)
    return render(request, "dam/delete_for_ever.html", {"asset": asset, "collections": lost})


@permission_required("dam.change_asset", raise_exception=True)
@require_safe
def trash_list(request: HttpRequest) -> HttpResponse:
    """What was put away."""
    assets = _trash_of(request).for_lists().order_by("-trashed_at", "-pk")
    page = Paginator(assets, 48).get_page(request.GET.get("page"))
    return render(request, "dam/trash.html", {"page": page})


@permission_required("dam.delete_asset", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def empty_trash(request: HttpRequest) -> HttpResponse:
    """Says how much is lost with all that is in the trash, and deletes that."""
    seen = EmptyTrashForm(request.POST if request.method == "POST" else None)
    if seen.is_valid():
        until = seen.cleaned_data["until"]
        deleted = trash.delete_for_ever(_trash_of(request).filter(trashed_at__lte=until))
        messages.success(request, f"Deleted for ever: {deleted} asset{pluralize(deleted)}.")
        return redirect("dam:trash")
    until, found = timezone.now(), _trash_of(request)
    context = {
        "until": until.isoformat(),
        "count": found.count(),
        "assets": found.for_lists().order_by("-trashed_at", "-pk")[:_SHOWN_BEFORE_DELETING],
    }
    status = 422 if seen.errors else 200
    return render(request, "dam/empty_trash.html", context, status=status)


def _trash_of(request: HttpRequest) -> AssetQuerySet:
    """What a person may see of the trash."""
    return Asset.objects.visible_to(request.user).in_trash()


def _get_deletable_asset(request: HttpRequest, pk: int) -> Asset:
    asset = get_editable_asset(request, pk)
    if not request.user.has_perm("dam.delete_asset"):
        raise PermissionDenied
    return asset


def _answer(request: HttpRequest, asset: Asset, **extra: Any) -> HttpResponse:
    """The changed panel for a script, the whole page for everybody else."""
    fresh = get_asset(request, asset.pk)
    form = extra.get("tags_form")
    if request.htmx:  # type: ignore[attr-defined] # set by HtmxMiddleware
        return render(request, "dam/_knowledge.html", _context(request, fresh, **extra))
    if form is not None:
        return render(request, "dam/asset.html", _context(request, fresh, **extra), status=422)
    return redirect(fresh)
