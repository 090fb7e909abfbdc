"""Saved searches in the administration."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from search.models import SavedSearch


@admin.register(SavedSearch)
class SavedSearchAdmin(admin.ModelAdmin[SavedSearch]):
    """Superusers see all of them, others what they see elsewhere."""

    list_display = ["name", "owner", "sharing", "created_at"]
    list_filter = ["sharing", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["name"]
    autocomplete_fields = ["owner"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedSearch]:
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        return rows.filter(pk__in=SavedSearch.objects.visible_to(request.user).values("pk"))
