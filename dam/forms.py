"""Forms of the library's pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dam import tagging
from dam.models import Asset, Collection
from dam.names import name_key
from dam.permissions import Viewer


class AssetForm(forms.ModelForm[Asset]):
    """What editors say about an asset, apart from its tags."""

    class Meta:
        model = Asset
        fields = ["title", "description", "alt_text", "rights"]
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}


class TagsForm(forms.Form):
    """One or more tags, separated by commas."""

    names = forms.CharField(
        label="Add tags",
        max_length=1000,
        widget=forms.TextInput(
            attrs={"placeholder": "Add tags, separated by commas", "autocomplete": "off"}
        ),
    )

    def clean_names(self) -> list[str]:
        names = tagging.split_names(self.cleaned_data["names"])
        if not names:
            msg = "Type a tag first."
            raise ValidationError(msg, code="empty")
        return names


class CollectionForm(forms.ModelForm[Collection]):
    """A collection's name and description; names are told apart for whoever names them."""

    def __init__(self, *args: Any, user: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    class Meta:
        model = Collection
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name_key(name):
            msg = "A collection needs at least one visible character in its name."
            raise ValidationError(msg, code="empty")
        others = Collection.objects.visible_to(self.user).exclude(pk=self.instance.pk)
        if others.named(name).exists():
            msg = f"There is a collection “{name}” already: use it, or choose another name."
            raise ValidationError(msg, code="taken")
        return name


class UploadOptionsForm(forms.Form):
    """Where uploaded assets go."""

    collection = forms.ModelChoiceField(
        Collection.objects.none(), required=False, empty_label="No collection"
    )
    tags = forms.CharField(
        required=False,
        max_length=1000,
        label="Tags for all of them",
        widget=forms.TextInput(
            attrs={"placeholder": "For example: Press, Autumn 2026", "autocomplete": "off"}
        ),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        collection = self.fields["collection"]
        if isinstance(collection, forms.ModelChoiceField):
            collection.queryset = Collection.objects.visible_to(user)

    def clean_tags(self) -> list[str]:
        return tagging.split_names(self.cleaned_data["tags"])


class AddToCollectionForm(forms.Form):
    """An asset goes into a collection that is there, or into a new one by its name."""

    name = forms.CharField(label="Add to collection", max_length=200)


class EmptyTrashForm(forms.Form):
    """The trash as somebody saw it: what came into it later is not meant."""

    until = forms.DateTimeField()
