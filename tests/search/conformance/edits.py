"""Everything that people and workers do to a library and that changes what is found."""

from collections.abc import Callable

from django.contrib.auth.models import Group
from django.db import transaction

from dam import tagging, trash
from dam.models import Asset, Audience, Tag
from dam.permissions import SYSTEM
from tests.search.conformance.library import BOTH, Library, Plan, add_asset, findings

Edit = Callable[[Library], None]
EDITS: list[Edit] = []
"""In the order in which they are done, each on what the ones before have left."""


def _edit(edit: Edit) -> Edit:
    EDITS.append(edit)
    return edit


def _asset(library: Library, name: str) -> Asset:
    return Asset.objects.get(pk=library.assets[name].pk)


@_edit
def adding_an_asset(library: Library) -> None:
    add_asset(library, "new.jpg", Plan(title="Quartz", tags={"Dog": 99.0}, faces=(BOTH,)))


@_edit
def renaming_an_asset(library: Library) -> None:
    asset = _asset(library, "dog.jpg")
    asset.title, asset.file_name = "Quartz and fjord", "quartz.jpg"
    asset.save()


@_edit
def saying_yes_to_tags(library: Library) -> None:
    for name in ("snack.jpg", "press.jpg", "lovelace_gone.jpg"):
        asset = _asset(library, name)
        tagging.decide(asset, ["Dog", "Brand new"], is_yes=True, user=SYSTEM)


@_edit
def saying_no_to_a_tag(library: Library) -> None:
    tagging.decide(_asset(library, "house.jpg"), ["Dog"], is_yes=False, user=SYSTEM)


@_edit
def recognising_something_else(library: Library) -> None:
    plan = Plan(tags={"Dog": 60.0, "Quartz": 91.0}, facts=(("colour", "red"),), faces=(BOTH, BOTH))
    pks = [library.assets[name].pk for name in ("beside.jpg", "young.jpg", "press.jpg")]
    tagging.apply({pk: findings(plan) for pk in pks})


@_edit
def recognising_nothing_any_more(library: Library) -> None:
    tagging.apply({library.assets["same.jpg"].pk: findings(Plan())})


@_edit
def showing_an_asset_to_a_group(library: Library) -> None:
    group = Group.objects.get(name="Press")
    Audience.objects.create(asset=_asset(library, "mine.jpg"), group=group)


@_edit
def showing_an_asset_to_nobody(library: Library) -> None:
    _asset(library, "second.jpg").audiences.all().delete()


@_edit
def putting_assets_in_the_trash(library: Library) -> None:
    for name in ("dog.jpg", "sure.jpg"):
        trash.put_in_trash(_asset(library, name))


@_edit
def restoring_an_asset(library: Library) -> None:
    trash.restore(_asset(library, "dog.jpg"))


@_edit
def deleting_an_asset_for_ever(library: Library) -> None:
    trash.delete_for_ever(Asset.objects.filter(pk=library.assets["sure.jpg"].pk))


@_edit
def collecting_assets(library: Library) -> None:
    library.collections["Bay"].add(_asset(library, "dog.jpg"))
    library.collections["Embargo"].items.filter(asset=library.assets["press.jpg"]).delete()


@_edit
def renaming_a_collection(library: Library) -> None:
    collection = library.collections["Bay"]
    collection.name = "Quartz bay"
    collection.save()


@_edit
def deleting_a_collection(library: Library) -> None:
    library.collections["Bay"].delete()


@_edit
def renaming_a_tag(library: Library) -> None:
    tag = Tag.objects.get(key="cat")
    tag.name = "House cat"
    tag.save()


@_edit
def spelling_a_tag_otherwise(library: Library) -> None:
    tag = Tag.objects.get(key="sofa")
    tag.name = "SOFA"
    tag.save()


@_edit
def deleting_a_tag(library: Library) -> None:
    Tag.objects.get(key="window").delete()


@_edit
def leaving_a_group(library: Library) -> None:
    reporter = library.viewers["mia"]
    reporter.groups.remove(Group.objects.get(name="Press"))


@_edit
def deleting_a_group(library: Library) -> None:
    Group.objects.get(name="Press").delete()


@_edit
def deleting_an_uploader(library: Library) -> None:
    library.viewers["bob"].delete()


@_edit
def something_that_fails(library: Library) -> None:
    try:
        with transaction.atomic():
            adding_an_asset(library)
            tagging.decide(_asset(library, "temple.jpg"), ["Dog"], is_yes=True, user=SYSTEM)
            raise KeyError
    except KeyError:
        pass
