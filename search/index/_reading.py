"""What assets are found by at present, read from the library's own tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from django.db.models import Q

from dam.models import Asset, AssetFact, AssetText, Audience, CollectionItem, TaggedAsset
from search.kinds import Kind
from search.words import words_of

SURE = 90.0
"""The confidence from which a tag counts as sure; so does one that a person gave."""
BY_HAND = 10_000
"""The confidence, in hundredths, of a tag that only a person gave."""
SURE_TAG = "sure"
"""The kind of the terms that are tags an asset surely has."""
PRESENT = "present"
"""The kind of two terms: yes for what is not in the trash, no for what is."""
AUDIENCE = "audience"
EVERYBODY = "everybody"
"""The audience of everybody signed in; others are the keys of groups."""
_WORDY = (Kind.CAMERA, Kind.CUSTOM)
"""Facts whose values are found as words too."""
_BATCH = 1_000
_COUNTED_FROM = datetime(1, 1, 1, tzinfo=UTC)


class Place(IntEnum):
    """Where a word was found, the best place first."""

    SURE_TAG = 0
    TAG = 1
    PERSON = 2
    TITLE = 3
    FILE_NAME = 4
    DESCRIPTION = 5
    TEXT = 6


@dataclass(slots=True)
class Description:
    """All that one asset is found and sorted by."""

    asset: int
    terms: set[tuple[str, str]] = field(default_factory=set)
    """Kind and value; of face number n also with the kind `kind#n`."""
    confidences: dict[str, int] = field(default_factory=dict)
    """By tag key, in hundredths."""
    tag_names: dict[str, str] = field(default_factory=dict)
    """What its tags are called, by tag key."""
    words: set[tuple[str, int]] = field(default_factory=set)
    """With the place each stands in."""
    taken: int = 0
    """Seconds since the year 1; 0: unknown."""
    size: int = 0
    """Of the original, in bytes."""

    @property
    def confidence(self) -> int:
        """The highest of its tags."""
        return max(self.confidences.values(), default=0)


def describe(assets: Iterable[int]) -> Iterator[Description]:
    """Describes those of the assets that exist, batch by batch."""
    keys = sorted(assets)
    for at in range(0, len(keys), _BATCH):
        yield from _describe(keys[at : at + _BATCH])


def _describe(keys: Sequence[int]) -> Iterable[Description]:
    found: dict[int, Description] = {}
    rows = Asset.objects.filter(_among("pk", keys)).order_by()
    for (
        key, uploader, trashed, file_name, title, description, alt_text, rights, taken, size,
    ) in rows.values_list(
        "pk", "uploader", "trashed_at", "file_name", "title", "description", "alt_text", "rights",
        "original__taken_at", "original__bytes",
    ):  # fmt: skip
        one = found[key] = Description(asset=key, size=size)
        if taken:
            one.taken = int((taken - _COUNTED_FROM).total_seconds())
        one.terms.add((PRESENT, "no" if trashed else "yes"))
        if uploader:
            one.terms.add((Kind.UPLOADER, str(uploader)))
        for text, place in (
            (title, Place.TITLE),
            (file_name, Place.FILE_NAME),
            (f"{description}\n{alt_text}", Place.DESCRIPTION),
            (rights, Place.TEXT),
        ):
            _add_words(one, text, place)
    for add in (_add_tags, _add_facts, _add_collections, _add_audiences, _add_texts):
        add(found, keys)
    return found.values()


# Rows of assets that are gone meanwhile are passed over below: a change row tells of them.


def _add_tags(found: Mapping[int, Description], keys: Sequence[int]) -> None:
    rows = TaggedAsset.objects.filter(_among("content_object", keys)).order_by()
    columns = ("content_object", "tag__key", "tag__name", "confidence")
    for key, tag, name, confidence in rows.values_list(*columns):
        if one := found.get(key):
            one.tag_names[tag] = name
            one.terms.add((Kind.TAG, tag))
            one.confidences[tag] = BY_HAND if confidence is None else round(confidence * 100)
            if confidence is None or confidence >= SURE:
                one.terms.add((SURE_TAG, tag))


def _add_facts(found: Mapping[int, Description], keys: Sequence[int]) -> None:
    rows = AssetFact.objects.filter(_among("asset", keys)).order_by()
    for key, kind, value, face in rows.values_list("asset", "kind", "value", "face"):
        if one := found.get(key):
            one.terms.add((kind, value))
            if face is not None:
                one.terms.add((f"{kind}#{face}", value))
            if kind in _WORDY:
                _add_words(one, value, Place.TEXT)


def _add_collections(found: Mapping[int, Description], keys: Sequence[int]) -> None:
    rows = CollectionItem.objects.filter(_among("asset", keys)).order_by()
    for key, collection, name in rows.values_list("asset", "collection", "collection__name"):
        if one := found.get(key):
            one.terms.add((Kind.COLLECTION, str(collection)))
            _add_words(one, name, Place.TEXT)


def _add_audiences(found: Mapping[int, Description], keys: Sequence[int]) -> None:
    rows = Audience.objects.filter(_among("asset", keys)).order_by()
    for key, group in rows.values_list("asset", "group"):
        if one := found.get(key):
            one.terms.add((AUDIENCE, EVERYBODY if group is None else str(group)))


def _add_texts(found: Mapping[int, Description], keys: Sequence[int]) -> None:
    rows = AssetText.objects.filter(_among("asset", keys)).order_by()
    for key, text in rows.values_list("asset", "text"):
        if one := found.get(key):
            _add_words(one, text, Place.TEXT)


def _add_words(one: Description, text: str, place: Place) -> None:
    one.words.update((word, int(place)) for word in words_of(text))


def _among(column: str, keys: Sequence[int]) -> Q:
    """By range where the keys leave no gap, which databases answer faster."""
    if len(keys) > 1 and keys[-1] - keys[0] == len(keys) - 1:
        return Q(**{f"{column}__gte": keys[0], f"{column}__lte": keys[-1]})
    return Q(**{f"{column}__in": keys})
