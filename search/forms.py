"""Forms of the search pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dam.names import name_key
from dam.permissions import Viewer
from search.models import LONGEST_QUERY, SavedSearch, query_of
from search.query import SearchQuery

_TO_MAKE_COLLECTIONS = "dam.add_collection"


def sharing_choices(user: Viewer) -> list[tuple[str, str]]:
    """Who may see what somebody keeps: values and their names.

    Smart collections are for those who may make collections.
    """
    may_collect = getattr(user, "has_perm", lambda _: False)(_TO_MAKE_COLLECTIONS)
    return [
        (sharing.value, sharing.label)
        for sharing in SavedSearch.Sharing
        if may_collect or sharing is not SavedSearch.Sharing.COLLECTION
    ]


class SavedSearchForm(forms.ModelForm[SavedSearch]):
    """A saved search's name and who sees it; its owner is on the instance.

    A smart collection that stands there already stays one, whatever its owner may do by now, until
    the owner decides otherwise.
    """

    taken: SavedSearch | None = None
    """The owner's own that has the name already."""

    def __init__(self, *args: Any, user: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sharing = self.fields["sharing"]
        if isinstance(sharing, forms.TypedChoiceField) and not self.instance.is_smart_collection:
            sharing.choices = sharing_choices(user)

    class Meta:
        model = SavedSearch
        fields = ["name", "sharing"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def clean(self) -> dict[str, Any]:
        _check_length(self.instance.query)
        return self.cleaned_data

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name_key(name):
            msg = "A saved search needs at least one visible character in its name."
            raise ValidationError(msg, code="empty")
        mine = SavedSearch.objects.filter(owner=self.instance.owner_id, key=name_key(name))
        if taken := mine.exclude(pk=self.instance.pk).first():
            self.taken = taken
            msg = f"You have a saved search “{name}” already: choose another name."
            raise ValidationError(msg, code="taken")
        return name


class SavedQueryForm(forms.Form):
    """Another query for a saved search, as an address has it."""

    querystring = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean_querystring(self) -> str:
        querystring: str = self.cleaned_data["querystring"]
        _check_length(query_of(querystring))
        return querystring


def _check_length(query: SearchQuery) -> None:
    length = len(query.to_querystring())
    if length > LONGEST_QUERY:
        msg = (
            f"This search is too long to keep, with {length:,} characters in its address "
            f"where {LONGEST_QUERY:,} fit: pick fewer values."
        )
        raise ValidationError(msg, code="long")
