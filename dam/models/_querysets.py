"""Questions about many assets or collections at once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce

from dam.models._audiences import Audience
from dam.models._tags import TaggedAsset
from dam.names import name_key
from dam.permissions import System, Viewer

if TYPE_CHECKING:
    from dam.models import Asset, Collection  # noqa: F401 - the types querysets hold


def _audiences_of(user: User) -> models.QuerySet[Audience]:
    groups = user.groups.values("pk")
    return Audience.objects.filter(Q(group=None) | Q(group__in=groups))


class AssetQuerySet(models.QuerySet["Asset"]):
    """Assets; `visible_to` comes first in every chain that answers a person."""

    def visible_to(self, user: Viewer) -> Self:
        """What a person may see: their uploads and what their audiences hold; superusers all.

        Anonymous and deactivated users see nothing. Assets in the trash are included.
        """
        if isinstance(user, System):
            return self.all()
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        shared = _audiences_of(user).filter(asset=OuterRef("pk"))
        return self.filter(Q(uploader=user) | Exists(shared))

    def present(self) -> Self:
        """Without the trash."""
        return self.filter(trashed_at=None)

    def in_trash(self) -> Self:
        return self.exclude(trashed_at=None)

    def tagged(self, names: Iterable[str]) -> Self:
        """Carrying every one of these tags."""
        return self._with_all("tagged__tag__key", {name_key(name) for name in names})

    def collected(self, collections: Iterable[int]) -> Self:
        """In every one of these collections."""
        return self._with_all("collection_items__collection", set(collections))

    def _with_all(self, lookup: str, wanted: set[str] | set[int]) -> Self:
        """Those that a lookup leads from to every value wanted, each over one row of its own.

        The rows are counted: PostgreSQL plans a dozen conditions of their own for a minute.
        """
        if not wanted:
            return self
        counted = self.model.objects.order_by().values("pk").filter(**{f"{lookup}__in": wanted})
        whole = counted.annotate(found=Count("pk")).filter(found=len(wanted))
        return self.filter(pk__in=whole.values("pk"))

    def for_lists(self) -> Self:
        """With everything that a list of assets shows, in a fixed number of queries."""
        return self.select_related("original", "uploader").with_tags().prefetch_related("facts")

    def for_tiles(self) -> Self:
        """With the little of each row, and of its original, that a tile of a grid shows."""
        return self.select_related("original").only(
            "file_name", "title", "alt_text", "original__width", "original__height"
        )

    def with_tags(self) -> Self:
        """With tags loaded, joined to their rows: SQLite takes no list of all their keys."""
        rows = TaggedAsset.objects.select_related("tag")
        return self.prefetch_related(Prefetch("tagged", queryset=rows))


class CollectionQuerySet(models.QuerySet["Collection"]):
    def named(self, name: str) -> Self:
        """Collections whose names people would call the same; the oldest first."""
        return self.filter(key=name_key(name)).order_by("pk")

    def visible_to(self, user: Viewer) -> Self:
        """Collections of one's own, and those with at least one asset that one may see."""
        if isinstance(user, System):
            return self.all()
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        return self.filter(Q(creator=user) | Exists(self.model.items_visible_to(user)))

    def counted_for(self, user: Viewer) -> Self:
        """With `visible_assets`: how many of a collection's assets a person may see."""
        items = self.model.items_visible_to(user).order_by().values("collection")
        return self.annotate(
            visible_assets=Coalesce(Subquery(items.annotate(n=Count("pk")).values("n")), 0)
        )

    def with_covers(self, user: Viewer) -> Self:
        """With `cover`: the key of the first safe asset in it that a person may see, or None."""
        items = self.model.items_visible_to(user).exclude(asset__facts__kind="unsafe")
        items = items.order_by("position", "pk")
        return self.annotate(cover=Subquery(items.values("asset")[:1]))
