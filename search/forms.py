"""Forms of the search pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dam.names import name_key
from dam.permissions import Viewer
from search.models import LONGEST_QUERY, SavedSearch

_TO_MAKE_COLLECTIONS = "dam.add_collection"


class SavedSearchForm(forms.ModelForm[SavedSearch]):
    """A saved search's name and who sees it; its owner is on the instance.

    Smart collections are for those who may make collections. One that stands there already stays,
    whatever its owner may do by now, until the owner decides otherwise.
    """

    def __init__(self, *args: Any, user: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sharing = self.fields["sharing"]
        may_collect = getattr(user, "has_perm", lambda _: False)(_TO_MAKE_COLLECTIONS)
        if isinstance(sharing, forms.TypedChoiceField) and not (
            may_collect or self.instance.is_smart_collection
        ):
            sharing.choices = [
                choice
                for choice in SavedSearch.Sharing.choices
                if choice[0] != SavedSearch.Sharing.COLLECTION
            ]

    class Meta:
        model = SavedSearch
        fields = ["name", "sharing"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def clean(self) -> dict[str, Any]:
        length = len(self.instance.query.to_querystring())
        if length > LONGEST_QUERY:
            msg = (
                f"This search is too long to keep, with {length:,} characters in its address "
                f"where {LONGEST_QUERY:,} fit: pick fewer values."
            )
            raise ValidationError(msg, code="long")
        return self.cleaned_data

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name_key(name):
            msg = "A saved search needs at least one visible character in its name."
            raise ValidationError(msg, code="empty")
        mine = SavedSearch.objects.filter(owner=self.instance.owner_id, key=name_key(name))
        if mine.exclude(pk=self.instance.pk).exists():
            msg = f"You have a saved search “{name}” already: choose another name."
            raise ValidationError(msg, code="taken")
        return name
