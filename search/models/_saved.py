"""Queries that people keep, and what of them others see."""

from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse

from dam.names import name_key, tidy_name
from dam.permissions import System, Viewer
from search.query import SearchQuery

LONGEST_QUERY = 4000
"""In characters of an address; servers take no more than twice that."""

LONGEST_NAME = 200


def query_of(querystring: str) -> SearchQuery:
    """What an address looks for, from the first page on."""
    return SearchQuery.from_parameters(QueryDict(querystring)).on_page(1)


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def visible_to(self, user: Viewer) -> Self:
        """One's own, and those that their owners share; what they find is another question."""
        if isinstance(user, System):
            return self.all()
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        return self.filter(Q(owner=user) | Q(sharing__in=SavedSearch.SHARED))

    def shared_with(self, user: Viewer) -> Self:
        """What others share with somebody, and their names."""
        if not isinstance(user, User):
            return self.none()
        return self.visible_to(user).exclude(owner=user).select_related("owner")

    def smart_collections(self) -> Self:
        """Those that stand among the collections, which everybody who is signed in sees."""
        return self.filter(sharing=SavedSearch.Sharing.COLLECTION).order_by("key", "pk")


class SavedSearch(models.Model):
    """A query under a name. As a smart collection it stands among the collections."""

    class Sharing(models.TextChoices):
        """Who sees it; nobody sees more assets by it than otherwise."""

        NOBODY = "nobody", "Only me"
        EVERYBODY = "everybody", "Everybody"
        COLLECTION = "collection", "Everybody, as a smart collection"

    SHARED = (Sharing.EVERYBODY, Sharing.COLLECTION)

    name = models.CharField(max_length=LONGEST_NAME)
    key = models.CharField(max_length=600, editable=False)
    querystring = models.TextField(help_text="As it stands in the library's address.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches"
    )
    sharing = models.CharField(
        "who sees it", max_length=20, choices=Sharing.choices, default=Sharing.NOBODY
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        ordering = ["key", "pk"]
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="saved_once_by_owner"),
        ]
        indexes = [models.Index(fields=["sharing", "key"], name="saved_by_sharing")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name = tidy_name(self.name)
        self.key = name_key(self.name)
        self.querystring = self.query.to_querystring().lstrip("?")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("search:saved_search", args=[self.pk])

    @property
    def query(self) -> SearchQuery:
        """What it looks for, from the first page on."""
        return query_of(self.querystring)

    @property
    def is_shared(self) -> bool:
        return self.sharing in self.SHARED

    @property
    def is_smart_collection(self) -> bool:
        return self.sharing == self.Sharing.COLLECTION

    def is_editable_by(self, user: Viewer) -> bool:
        """Whether it is theirs: to others it is as its owner left it."""
        return isinstance(user, User) and user.is_active and user.pk == self.owner_id
