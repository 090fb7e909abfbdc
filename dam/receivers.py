"""Has every row that is saved or deleted on its own tell which assets that changes."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, post_save, pre_delete

from dam.models import Asset, Audience, Collection, CollectionItem, Tag, TaggedAsset
from dam.signals import tell_changed


def connect() -> None:
    for model in (Asset, Audience, CollectionItem):
        post_save.connect(tell_of_row, sender=model, dispatch_uid="dam.tell_of_saved")
        post_delete.connect(tell_of_row, sender=model, dispatch_uid="dam.tell_of_deleted")
    for whole in (Tag, Collection):
        post_save.connect(tell_of_renamed, sender=whole, dispatch_uid="dam.tell_of_renamed")
        pre_delete.connect(tell_of_whole, sender=whole, dispatch_uid="dam.tell_of_whole")
    pre_delete.connect(tell_of_whole, sender=User, dispatch_uid="dam.tell_of_whole")


def tell_of_row(
    instance: Asset | Audience | CollectionItem,
    raw: bool = False,
    origin: Model | QuerySet[Any] | None = None,
    **kwargs: Any,
) -> None:
    """Tells of the one asset that a row is, or is about."""
    if isinstance(instance, Asset):
        tell_changed([instance.pk])
    elif _model(origin) not in (Asset, Collection):  # which tell of all their assets themselves
        tell_changed([instance.asset_id])


def tell_of_renamed(instance: Tag | Collection, created: bool, **kwargs: Any) -> None:
    """Tells of all assets that are found by a name, once it is another one."""
    if not created:
        tell_of_whole(instance)


def tell_of_whole(instance: Tag | Collection | User, **kwargs: Any) -> None:
    """Tells of all assets with a tag, in a collection, or of an uploader."""
    if isinstance(instance, Tag):
        rows = TaggedAsset.objects.filter(tag=instance).values_list("content_object", flat=True)
    elif isinstance(instance, Collection):
        rows = CollectionItem.objects.filter(collection=instance).values_list("asset", flat=True)
    else:
        rows = Asset.objects.filter(uploader=instance).values_list("pk", flat=True)
    tell_changed(rows.order_by().iterator())


def _model(origin: Model | QuerySet[Any] | None) -> type[Model] | None:
    """What was deleted in the first place."""
    if origin is None:
        return None
    return origin.model if isinstance(origin, QuerySet) else type(origin)
