"""Collections with the items that a person may see in them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from dam.admin._visibility import VisibleAdmin, VisibleInline
from dam.models import Collection, CollectionItem
from dam.permissions import Viewer, account_of


class CollectionItemInline(VisibleInline[CollectionItem, Collection]):
    model = CollectionItem
    autocomplete_fields = ["asset"]


@admin.register(Collection)
class CollectionAdmin(VisibleAdmin[Collection]):
    list_display = ["name", "creator", "created_at"]
    list_filter = ["created_at", ("creator", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["creator"]
    search_fields = ["name", "description"]
    inlines = [CollectionItemInline]

    def visible_rows(self, rows: QuerySet[Collection], viewer: Viewer) -> QuerySet[Collection]:
        return rows.filter(pk__in=Collection.objects.visible_to(viewer).order_by().values("pk"))

    def get_readonly_fields(self, request: HttpRequest, obj: Collection | None = None) -> Any:
        # Who made a collection sees it, so only superusers say who that was.
        return [] if request.user.is_superuser else ["creator"]

    def save_model(self, request: HttpRequest, obj: Collection, form: Any, change: bool) -> None:
        if not change and obj.creator is None:
            obj.creator = account_of(request.user)
        super().save_model(request, obj, form, change)


@admin.register(CollectionItem)
class CollectionItemAdmin(VisibleAdmin[CollectionItem]):
    list_display = ["collection", "position", "asset"]
    list_filter = [("collection", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["collection", "asset"]
    search_fields = ["collection__name", "asset__file_name"]
    autocomplete_fields = ["collection", "asset"]
