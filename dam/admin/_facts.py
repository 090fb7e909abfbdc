from django.contrib import admin

from dam.admin._visibility import ReadOnlyAdmin
from dam.models import AssetFact, AssetText


@admin.register(AssetFact)
class AssetFactAdmin(ReadOnlyAdmin[AssetFact]):
    list_display = ["kind", "value", "confidence", "face", "asset"]
    list_filter = ["kind"]
    list_select_related = ["asset"]
    search_fields = ["value", "asset__file_name"]


@admin.register(AssetText)
class AssetTextAdmin(ReadOnlyAdmin[AssetText]):
    list_display = ["kind", "text", "asset"]
    list_filter = ["kind"]
    list_select_related = ["asset"]
    search_fields = ["text", "asset__file_name"]
