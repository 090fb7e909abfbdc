from typing import Any

from django.db import models

class TagBase(models.Model):
    objects: Any
    name: models.CharField[str, str]
    slug: Any

class ItemBase(models.Model):
    objects: Any

class Tag(TagBase): ...
