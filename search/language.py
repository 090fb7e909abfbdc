"""What people type into the search box, read as words, phrases and conditions (pure).

    golden "suspension bridge" -fog tag:dog -colour:"dark red" taken:2024-05

Words may stand anywhere and must all be there, phrases as they are; `field:value` is a condition on
one kind of facet, a minus excludes. Whatever does not follow these rules is words, so every text
can be read.
"""

import re
from collections import deque
from collections.abc import Container, Iterator
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

    @property
    def typed(self) -> str:
        """A text that asks for it."""
        return f"{_minus(self)}{self.text}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Found as it is: whole words, one after another, or a run of a script without spaces."""

    text: str
    """As it was typed; a run that nobody put into quotes is folded."""
    words: tuple[str, ...]
    """The words that a text must have to hold it; never empty. Not all, if there are very many."""
    is_excluded: bool = False

    @property
    def typed(self) -> str:
        """A text that asks for it."""
        return f'{_minus(self)}"{self.text}"'


@dataclass(frozen=True, slots=True)
class Condition:
    """`field:value`, which values of one kind meet whose words begin with those of the text."""

    kind: Kind
    text: str
    """As it was typed, tidied; a date as the facts have it. It may lack words: `tag:+`."""
    is_excluded: bool = False

    @property
    def typed(self) -> str:
        """A text that asks for it."""
        return f'{_minus(self)}{self.kind}:"{self.text}"'


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that a text asks for, each thing once and in the order it was typed."""

    words: tuple[Word, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    conditions: tuple[Condition, ...] = ()
    unread: tuple[Word | Phrase | Condition, ...] = ()
    """What is beyond the limit, and not asked for."""

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases or self.conditions)

    @property
    def has_relevance(self) -> bool:
        """Whether assets can match it more or less well: it has words that are not excluded."""
        found_by: tuple[Word | Phrase, ...] = (*self.words, *self.phrases)
        return any(not part.is_excluded for part in found_by)


_Part = Word | Phrase | Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """A text apart from what is being typed at its end, which may be the beginning of a value."""

    before: str
    beginning: str
    """Without its sign, its field and its quotes; empty where a field has no value yet."""
    kind: Kind | None = None
    """The field that is asked for a value."""
    is_excluded: bool = False


def _minus(part: Word | Phrase | Condition) -> str:
    return "-" if part.is_excluded else ""


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
_SAFE = (Kind.UNSAFE, "no")
"""Asks for what lacks a value: no fact says that an image is safe."""
FIELDS = (*(kind.value for kind in Kind), _DATE)
"""The fields of conditions, without other words for them."""

# Phones put curly quotes, and keyboards of East Asia give full-width signs.
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»\uff02", '"'))
_NAMES = "|".join(sorted((*_FIELDS, _DATE), key=len, reverse=True))
_MINUS = "[-\u2013\u2212\uff0d]"
_COLON = "[:\uff1a]"
# Blanks after the colon are passed over, unless what follows them is a part of its own.
_PARTS = re.compile(
    rf"(?P<minus>{_MINUS})?"
    rf"(?:(?P<field>{_NAMES}){_COLON}(?:\s+(?!{_MINUS}|(?:{_NAMES}){_COLON}))?)?"
    r'(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))',
    re.IGNORECASE,
)
_OPEN_FIELD = re.compile(
    rf"(?:^|\s)(?P<minus>{_MINUS})?(?P<field>{_NAMES}){_COLON}\s*\"?$", re.IGNORECASE
)
_UNKNOWN_FIELD = re.compile(rf"{_MINUS}?(?P<field>[^\W\d_]{{2,}}){_COLON}(?!//).+")
_MONTH = re.compile(r"(\d{4})[-/.](0?[1-9]|1[0-2])")


@lru_cache(maxsize=512)
def parse(text: str) -> Asked:
    """Everything that a text asks for, as far as limits reach; any text can be read."""
    tidy = _tidy(text)
    every = list(dict.fromkeys(_parts(tidy) if runs_of(tidy) else _signs(tidy)))
    parts = every[:MOST_WORDS]
    return Asked(
        words=tuple(part for part in parts if isinstance(part, Word)),
        phrases=tuple(part for part in parts if isinstance(part, Phrase)),
        conditions=tuple(part for part in parts if isinstance(part, Condition)),
        unread=tuple(every[MOST_WORDS:]),
    )


def typing_at_end(text: str) -> Typing | None:
    """What is being typed at the end of a text; None where nothing is."""
    tidy = _tidy(text)
    if field := _OPEN_FIELD.search(tidy):
        before = tidy[: field.start()].strip()
        kind = _kind(fold(field["field"]), "")
        return Typing(before=before, beginning="", kind=kind, is_excluded=bool(field["minus"]))
    last = deque(_PARTS.finditer(tidy), maxlen=1)
    if not last or not runs_of(last[0].group()):
        return None
    (match,) = last
    parts = list(_part(match))
    condition = parts[0] if parts and isinstance(parts[0], Condition) else None
    said = match["bare"] if match["quoted"] is None else match["quoted"]
    return Typing(
        before=tidy[: match.start()].strip(),
        beginning=condition.text if condition else tidy_name(said),
        kind=condition.kind if condition else None,
        is_excluded=condition.is_excluded if condition else match["minus"] is not None,
    )


def without(text: str, conditions: Container[Condition]) -> str:
    """The text without some of its conditions."""
    matches = _PARTS.finditer(_tidy(text))
    kept = (m for m in matches if not any(part in conditions for part in _part(m)))
    return " ".join(match.group().strip() for match in kept)


def unknown_fields(text: str) -> list[str]:
    """What stands before a colon as a field would, and is none: "title" in `title:gala`."""
    bare = (match["bare"] for match in _PARTS.finditer(_tidy(text)) if not match["field"])
    found = (_UNKNOWN_FIELD.fullmatch(part) for part in bare if part)
    return list(dict.fromkeys(match["field"] for match in found if match))


def _tidy(text: str) -> str:
    return tidy_name(text)[:LONGEST_TEXT].translate(_QUOTES)


def _parts(text: str) -> Iterator[_Part]:
    for match in _PARTS.finditer(text):
        yield from _part(match)


def _part(match: re.Match[str]) -> Iterator[_Part]:
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
    kind = _kind(field, text)
    if kind is Kind.MONTH and (month := _MONTH.fullmatch(text)):
        text = f"{month[1]}-{int(month[2]):02}"
    value = _VALUES.get((kind, fold(text)), text)
    if (kind, fold(text)) == _SAFE:
        value, is_excluded = _VALUES[Kind.UNSAFE, "yes"], not is_excluded
    yield Condition(kind, value, is_excluded)


def _kind(field: str, text: str) -> Kind:
    """The kind that a field asks for a value; a date may be of either."""
    if field != _DATE:
        return _FIELDS[field]
    return Kind.YEAR if text.isdecimal() or not text else Kind.MONTH
