from django.contrib import admin

from dam.admin._visibility import ReadOnlyAdmin
from dam.models import Original


@admin.register(Original)
class OriginalAdmin(ReadOnlyAdmin[Original]):
    about = "pk"
    asset_field = "original"
    list_display = ["sha256", "media_type", "width", "height", "bytes", "created_at"]
    list_filter = ["media_type", "created_at"]
    search_fields = ["sha256", "assets__file_name"]
