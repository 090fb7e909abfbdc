"""The rows of the library."""

from dam.models._assets import Asset
from dam.models._audiences import Audience
from dam.models._collections import Collection, CollectionItem
from dam.models._facts import AssetFact, AssetText
from dam.models._originals import Original
from dam.models._tags import Decision, Tag, TaggedAsset

__all__ = [
    "Asset",
    "AssetFact",
    "AssetText",
    "Audience",
    "Collection",
    "CollectionItem",
    "Decision",
    "Original",
    "Tag",
    "TaggedAsset",
]
