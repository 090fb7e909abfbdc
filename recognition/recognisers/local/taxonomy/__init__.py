"""The names, parents, aliases and categories of everything the local models can say."""

from recognition.recognisers.local.taxonomy._tables import Label, Taxonomy, load_taxonomy

__all__ = ["Label", "Taxonomy", "load_taxonomy"]
