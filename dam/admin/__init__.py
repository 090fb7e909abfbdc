"""The library in Django admin: staff find there what they may see in the library, superusers all.

Tags change by decisions, so their rows are read-only here.
"""

import taggit.models
from django.contrib import admin

from dam.admin import _audiences, _collections, _facts, _originals, _tags
from dam.admin._assets import AssetAdmin
from dam.admin._visibility import ReadOnlyAdmin, ReadOnlyInline, VisibleAdmin

# Its own Tag is not the one that assets carry.
admin.site.unregister(taggit.models.Tag)
admin.site.site_header = "Bromo administration"
admin.site.site_title = "Bromo"
admin.site.index_title = "Administration"

__all__ = [
    "AssetAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "VisibleAdmin",
    "_audiences",
    "_collections",
    "_facts",
    "_originals",
    "_tags",
]
