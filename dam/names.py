"""How names that people type are compared and sorted: tags, collections, files (pure)."""

import re
import unicodedata
from functools import lru_cache

_BLANKS = re.compile(r"\s+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_REMEMBERED = 4096
"""Names whose keys a process knows: recognisers say the same few thousand again and again."""


def tidy_name(name: str) -> str:
    """The name as it is shown: NFC, blanks collapsed, control characters gone."""
    visible = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", name)
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cs")
    )
    return _BLANKS.sub(" ", visible).strip()


MAX_TAG_NAME = 100


def fit_tag_name(name: str) -> str:
    """A recogniser's label as a tag can show it: tidy and no longer than a tag may be."""
    return tidy_name(name)[:MAX_TAG_NAME].strip()


@lru_cache(_REMEMBERED)
def name_key(name: str) -> str:
    """What makes two names the same: casefolded NFC, so that KÄSE and Käse are one tag."""
    return unicodedata.normalize("NFC", tidy_name(name).casefold())


_DIGITS = re.compile("[0-9]+")
LONGEST_SORT_KEY = 1000
"""In bytes; PostgreSQL takes no more than about 2,700 into an index."""


def sort_key(name: str) -> bytes:
    """What names are sorted by, the same on every database: without capitals and accents.

    Numbers in it come by how large they are: IMG_2 before IMG_10.
    """
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", name.casefold()))
    folded = unicodedata.normalize("NFC", bare).casefold()
    return _DIGITS.sub(_by_size, folded).encode()[:LONGEST_SORT_KEY]


def _by_size(digits: re.Match[str]) -> str:
    """A number behind the number of its digits, so that a longer one comes later.

    It begins with a digit still, as numbers come before letters.
    """
    number = digits[0].lstrip("0") or "0"
    return f"{len(number):03}{number}"
