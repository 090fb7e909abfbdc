"""The rows of the library."""

from dam.models._assets import Asset
from dam.models._audiences import Audience
from dam.models._collections import Collection, CollectionItem
from dam.models._facts import AssetFact, AssetText
from dam.models._originals import Original, original_key
from dam.models._querysets import AssetQuerySet, CollectionQuerySet
from dam.models._tags import Decision, Tag, TaggedAsset

__all__ = [
    "Asset",
    "AssetFact",
    "AssetQuerySet",
    "AssetText",
    "Audience",
    "Collection",
    "CollectionItem",
    "CollectionQuerySet",
    "Decision",
    "Original",
    "Tag",
    "TaggedAsset",
    "original_key",
]
