"""What staff find in Django admin: the rows about assets that they may see in the library."""

from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest

from dam.models import Asset, Collection
from dam.permissions import Viewer

Row = TypeVar("Row", bound=Model)
Parent = TypeVar("Parent", bound=Model)


class _Visible(BaseModelAdmin[Row]):
    """Limits the rows, and what they may be tied to, to what a person may see."""

    about = "asset"
    """The lookup that leads from a row to what it is about."""
    asset_field = "pk"
    """The field of assets that `about` leads to."""

    def visible_rows(self, rows: QuerySet[Row], viewer: Viewer) -> QuerySet[Row]:
        """Those of the rows that a person who is no superuser may see."""
        assets = Asset.objects.visible_to(viewer).order_by().values(self.asset_field)
        return rows.filter(**{f"{self.about}__in": assets})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else self.visible_rows(rows, request.user)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        # A search box offers visible rows only, but what a form sends is checked against this.
        if db_field.related_model is Asset:
            kwargs["queryset"] = Asset.objects.visible_to(request.user)
        elif db_field.related_model is Collection:
            kwargs["queryset"] = Collection.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class VisibleAdmin(_Visible[Row], admin.ModelAdmin[Row]):
    """The page of a model whose rows are about assets."""

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Without the names of all assets on an original, which may not be for this person."""
        return [
            field
            for field in super().get_search_fields(request)
            if request.user.is_superuser or "assets__" not in field
        ]

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, Any], set[Any], list[Any]]:
        """Counts what goes along without naming it, as not all of it may be for this person."""
        named, counts, refused, protected = super().get_deleted_objects(objs, request)
        if not request.user.is_superuser:
            named = [str(row) for row in objs]
        return named, counts, refused, protected


class VisibleInline(_Visible[Row], admin.TabularInline[Row, Parent]):
    """Rows about assets on the page of another row."""

    extra = 0


class ReadOnlyAdmin(VisibleAdmin[Row]):
    """Rows that the application writes and people only read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline[Row, Parent]):
    """Rows of a row that a person may see, to be read only."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
