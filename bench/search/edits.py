"""Edits at random, each through the door that the application itself takes for it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import transaction

from bench.search.library import ADMIN, PRESS
from bench.search.stock import stock
from bench.search.vocabulary import COLOURS
from dam import tagging, trash
from dam.models import Asset, Audience, Collection, CollectionItem, Tag
from dam.signals import decided
from dam.tagging import AutomaticTag, Fact, Findings

MANY = 300
"""Assets of an edit of many, as a retag or an import makes them."""


@dataclass(slots=True)
class Editor:
    """Edits a library as several people and recognition do."""

    rng: random.Random
    seed: int
    assets: int
    """Those with the keys up to here are edited, as long as they are there."""

    def __post_init__(self) -> None:
        # Nothing was recognised here: to retag would take all tags away that came from no person.
        decided.disconnect(dispatch_uid="recognition.apply_decision")

    def edit(self) -> str:
        """Makes one edit and tells which sort it was."""
        sorts: dict[Callable[[Asset], object], int] = {
            self.tag: 30, self.untag: 20, self.recognise: 15, self.retitle: 8, self.put_away: 6,
            self.take_back: 6, self.share: 5, self.unshare: 5, self.collect: 5, self.uncollect: 3,
            self.hand_over: 2, self.recognise_many: 1, self.rename_tag: 1, self.delete: 1,
        }  # fmt: skip
        (do,) = self.rng.choices(list(sorts), list(sorts.values()))
        asset = self.some_asset()
        do(asset)
        return do.__name__

    def some_asset(self) -> Asset:
        while True:
            asset = Asset.objects.filter(pk=self.rng.randint(1, self.assets)).first()
            if asset:
                return asset

    def tag(self, asset: Asset) -> None:
        tagging.decide(asset, [self._tag_name()], is_yes=True, user=_person(ADMIN))

    def untag(self, asset: Asset) -> None:
        names = list(asset.tagged.values_list("tag__name", flat=True))
        unwanted = self.rng.sample(names, min(len(names), 2)) or [self._tag_name()]
        tagging.decide(asset, unwanted, is_yes=False, user=_person(ADMIN))

    def recognise(self, asset: Asset) -> None:
        tagging.apply({asset.pk: self._findings()})

    def recognise_many(self, asset: Asset) -> None:
        near = range(asset.pk, asset.pk + MANY)
        tagging.apply({key: self._findings() for key in near})

    def retitle(self, asset: Asset) -> None:
        asset.title = " ".join(self.rng.sample(stock(self.seed).words, 3))
        with transaction.atomic():
            asset.save(update_fields=["title", "updated_at"])

    def put_away(self, asset: Asset) -> None:
        trash.put_in_trash(asset)

    def take_back(self, asset: Asset) -> None:
        trash.restore(Asset.objects.in_trash().order_by("pk").first() or asset)

    def delete(self, asset: Asset) -> None:
        trash.put_in_trash(asset)
        trash.delete_for_ever(Asset.objects.filter(pk=asset.pk))

    def share(self, asset: Asset) -> None:
        with transaction.atomic():
            Audience.objects.get_or_create(asset=asset, group=Group.objects.get(name=PRESS.title()))

    def unshare(self, asset: Asset) -> None:
        with transaction.atomic():
            asset.audiences.all().delete()

    def collect(self, asset: Asset) -> None:
        with transaction.atomic():
            self._collection().add(asset)

    def uncollect(self, asset: Asset) -> None:
        with transaction.atomic():
            if item := CollectionItem.objects.filter(asset=asset).first():
                item.delete()

    def hand_over(self, asset: Asset) -> None:
        asset.uploader = User.objects.order_by("?").first()
        with transaction.atomic():
            asset.save(update_fields=["uploader", "updated_at"])

    def rename_tag(self, asset: Asset) -> None:
        """Gives a rare tag another name."""
        tag = Tag.objects.get(pk=self.rng.randint(4000, 5000))
        tag.name = f"Renamed {self.rng.randrange(10**6)}"
        with transaction.atomic():
            tag.save()

    def _collection(self) -> Collection:
        return Collection.objects.get(pk=self.rng.randint(1, 200))

    def _tag_name(self) -> str:
        return self.rng.choice(stock(self.seed).tags[:1000])

    def _findings(self) -> Findings:
        rng = self.rng
        names = rng.sample(stock(self.seed).tags[:2000], rng.randint(3, 20))
        faces = rng.choice((0, 0, 1, 2))
        facts = [Fact(kind="status", value="recognised"), Fact(kind="faces", value=str(faces))]
        facts.append(Fact(kind="colour", value=rng.choice(COLOURS), confidence=50.0))
        for face in range(1, faces + 1):
            for kind in ("beard", "sunglasses", "smile"):
                value = rng.choice(("yes", "no"))
                facts.append(Fact(kind=kind, value=value, confidence=90.0, face=face))
        return Findings(
            tags=[AutomaticTag(name=name, confidence=rng.uniform(70, 100)) for name in names],
            facts=facts,
        )


def _person(name: str) -> User:
    return User.objects.get(username=name)
