"""A library of a few dozen assets in which every rule of search has something to get wrong."""

import itertools
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.contrib.auth.models import AnonymousUser, Group

from dam import tagging, trash
from dam.facts import record_file_facts
from dam.models import Asset, Audience, Collection, Original
from dam.permissions import SYSTEM, Viewer
from dam.tagging import AutomaticTag, Fact, Findings
from tests.factories import make_user

BY_HAND = None
"""The confidence of a tag that a person gave."""
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Who looks, and what there is."""

    viewers: Mapping[str, Viewer]
    collections: Mapping[str, Collection]
    assets: dict[str, Asset]
    """By file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An asset to be made; what is not said is as it is most often."""

    title: str = ""
    description: str = ""
    tags: Mapping[str, float | None] = field(default_factory=dict)
    """Confidences; BY_HAND: a person gave it."""
    facts: tuple[tuple[str, str], ...] = ()
    faces: tuple[Mapping[str, str | tuple[str, ...]], ...] = ()
    """What is known of each face, the first one first."""
    texts: Mapping[str, str] = field(default_factory=dict)
    uploader: str = ""
    audience: str = "everybody"
    """everybody, nobody, or the name of a group."""
    collections: tuple[str, ...] = ()
    taken: str = ""
    camera: str = ""
    kilobytes: int = 0
    in_trash: bool = False


BEARDED = {"gender": "male", "beard": "yes", "sunglasses": "no", "age": ("30-39", "40-49")}
SHADED = {"gender": "female", "beard": "no", "sunglasses": "yes", "age": "20-29"}
BOTH = {"gender": "male", "beard": "yes", "sunglasses": "yes", "age": ("20-29", "30-39")}

PLANS = {
    # One word in every place where a word can stand, in no order.
    "text.jpg": Plan(texts={"text": "LOVELACE ROAD\nNo entry"}),
    "doubtful.jpg": Plan(tags={"Lovelace": 61.5}),
    "lovelace.jpg": Plan(),
    "title.jpg": Plan(title="A lecture on Lovelace", collections=("Press 2026",)),
    "sure.jpg": Plan(tags={"Lovelace": 90.0}, kilobytes=9000),
    "description.jpg": Plan(description="The desk of lovelace", tags={"Desk": 99.0}),
    "person.jpg": Plan(facts=(("person", "Ada Lovelace"),), faces=({"gender": "female"},)),
    "hand.jpg": Plan(tags={"Lovelace": BY_HAND}, taken="2019-03-02T10:00:00"),
    "begins.jpg": Plan(title="The Lovelaces at home"),
    "within.jpg": Plan(title="Unlovelaced"),
    "lovelace_gone.jpg": Plan(tags={"Lovelace": 95.0}, in_trash=True),
    "lovelace_hidden.jpg": Plan(tags={"Lovelace": 95.0}, audience="nobody", uploader="ann"),
    # Two words, in better and in worse places.
    "two_tags.jpg": Plan(tags={"Analytical engine": 97.0, "Countess": 92.0}),
    "countess.jpg": Plan(tags={"Engine": 97.0}),
    "engine.jpg": Plan(title="Countess", description="not a machine"),
    # Phrases.
    "golden_gate.jpg": Plan(tags={"Bridge": 99.0}, collections=("Press 2026", "Bay")),
    "temple.jpg": Plan(title="Gate of the golden temple"),
    "dusk.jpg": Plan(title="The Golden Gate at dusk", tags={"Golden Gate Bridge": 88.0}),
    "apart.jpg": Plan(title="Golden", description="Gate"),
    # Accents, capitals, and scripts of which some have no spaces.
    "E\u0301ternite\u0301.jpg": Plan(title="Straße in Königsberg"),
    "STRASSE.jpg": Plan(tags={"Käse": 95.0}, uploader="ann"),
    "ЖЮЛИ.jpg": Plan(description="Вулкан на рассвете"),
    "火山.jpg": Plan(tags={"富士山": 96.0}),
    "asahi.jpg": Plan(title="富士山の夜明け", taken="2020-01-01T06:50:00"),
    "thai.jpg": Plan(title="ภูเขาไฟโบรโม", description="Mount Bromo in Thai"),
    # Faces: what is asked of a face has to hold for one and the same.
    "beside.jpg": Plan(faces=(BEARDED, SHADED), facts=(("faces", "2"),)),
    "same.jpg": Plan(faces=(BOTH,), facts=(("faces", "1"),), audience="Press"),
    "second.jpg": Plan(faces=(SHADED, BOTH), facts=(("faces", "2"),), uploader="ann"),
    "young.jpg": Plan(faces=({"gender": "male", "age": "13-19"},), facts=(("faces", "1"),)),
    "nobody.jpg": Plan(facts=(("faces", "0"),), taken="2024-05-01"),
    # Values whose names begin alike; one whose name is all of another's beginning.
    "dog.jpg": Plan(tags={"Dog": 91.0}, facts=(("colour", "red"), ("colour", "green"))),
    "snack.jpg": Plan(tags={"Hot dog": 93.0}, facts=(("colour", "red"), ("text", "yes"))),
    "house.jpg": Plan(tags={"Doghouse": 80.0, "Dog": 55.0}, facts=(("colour", "dark red"),)),
    "merger.jpg": Plan(tags={"Merger": 95.0}, audience="nobody", uploader="ann"),
    "rumours.jpg": Plan(tags={"Merger rumours": 92.0}),
    # When, with what, by whom, for whom, how large.
    "first.jpg": Plan(taken="2024-05-06T07:08:09", camera="Leica M11", kilobytes=400),
    "later.jpg": Plan(taken="2024-05-06T07:08:10", camera="Leica Q3", kilobytes=4000),
    "next.jpg": Plan(taken="2025-01-01T00:00:00", camera="Canon EOS R5", uploader="bob"),
    "press.jpg": Plan(audience="Press", collections=("Embargo",), tags={"Scoop": 99.0}),
    "mine.jpg": Plan(audience="nobody", uploader="vic", tags={"Scoop": 70.0}),
    "unsafe.jpg": Plan(facts=(("unsafe", "unsafe"), ("moderation", "Weapons"))),
    "mixed.jpg": Plan(
        facts=(("recogniser", "local"), ("recogniser", "rekognition"), ("custom", "Old logo")),
        tags={"Old logo": 84.0},
        uploader="bob",
    ),
}


def make_library() -> Library:
    """The assets of the plans, and some more that chance has made, the same every time."""
    library = Library(
        viewers=_make_people(),
        collections={
            name: Collection.objects.create(name=name) for name in ("Press 2026", "Bay", "Embargo")
        },
        assets={},
    )
    for name, plan in (PLANS | dict(_chance())).items():
        add_asset(library, name, plan)
    return library


def add_asset(library: Library, name: str, plan: Plan) -> None:
    """Makes an asset as planned."""
    asset = library.assets[name] = _make(name, plan, library.viewers)
    for title in plan.collections:
        library.collections[title].add(asset)
    if plan.in_trash:
        trash.put_in_trash(asset)


def _make_people() -> dict[str, Viewer]:
    Group.objects.create(name="Press")
    reporter = make_user("mia", group="Press")
    reporter.groups.add(Group.objects.get(name="Viewers"))
    return {
        "system": SYSTEM,
        "chief": make_user("chief", is_superuser=True),
        "ann": make_user("ann"),
        "bob": make_user("bob"),
        "vic": make_user("vic", group="Viewers"),
        "mia": reporter,
        "gone": make_user("gone", is_active=False),
        "anonymous": AnonymousUser(),
    }


def _make(name: str, plan: Plan, people: Mapping[str, Viewer]) -> Asset:
    asset = Asset.objects.create(
        original=_make_original(plan),
        file_name=name,
        title=plan.title,
        description=plan.description,
        uploader=people[plan.uploader] if plan.uploader else None,
    )
    if plan.audience != "nobody":
        group = None if plan.audience == "everybody" else Group.objects.get(name=plan.audience)
        Audience.objects.create(asset=asset, group=group)
    record_file_facts(asset)
    by_hand = [tag for tag, confidence in plan.tags.items() if confidence is BY_HAND]
    if by_hand:
        tagging.decide(asset, by_hand, is_yes=True, user=SYSTEM)
    tagging.apply({asset.pk: findings(plan)})
    return asset


def findings(plan: Plan) -> Findings:
    """What recognition would have said."""
    return Findings(
        tags=[AutomaticTag(name=n, confidence=c) for n, c in plan.tags.items() if c is not None],
        facts=[Fact(kind=kind, value=value) for kind, value in plan.facts]
        + [
            Fact(kind=kind, value=value, confidence=95.0, face=number)
            for number, face in enumerate(plan.faces, start=1)
            for kind, values in face.items()
            for value in ([values] if isinstance(values, str) else values)
        ],
        texts=plan.texts,
    )


def _make_original(plan: Plan) -> Original:
    """A row without a file: search looks at rows alone."""
    number = next(_numbers)
    taken = datetime.fromisoformat(plan.taken).replace(tzinfo=UTC) if plan.taken else None
    return Original.objects.create(
        sha256=f"{number:064x}",
        file=f"{number}.jpg",
        bytes=(plan.kilobytes or 1000) * 1000 + number,
        media_type="image/jpeg",
        extension=(".jpg", ".png", ".webp")[number % 3],
        width=(640, 480, 512)[number % 3],
        height=(480, 640, 512)[number % 3],
        metadata={"camera": plan.camera} if plan.camera else {},
        taken_at=taken,
    )


_TAGS = ("Cat", "Sofa", "Garden", "Window", "Carnival", "Kite", "Harbour", "Lamp")
_COLOURS = ("red", "green", "black", "white")
_WORDS = ("quartz", "juniper", "mosaic", "fjord", "blizzard", "tandem")
_CAMERAS = ("", "", "Leica M11", "Canon EOS R5", "Nikon Z8")


def _chance() -> Iterable[tuple[str, Plan]]:
    """Assets of which nobody expects anything but that they are counted rightly."""
    rng = random.Random(5)
    for number in range(40):
        tags = rng.sample(_TAGS, rng.randrange(5))
        colours = rng.sample(_COLOURS, rng.randrange(3))
        day = (
            f"{rng.choice((2019, 2023, 2024))}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        )
        yield (
            f"{rng.choice(_WORDS)}-{number}.jpg",
            Plan(
                title=" ".join(rng.sample(_WORDS, rng.randrange(3))),
                description=" ".join(rng.sample(_WORDS, rng.randrange(2))),
                tags={tag: round(rng.uniform(50, 100), 2) for tag in tags},
                facts=tuple(("colour", colour) for colour in colours),
                faces=tuple(_face(rng) for _ in range(rng.randrange(4))),
                texts={"text": rng.choice(_WORDS)} if rng.random() < 0.3 else {},
                uploader=rng.choice(("", "", "ann", "bob", "vic")),
                audience=rng.choice(("everybody", "everybody", "nobody", "Press")),
                collections=tuple(rng.sample(("Press 2026", "Bay"), rng.randrange(3))),
                taken=rng.choice(("", day)),
                camera=rng.choice(_CAMERAS),
                in_trash=rng.random() < 0.1,
            ),
        )


def _face(rng: random.Random) -> Mapping[str, str]:
    said = {
        "gender": ("male", "female"),
        "beard": ("yes", "no"),
        "sunglasses": ("yes", "no"),
        "smile": ("yes", "no"),
        "age": ("13-19", "20-29", "30-39", "60+"),
        "emotion": ("happy", "calm"),
    }
    return {kind: rng.choice(values) for kind, values in said.items() if rng.random() < 0.6}
