"""Text as words that can be looked up: folded, so that spelling variants are one word (pure).

A word is a run of letters and digits, casefolded, without the accents of alphabets. Scripts that
put no spaces between words (Chinese, Japanese, Thai and the like) give each character and each pair
of neighbours instead, so that whatever stands in a text is found in its middle too.
"""

import re
import unicodedata
from collections.abc import Iterator

LONGEST_WORD = 64
"""In characters; what is longer is cut and still found by its beginning."""

# Thai, Lao, Myanmar, Khmer, Hiragana, Katakana, Bopomofo and Han, without digits and punctuation.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecf\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u109a-\u109d"
    "\u1780-\u17d3\u17d7\u17dc\u17dd\u3005-\u3007\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# Letters of Indic scripts carry vowels that \w does not count among letters.
_MARKS = "".join(
    char for char in map(chr, range(0x20000)) if unicodedata.category(char) in ("Mn", "Mc")
)
_RUNS = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|[{_MARKS}])*")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")

# Accents of alphabets, points of Hebrew, vowels of Arabic, letters that stand for an apostrophe,
# and what is invisible. Marks of Japanese and Indic scripts make other letters and stay.
_DROPPED = re.compile(
    "[\u00ad\u02b9-\u02bf\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\U000e0100-\U000e01ef]"
)
_PLAIN_LETTERS = str.maketrans(
    dict(zip("øđðħ\u0131łŧŋ", "oddhiltn", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that people without them on their keyboard type otherwise, and that do not decompose."""


def fold(text: str) -> str:
    """Text as it is compared: casefolded, compatible forms one, accents gone."""
    if text.isascii():
        return text.lower()
    # Unicode's compatibility caseless matching: either step brings up what the other changes.
    for _ in range(2):
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFC", _DROPPED.sub("", text).translate(_PLAIN_LETTERS))


def runs_of(text: str) -> list[str]:
    """The folded text cut where letters and digits end, or where a script without spaces does."""
    return _RUNS.findall(fold(text))


def words_of(text: str) -> Iterator[str]:
    """The words of a text, as often as they occur, in order."""
    for run in runs_of(text):
        if is_unspaced(run):
            yield from run
            yield from _pairs(run)
        else:
            yield run[:LONGEST_WORD]


def query_words_of(text: str) -> list[str]:
    """The words that a text must have to hold this one: pairs alone where there are any."""
    words: list[str] = []
    for run in runs_of(text):
        words += _pairs(run) if is_unspaced(run) and len(run) > 1 else [run[:LONGEST_WORD]]
    return list(dict.fromkeys(words))


def has_phrase(text: str, phrase: str) -> bool:
    """Whether the words of a phrase stand in a text one after another.

    They are whole words, but for scripts without spaces, where a phrase may begin and end anywhere.
    A text that has it has its `query_words_of` too.
    """
    runs = runs_of(phrase)
    if not runs:
        return False
    before, after = ("" if is_unspaced(run) else " " for run in (runs[0], runs[-1]))
    return f"{before}{' '.join(runs)}{after}" in f" {' '.join(runs_of(text))} "


def is_unspaced(word: str) -> bool:
    """Whether a word is of a script without spaces, where no word begins or ends."""
    return bool(_IS_UNSPACED.match(word))


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]
