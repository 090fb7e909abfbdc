"""The sorts of questions that people put to a library, each many times over."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import ascii_lowercase
from types import MappingProxyType

from bench.search.facts import AGES
from bench.search.stock import COLLECTIONS, TOPICS, stock
from bench.search.vocabulary import CAMERAS, COLOURS
from dam.models import Asset
from dam.names import name_key
from search.kinds import Kind
from search.query import SearchQuery, Sort

COMMON, RARE = 10, 1000
"""So many tags count as the common ones, and as the rare ones."""


@dataclass(slots=True)
class Asker:
    """Thinks of queries that the assets of a library may meet."""

    rng: random.Random
    seed: int

    @property
    def classes(self) -> Mapping[str, Callable[[], SearchQuery]]:
        """What makes a query of each class."""
        return {
            "everything": SearchQuery,
            "common_tag": lambda: _of(Kind.TAG, self._tag(0, COMMON)),
            "middling_tag": lambda: _of(Kind.TAG, self._tag(100, 1000)),
            "rare_tag": lambda: _of(Kind.TAG, self._tag(-RARE, None)),
            "three_tags": self._three_tags,
            "tag_but_not_colour": self._but_not,
            "colours": self._colours,
            "years_and_camera": self._years_and_camera,
            "one_face": self._one_face,
            "tag_and_face": lambda: self._one_face().toggled(Kind.TAG, self._tag(0, 100)),
            "collection": lambda: _of(Kind.COLLECTION, str(self.rng.randint(1, COLLECTIONS))),
            "word": lambda: SearchQuery(text=self._word()),
            "two_words": lambda: SearchQuery(text=f"{self._word()} {self._word(0, 100)}"),
            "word_of_tags": lambda: SearchQuery(text=self._tag(0, 100).split()[-1]),
            "tag_and_word": lambda: self._with_tag(self._word(0, 200)),
            "phrase": lambda: SearchQuery(text=f'"{self._phrase()}"'),
            "beginning": lambda: SearchQuery(text=self._word()[: self.rng.randint(1, 3)]),
            "typo": lambda: SearchQuery(text=mistyped(self.rng, self._word())),
            "field_value": self._field_value,
            "deep_page": lambda: self._sorted(Sort.NEWEST).on_page(self.rng.randint(2, 1000)),
            "by_name": lambda: self._sorted(Sort.NAME),
            "by_taken": lambda: self._sorted(Sort.TAKEN),
            "by_size": lambda: self._sorted(Sort.LARGEST),
            "by_confidence": lambda: self._sorted(Sort.CONFIDENCE),
        }

    def make(self, each: int) -> list[tuple[str, SearchQuery]]:
        """So many queries of each class, all mixed."""
        made = [(name, make()) for name, make in self.classes.items() for _ in range(each)]
        self.rng.shuffle(made)
        return made

    def _tag(self, first: int, last: int | None) -> str:
        return name_key(self.rng.choice(stock(self.seed).tags[first:last]))

    def _word(self, first: int = 0, last: int = 3000) -> str:
        return self.rng.choice(stock(self.seed).words[first:last])

    def _three_tags(self) -> SearchQuery:
        """Two of a topic, and one of the common ones."""
        known = stock(self.seed)
        topic = known.topics[self.rng.randrange(TOPICS)].tolist()
        tags = {name_key(known.tags[place]) for place in self.rng.sample(topic, 2)}
        return _of(Kind.TAG, *(tags | {self._tag(0, COMMON)}))

    def _but_not(self) -> SearchQuery:
        return _of(Kind.TAG, self._tag(0, 100)).excluding(Kind.COLOUR, self.rng.choice(COLOURS))

    def _colours(self) -> SearchQuery:
        return _of(Kind.COLOUR, *self.rng.sample(COLOURS, 2))

    def _years_and_camera(self) -> SearchQuery:
        years = self.rng.sample(range(2015, 2026), 2)
        return _of(Kind.YEAR, *map(str, years)).toggled(Kind.CAMERA, self.rng.choice(CAMERAS))

    def _one_face(self) -> SearchQuery:
        """Men with beards of some age who wear sunglasses, and the like."""
        worn = self.rng.choice((Kind.SUNGLASSES, Kind.EYEGLASSES, Kind.MOUSTACHE))
        query = _of(Kind.GENDER, "male").toggled(Kind.BEARD, "yes").toggled(worn, "yes")
        return query.toggled(Kind.AGE, self.rng.choice(AGES)) if self.rng.random() < 0.5 else query

    def _with_tag(self, text: str) -> SearchQuery:
        return SearchQuery(text=text, values=_of(Kind.TAG, self._tag(0, 100)).values)

    def _phrase(self) -> str:
        """Two words that follow each other in some title."""
        titled = Asset.objects.filter(pk__gte=self.rng.randint(1, self._last)).exclude(title="")
        asset = titled.order_by("pk").first()
        words = asset.title.split() if asset else [self._word(), self._word()]
        place = self.rng.randrange(max(len(words) - 1, 1))
        return " ".join(words[place : place + 2])

    @property
    def _last(self) -> int:
        return Asset.objects.order_by("-pk").values_list("pk", flat=True)[0]

    def _field_value(self) -> SearchQuery:
        tag, colour = self._tag(0, 300), self.rng.choice(COLOURS)
        year = self.rng.randint(2015, 2025)
        return SearchQuery(text=f'tag:"{tag}" colour:{colour} taken:{year}')

    def _sorted(self, sort: Sort) -> SearchQuery:
        return _of(Kind.TAG, self._tag(0, COMMON)).sorted_by(sort)


def mistyped(rng: random.Random, word: str) -> str:
    """The word with one letter too few, too many, another one, or two changed round."""
    typed = word
    while typed == word:
        place, letter = rng.randrange(1, len(word) - 1), rng.choice(ascii_lowercase)
        before, here, after = word[:place], word[place], word[place + 1 :]
        turned = word[: place - 1] + here + word[place - 1] + after
        more, other = before + letter + here + after, before + letter + after
        typed = rng.choice([before + after, more, other, turned])
    return typed


def _of(kind: Kind, *values: str) -> SearchQuery:
    return SearchQuery(values=MappingProxyType({kind: tuple(sorted(values))}))
