from django.contrib import admin

from dam.admin._visibility import VisibleAdmin
from dam.models import Audience


@admin.register(Audience)
class AudienceAdmin(VisibleAdmin[Audience]):
    list_display = ["asset", "group"]
    list_filter = [("group", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["asset", "group"]
    search_fields = ["asset__file_name", "group__name"]
    autocomplete_fields = ["asset"]
