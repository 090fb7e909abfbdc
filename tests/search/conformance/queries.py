"""What is asked: by name, with answers written by hand where people can tell, and at random."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from search.query import Kind, SearchQuery, Sort
from tests.search.conformance.library import Library

ALL = ("system", "chief", "ann", "vic", "mia", "gone", "anonymous")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query as people would put it, and what they expect of it."""

    text: str = ""
    picks: Mapping[str, tuple[str, ...]] | None = None
    """By kind; collections and uploaders by name. `not_` before the kind: excluded."""
    sort: Sort | None = None
    viewers: tuple[str, ...] = ("system", "vic")
    finds: tuple[str, ...] | None = None
    """File names for the first viewer, in order; None: as the reference has it."""
    is_ordered: bool = True
    """Whether the order of `finds` is part of the answer."""

    def query(self, library: Library) -> SearchQuery:
        return _query(library, self.text, self.picks or {}, self.sort)

    def is_answered_by(self, found: Sequence[str]) -> bool:
        """Whether the file names are those that people expect."""
        if self.finds is None:
            return True
        if self.is_ordered:
            return tuple(found) == self.finds
        return sorted(found) == sorted(self.finds)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


EVERYTHING = SearchQuery()
QUESTIONS = {
    "everything": Question(viewers=ALL),
    "everything, to those who may see nothing": Question(viewers=("anonymous", "gone"), finds=()),
    "the oldest first": Question(sort=Sort.OLDEST),
    "by name": Question(sort=Sort.NAME, viewers=("system", "ann")),
    "the largest first": Question(sort=Sort.LARGEST),
    "the latest taken first": Question(sort=Sort.TAKEN, viewers=("system", "mia")),
    "the largest of those with a word": Question(text="lovelace", sort=Sort.LARGEST),
    "the best place of a word first, then the newest": Question(
        text="lovelace",
        viewers=("vic", "system", "ann"),
        finds=_names(
            "hand.jpg sure.jpg doubtful.jpg person.jpg begins.jpg title.jpg lovelace.jpg"
            " description.jpg text.jpg"
        ),
    ),
    "a beginning of a word": Question(
        text="lovel",
        viewers=("vic",),
        finds=_names(
            "hand.jpg sure.jpg doubtful.jpg person.jpg begins.jpg title.jpg lovelace.jpg"
            " description.jpg text.jpg"
        ),
    ),
    "of two words, the one in the worst place decides": Question(
        text="countess engine", finds=_names("two_tags.jpg engine.jpg countess.jpg")
    ),
    "words that are not all there": Question(text="countess temple", finds=()),
    "no words": Question(text="!!! ... ?", viewers=("vic",)),
    "a word without another": Question(
        text="golden -temple", finds=_names("dusk.jpg golden_gate.jpg apart.jpg"), is_ordered=False
    ),
    "nothing but what is not wanted": Question(text="-lovelace -quartz", viewers=("vic", "ann")),
    "a phrase": Question(
        text='"golden gate"', finds=_names("dusk.jpg golden_gate.jpg"), is_ordered=False
    ),
    "two words anywhere": Question(
        text="golden gate",
        finds=_names("dusk.jpg golden_gate.jpg apart.jpg temple.jpg"),
        is_ordered=False,
    ),
    "words without a phrase": Question(
        text='golden gate -"golden gate"', finds=_names("apart.jpg temple.jpg"), is_ordered=False
    ),
    "a phrase in quotes left open": Question(
        text='"golden gate', finds=_names("dusk.jpg golden_gate.jpg"), is_ordered=False
    ),
    "without accents": Question(text="eternite", finds=("E\u0301ternite\u0301.jpg",)),
    "with accents, in capitals": Question(text="ÉTERNITÉ", finds=("E\u0301ternite\u0301.jpg",)),
    "sharp s": Question(
        text="straße", finds=("E\u0301ternite\u0301.jpg", "STRASSE.jpg"), is_ordered=True
    ),
    "umlauts": Question(text="KONIGSBERG", finds=("E\u0301ternite\u0301.jpg",)),
    "a tag with an umlaut": Question(text="tag:kase", finds=("STRASSE.jpg",)),
    "another alphabet": Question(text="вулкан", finds=("ЖЮЛИ.jpg",)),
    "one character of a script without spaces": Question(
        text="山", finds=_names("火山.jpg asahi.jpg"), is_ordered=False
    ),
    "two characters in the middle": Question(text="夜明", finds=("asahi.jpg",)),
    "characters in another order": Question(text="山富", finds=()),
    "a word of a script without spaces": Question(text="โบรโม", finds=("thai.jpg",)),
    "two scripts": Question(text="โบรโม bromo", finds=("thai.jpg",)),
    "a tag picked": Question(picks={"tag": ("dog",)}, finds=_names("house.jpg dog.jpg")),
    "two tags picked": Question(picks={"tag": ("cat", "sofa")}, viewers=("system", "ann", "mia")),
    "tags picked and excluded": Question(picks={"tag": ("cat",), "not_tag": ("sofa", "kite")}),
    "a tag that nobody has": Question(picks={"tag": ("zebra",)}, finds=()),
    "a tag that is out of sight": Question(
        picks={"tag": ("scoop",)}, viewers=("mia", "vic", "chief"), finds=("press.jpg",)
    ),
    "one's own": Question(picks={"uploader": ("vic",)}, viewers=("vic", "mia", "system")),
    "a field whose value is exactly so": Question(
        text="tag:dog", finds=_names("house.jpg dog.jpg")
    ),
    "a field whose value begins so": Question(
        text="tag:hot", viewers=("system", "vic"), finds=("snack.jpg",)
    ),
    "a field with beginnings of two words": Question(
        text='tag:"gol bri"', finds=("dusk.jpg",), viewers=("system", "vic")
    ),
    "a field whose very value only others see": Question(
        text="tag:merger", viewers=("vic", "ann"), finds=("rumours.jpg",)
    ),
    "a field with a value nobody has": Question(text="tag:zebra", finds=()),
    "everything without a value that nobody has": Question(text="-tag:zebra", viewers=("vic",)),
    "without a field": Question(text="-tag:cat -colour:red", viewers=("vic", "mia")),
    "a colour spelt otherwise": Question(
        text="color:red tag:dog", finds=("dog.jpg",), viewers=("system",)
    ),
    "a year": Question(text="taken:2025", finds=("next.jpg",)),
    "a month": Question(text="taken:2020-01", finds=("asahi.jpg",)),
    "a camera that begins so": Question(text="camera:leica", viewers=("system", "vic")),
    "a camera by two words": Question(text='camera:"leica q3"', finds=("later.jpg",)),
    "a collection by its name": Question(
        text="collection:embargo", viewers=("mia", "vic"), finds=("press.jpg",)
    ),
    "an uploader by name": Question(text="by:ann", viewers=("system", "vic", "ann")),
    "what only looks like a field": Question(text="12:30", finds=()),
    "collections picked": Question(
        picks={"collection": ("Press 2026", "Bay")}, viewers=("system", "vic")
    ),
    "a collection excluded": Question(picks={"not_collection": ("Press 2026",)}, viewers=("vic",)),
    "either colour": Question(picks={"colour": ("red", "green")}),
    "either colour but another": Question(
        picks={"colour": ("red", "green"), "not_colour": ("black",)}
    ),
    "formats": Question(picks={"format": ("png", "webp"), "orientation": ("portrait",)}),
    "a year and its months": Question(
        picks={"year": ("2024",), "month": ("2024-05", "2024-06")}, viewers=("system", "ann")
    ),
    "how many faces": Question(
        picks={"faces": ("1", "2")}, finds=_names("young.jpg second.jpg same.jpg beside.jpg")
    ),
    "so many faces and more": Question(text="faces:2+", finds=_names("second.jpg beside.jpg")),
    "from so many faces to so many": Question(
        text="faces:1-2", finds=_names("young.jpg second.jpg same.jpg beside.jpg")
    ),
    "an age in a band": Question(text="age:25", viewers=("system", "vic")),
    "a band": Question(text="age:20-29 -age:45", viewers=("system", "mia")),
    "no face": Question(text="faces:0", finds=("nobody.jpg",)),
    "a beard": Question(
        picks={"beard": ("yes",), "faces": ("2",)}, finds=_names("second.jpg beside.jpg")
    ),
    "a beard and sunglasses on one face": Question(
        picks={"beard": ("yes",), "sunglasses": ("yes",), "faces": ("1", "2")},
        viewers=("system", "vic"),
        finds=_names("second.jpg same.jpg"),
    ),
    "three things of one face": Question(
        picks={"gender": ("male",), "sunglasses": ("yes",), "age": ("20-29",), "faces": ("1", "2")},
        finds=_names("second.jpg same.jpg"),
    ),
    "either of two things of a face": Question(
        picks={"age": ("20-29", "40-49"), "beard": ("yes",), "faces": ("1", "2")},
        finds=_names("second.jpg same.jpg beside.jpg"),
    ),
    "a beard without sunglasses on any face": Question(
        picks={"beard": ("yes",), "not_sunglasses": ("yes",)}, viewers=("system", "mia")
    ),
    "both of one facet": Question(picks={"smile": ("yes", "no")}),
    "unsafe": Question(picks={"unsafe": ("unsafe",)}, finds=("unsafe.jpg",)),
    "recognisers": Question(picks={"recogniser": ("local",)}, finds=("mixed.jpg",)),
    "a custom label": Question(picks={"custom": ("Old logo",)}, finds=("mixed.jpg",)),
    "a person": Question(picks={"person": ("Ada Lovelace",)}, finds=("person.jpg",)),
    "words and picks": Question(
        text="quartz", picks={"colour": ("red", "white"), "not_tag": ("cat",)}, viewers=ALL
    ),
    "words, a field and picks": Question(text="mosaic -tag:lamp", picks={"beard": ("yes", "no")}),
}


def random_queries(
    library: Library, *, seed: int, number: int
) -> Iterator[tuple[str, SearchQuery]]:
    """Queries that few people would think of, each with the name of who asks."""
    rng = random.Random(seed)
    for _ in range(number):
        picks: dict[str, tuple[str, ...]] = {}
        for kind in rng.sample(sorted(_POOL), rng.randrange(4)):
            some = rng.sample(_POOL[kind], min(len(_POOL[kind]), rng.choice((1, 1, 2, 3))))
            picks[kind] = tuple(some[:2])
            if rng.random() < 0.3:
                picks[f"not_{kind}"] = tuple(some[1:])
        picks = {name: tuple(v for v in values) for name, values in picks.items() if values}
        for name, values in list(picks.items()):
            # What is picked and excluded counts as picked.
            kept = tuple(value for value in values if value not in picks.get(name[4:], ()))
            picks[name] = kept if name.startswith("not_") else values
        text = " ".join(rng.sample(_TEXTS, rng.choice((0, 0, 1, 1, 2))))
        sort = rng.choice((None, None, *Sort))
        yield rng.choice(ALL), _query(library, text, picks, sort)


_POOL = {
    "tag": ["cat", "sofa", "garden", "window", "carnival", "kite", "lovelace", "dog"],
    "colour": ["red", "green", "black", "white"],
    "collection": ["Press 2026", "Bay"],
    "uploader": ["ann", "bob", "vic"],
    "year": ["2019", "2023", "2024"],
    "camera": ["Leica M11", "Canon EOS R5"],
    "format": ["jpg", "png", "webp"],
    "gender": ["male", "female"],
    "beard": ["yes", "no"],
    "sunglasses": ["yes", "no"],
    "smile": ["yes", "no"],
    "age": ["13-19", "20-29", "30-39"],
    "emotion": ["happy", "calm"],
}
_TEXTS = [
    "quartz", "juniper", "mos", "fjord", "-blizzard", "-tandem", "tag:cat", "-tag:sofa",
    "colour:red", "camera:leica", "taken:2024", "by:ann", '"golden gate"', "-colour:green",
    "lovelace",
]  # fmt: skip


def _query(
    library: Library, text: str, picks: Mapping[str, tuple[str, ...]], sort: Sort | None
) -> SearchQuery:
    values: dict[Kind, tuple[str, ...]] = {}
    excluded: dict[Kind, tuple[str, ...]] = {}
    for name, named in picks.items():
        kind = Kind(name.removeprefix("not_"))
        if keys := tuple(sorted(_key(library, kind, value) for value in named)):
            (excluded if name.startswith("not_") else values)[kind] = keys
    return SearchQuery(text=text, values=values, excluded=excluded, sort=sort)


def _key(library: Library, kind: Kind, name: str) -> str:
    """A value as queries have it."""
    if kind is Kind.COLLECTION:
        return str(library.collections[name].pk)
    if kind is Kind.UPLOADER:
        return str(library.viewers[name].pk)
    return name
