"""What people type into the search box, read as words, phrases and conditions (pure).

    golden "suspension bridge" -fog tag:dog -colour:"dark red" taken:2024-05

Words may stand anywhere and must all be there, phrases as they are; `field:value` is a condition on
one kind of facet, a minus excludes. Whatever does not follow these rules is words, so every text
can be read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from dam.names import tidy_name
from search.kinds import Kind
from search.words import fold, is_unspaced, query_words_of, runs_of, words_of

LONGEST_TEXT = 200
MOST_WORDS = 12
"""Words, phrases and conditions that are read of one text, and words that a phrase has."""


@dataclass(frozen=True, slots=True)
class Word:
    """Found as a word or as the beginning of one."""

    text: str
    """Folded."""
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Found as it is: whole words, one after another, or a run of a script without spaces."""

    text: str
    """As it was typed; a run that nobody put into quotes is folded."""
    words: tuple[str, ...]
    """The words that a text must have to hold it; never empty. Not all, if there are very many."""
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """`field:value`, which values of one kind meet whose words begin with those of the text."""

    kind: Kind
    text: str
    """As it was typed, tidied; a date as the facts have it. It may lack words: `tag:+`."""
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that a text asks for, each thing once and in the order it was typed."""

    words: tuple[Word, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    conditions: tuple[Condition, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases or self.conditions)

    @property
    def has_relevance(self) -> bool:
        """Whether assets can match it more or less well: it has words that are not excluded."""
        found_by: tuple[Word | Phrase, ...] = (*self.words, *self.phrases)
        return any(not part.is_excluded for part in found_by)


_Part = Word | Phrase | Condition

_SYNONYMS = {
    Kind.TAG: ("tags", "keyword", "keywords"),
    Kind.PERSON: ("persons", "people", "celebrity"),
    Kind.COLLECTION: ("collections", "album", "albums"),
    Kind.STATUS: ("recognition",),
    Kind.RECOGNISER: ("recognizer",),
    Kind.COLOUR: ("colours", "color", "colors"),
    Kind.FACES: ("face",),
    Kind.EMOTION: ("emotions", "mood"),
    Kind.EYEGLASSES: ("glasses",),
    Kind.MOUSTACHE: ("mustache",),
    Kind.ORIENTATION: ("shape",),
    Kind.FORMAT: ("type", "filetype"),
    Kind.UPLOADER: ("by", "user"),
}
_FIELDS = {kind.value: kind for kind in Kind} | {
    name: kind for kind, names in _SYNONYMS.items() for name in names
}
_DATE = "taken"
"""The field that a year or a month fits."""
_VALUES = {
    (Kind.FORMAT, "jpeg"): "jpg",
    (Kind.FORMAT, "tiff"): "tif",
    (Kind.FORMAT, "heif"): "heic",
    (Kind.STATUS, "recognized"): "recognised",
    (Kind.COLOUR, "gray"): "grey",
    (Kind.UNSAFE, "yes"): "unsafe",
}
"""Other words for values that facts have."""

# Phones put curly quotes, and keyboards of East Asia give full-width signs.
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»\uff02", '"'))
_NAMES = "|".join(sorted((*_FIELDS, _DATE), key=len, reverse=True))
_PARTS = re.compile(
    rf"(?P<minus>[-\u2013\u2212\uff0d])?(?:(?P<field>{_NAMES})[:\uff1a])?"
    r'(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))',
    re.IGNORECASE,
)
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")


@lru_cache(maxsize=512)
def parse(text: str) -> Asked:
    """Everything that a text asks for, as far as limits reach; any text can be read."""
    tidy = tidy_name(text)[:LONGEST_TEXT].translate(_QUOTES)
    parts = list(dict.fromkeys(_parts(tidy) if runs_of(tidy) else _signs(tidy)))[:MOST_WORDS]
    return Asked(
        words=tuple(part for part in parts if isinstance(part, Word)),
        phrases=tuple(part for part in parts if isinstance(part, Phrase)),
        conditions=tuple(part for part in parts if isinstance(part, Condition)),
    )


def _parts(text: str) -> Iterator[_Part]:
    for match in _PARTS.finditer(text):
        field, quoted, bare = match["field"], match["quoted"], match["bare"]
        is_excluded = match["minus"] is not None
        said = bare if quoted is None else quoted
        if field:
            yield from _condition(fold(field), tidy_name(said), is_excluded=is_excluded)
        elif quoted is not None:
            yield from _phrase(tidy_name(quoted), is_excluded=is_excluded)
        elif is_excluded and len(runs_of(bare)) > 1:
            # Each word by itself would exclude far more: -mount_1.jpg is not -jpg.
            yield from _phrase(bare, is_excluded=True)
        else:
            yield from _words(bare, is_excluded=is_excluded)


def _signs(text: str) -> Iterator[Word]:
    """A text without letters and digits: signs ask for what no text has, quotes for nothing."""
    if (signs := text.strip('" ')) and not signs.startswith("-"):
        yield Word(fold(signs))


def _words(text: str, *, is_excluded: bool) -> Iterator[_Part]:
    for run in runs_of(text):
        if is_unspaced(run) and len(run) > 1:
            yield from _phrase(run, is_excluded=is_excluded)
        else:
            (word,) = words_of(run)
            yield Word(word, is_excluded)


def _phrase(text: str, *, is_excluded: bool) -> Iterator[Phrase]:
    if words := query_words_of(text):
        yield Phrase(text, tuple(words[:MOST_WORDS]), is_excluded)


def _condition(field: str, text: str, *, is_excluded: bool) -> Iterator[Condition]:
    if not text:
        return
    kind = _FIELDS[field] if field != _DATE else (Kind.YEAR if text.isdecimal() else Kind.MONTH)
    if kind is Kind.MONTH and (month := _MONTH.fullmatch(text)):
        text = f"{month[1]}-{int(month[2]):02}"
    yield Condition(kind, _VALUES.get((kind, fold(text)), text), is_excluded)
