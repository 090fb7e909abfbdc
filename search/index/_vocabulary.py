"""The words of titles, file names and texts: which there are, and which assets have them."""

from array import array
from bisect import bisect_left
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pyroaring import BitMap

from search.index._reading import Description
from search.index._storing import BEGINNING, LONGEST_BEGINNING, WORD
from search.models import Posting, Term

MOST_EXPANSIONS = 2_000
"""Words that a longer beginning stands for: those that the most assets have."""
_CACHED_BYTES = 4_000_000
_PHRASES = 64
_MANY_NEW = 20_000
"""New words from which the list of all is read anew."""

Places = Mapping[int, BitMap]
"""Assets by where a word stands in what is known of them."""


class Vocabulary:
    """All stored words in order, in one run of bytes: a million take some 25 MB."""

    def __init__(self) -> None:
        self.last = 0
        """The newest term that is known of."""
        self._new: dict[str, tuple[int, int]] = {}
        rows = Term.objects.filter(kind=WORD).values_list("value", "pk", "assets").order_by()
        words = sorted((value.encode(), pk, assets) for value, pk, assets in rows.iterator())
        self._bytes = b"".join(word for word, _pk, _assets in words)
        self._ends = array("I", [0])
        for word, _pk, _assets in words:
            self._ends.append(self._ends[-1] + len(word))
        self._terms = array("I", (pk for _word, pk, _assets in words))
        self._assets = array("I", (assets for _word, _pk, assets in words))
        self.last = max(self._terms, default=0)

    def learn(self) -> bool:
        """Reads words that are stored since; answers with whether they have become very many."""
        rows = Term.objects.filter(kind=WORD, pk__gt=self.last).order_by()
        for value, pk, assets in rows.values_list("value", "pk", "assets").iterator():
            self._new[value] = pk, assets
            self.last = max(self.last, pk)
        return len(self._new) > _MANY_NEW

    def find(self, word: str) -> int | None:
        """The term of a word."""
        if word in self._new:
            return self._new[word][0]
        at = self._at(encoded := word.encode())
        return self._terms[at] if self._word(at) == encoded else None

    def known(self, words: Collection[str]) -> dict[str, int]:
        """Those of the words that there are, with about how many assets have each, one at least."""
        found = {word: max(1, self._new[word][1]) for word in words if word in self._new}
        at, there = 0, self._word(0)
        # In order: most words asked for lie between two that there are, and need not be looked up.
        for encoded in sorted(word.encode() for word in words):
            if encoded > there:
                at = self._at(encoded, at)
                there = self._word(at)
            if encoded == there:
                found[encoded.decode()] = max(1, self._assets[at])
        return found

    def beginning_with(self, start: str) -> list[int]:
        """The terms of the commonest words that begin so, the commonest first."""
        first = self._at(start.encode())
        # No byte of UTF-8 is 0xff, so this comes after every word that begins so.
        end = self._at(start.encode() + b"\xff")
        found = [(self._assets[at], self._terms[at]) for at in range(first, end)]
        found += [(n, pk) for word, (pk, n) in self._new.items() if word.startswith(start)]
        found.sort(key=lambda pair: (-pair[0], pair[1]))
        return [pk for _n, pk in found[:MOST_EXPANSIONS]]

    def _at(self, word: bytes, low: int = 0) -> int:
        """Where a word is or would be, from some place on."""
        high = len(self._terms)
        while low < high:
            middle = (low + high) // 2
            if self._bytes[self._ends[middle] : self._ends[middle + 1]] < word:
                low = middle + 1
            else:
                high = middle
        return low

    def _word(self, at: int) -> bytes:
        """The word at a place; after the last one what comes after every word."""
        if at == len(self._terms):
            return b"\xff"
        return self._bytes[self._ends[at] : self._ends[at + 1]]


class Words:
    """Which assets have a word, and where: stored postings, with what changed since on top."""

    def __init__(self, generation: int, *, has_beginnings: bool) -> None:
        self.generation = generation
        self._longest_beginning = LONGEST_BEGINNING if has_beginnings else 0
        self._vocabulary: Vocabulary | None = None
        self._stored: OrderedDict[tuple[str, bool], dict[int, BitMap]] = OrderedDict()
        self._stored_bytes = 0
        self._changed: dict[int, int] = {}
        """By asset: the position of its last change."""
        self.not_stored = BitMap()
        """The assets whose stored words do not count."""
        self._own: dict[int, dict[int, str]] = defaultdict(dict)
        """By place and changed asset its words between line ends, small and quick to search."""
        self._own_words: set[str] | None = None

    def apply(self, changed: BitMap, present: Iterable[Description], position: int) -> None:
        """Has the words of changed assets be those of their descriptions."""
        self._forget(changed)
        self._changed.update(dict.fromkeys(changed, position))
        self.not_stored |= changed
        for one in present:
            by_place: dict[int, list[str]] = defaultdict(list)
            for word, place in one.words:
                by_place[place].append(word)
            for place, words in by_place.items():
                self._own[place][one.asset] = "\n".join(("", *words, ""))

    def stored_up_to(self, position: int) -> None:
        """Lets go of changes below a position: they are in the stored postings."""
        done = [asset for asset, changed in self._changed.items() if changed < position]
        self._forget(done)
        for asset in done:
            del self._changed[asset]
        self.not_stored -= BitMap(done)
        self._stored.clear()
        self._stored_bytes = 0
        if self._vocabulary and self._vocabulary.learn():
            self._vocabulary = None

    def find(self, word: str, *, whole: bool = False) -> Places:
        """The assets that have a word, or unless `whole` one that begins so, by place."""
        found: dict[int, BitMap] = {}
        for place, assets in self._stored_places(word, whole=whole).items():
            found[place] = assets - self.not_stored
        # Few assets at a time are not stored yet.
        wanted = f"\n{word}\n" if whole else f"\n{word}"
        for place, texts in self._own.items():
            if own := BitMap([asset for asset, text in texts.items() if wanted in text]):
                found[place] = found.get(place, BitMap()) | own
        return found

    def known(self, words: Collection[str]) -> dict[str, int]:
        """Those of the words that something may have, with about how many assets do."""
        found = self._words().known(words)
        if self._own_words is None:
            texts = (text for of_place in self._own.values() for text in of_place.values())
            self._own_words = {word for text in texts for word in text.split("\n")}
        for word in self._own_words.intersection(words):
            found[word] = found.get(word, 0) + 1
        return {word: found[word] for word in words if word in found}

    def _stored_places(self, word: str, *, whole: bool) -> dict[int, BitMap]:
        key = word, whole
        if key in self._stored:
            self._stored.move_to_end(key)
            return self._stored[key]
        parts: dict[int, list[BitMap]] = defaultdict(list)
        terms = self._terms(word, whole=whole)
        rows = Posting.objects.filter(generation=self.generation, term__in=terms)
        for place, bitmap in rows.values_list("field", "bitmap").order_by().iterator():
            parts[place].append(BitMap.deserialize(bytes(bitmap)))
        self._stored[key] = found = {place: BitMap.union(*some) for place, some in parts.items()}
        self._stored_bytes += _bytes_of(found)
        while self._stored_bytes > _CACHED_BYTES and len(self._stored) > 1:
            self._stored_bytes -= _bytes_of(self._stored.popitem(last=False)[1])
        return found

    def _terms(self, word: str, *, whole: bool) -> set[int]:
        """The terms of a word, and unless `whole` of all that begin so."""
        exact = self._words().find(word)
        terms = set() if exact is None else {exact}
        if whole:
            return terms
        if len(word) > self._longest_beginning:
            return terms | set(self._words().beginning_with(word))
        short = Term.objects.filter(kind=BEGINNING, value=word)
        return terms | set(short.values_list("pk", flat=True))

    def _words(self) -> Vocabulary:
        if self._vocabulary is None:
            self._vocabulary = Vocabulary()
        return self._vocabulary

    def _forget(self, assets: Iterable[int]) -> None:
        self._own_words = None
        for texts in self._own.values():
            for asset in assets:
                texts.pop(asset, None)


def _bytes_of(places: Places) -> int:
    """About how much memory sets take."""
    return sum(
        known["n_bytes_array_containers"]
        + known["n_bytes_run_containers"]
        + known["n_bytes_bitset_containers"]
        for known in (assets.get_statistics() for assets in places.values())
    )


class Phrases:
    """Which assets have a phrase, as far as their texts were read."""

    def __init__(self) -> None:
        self._read: OrderedDict[tuple[str, int], tuple[BitMap, BitMap]] = OrderedDict()

    def forget(self, assets: BitMap) -> None:
        """Has the texts of changed assets be read again."""
        for read, having in self._read.values():
            read -= assets
            having -= assets

    def of(self, phrase: str, place: int) -> tuple[BitMap, BitMap]:
        """Of a phrase in a place: the assets read, and those that have it; to be added to."""
        key = phrase, place
        found = self._read.setdefault(key, (BitMap(), BitMap()))
        self._read.move_to_end(key)
        if len(self._read) > _PHRASES:
            self._read.popitem(last=False)
        return found


class Names:
    """The names of tags and people by their words, kept in order to find beginnings."""

    def __init__(self, names: Iterable[tuple[str, str, Iterable[str]]]) -> None:
        """Takes kind, value and the words of its name."""
        self._entries: list[tuple[str, str, str]] = sorted(
            {(word, kind, value) for kind, value, words in names for word in words}
        )
        self._words: Sequence[str] = [word for word, _kind, _value in self._entries]
        self._known = frozenset(self._words)

    def known(self, words: Iterable[str]) -> list[str]:
        """Those of the words that are in some name."""
        return [word for word in words if word in self._known]

    def find(self, word: str, *, whole: bool = False) -> Iterator[tuple[str, str]]:
        """Kind and value of what has a word, or one that begins so, in its name."""
        at = bisect_left(self._words, word)
        while at < len(self._words) and self._words[at].startswith(word):
            if whole and self._words[at] != word:
                return
            yield self._entries[at][1:]
            at += 1
