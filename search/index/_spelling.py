"""Words that are one slip of the finger away (pure)."""

from collections.abc import Iterator

LEAST_LETTERS, MOST_LETTERS = 3, 24
"""Shorter words have too many neighbours to guess from, and longer ones are no words."""
_OPERATORS = frozenset({"and", "not"})
"""Of other languages of search; whoever types them does not mean a word like them."""
_LATIN = "abcdefghijklmnopqrstuvwxyz0123456789"
_RANGES = (
    (0x0370, 0x03FF, "".join(map(chr, range(0x3B1, 0x3CA)))),
    (0x0400, 0x052F, "".join(map(chr, range(0x430, 0x460)))),
    (0x0530, 0x058F, "".join(map(chr, range(0x561, 0x588)))),
    (0x0590, 0x05FF, "".join(map(chr, range(0x5D0, 0x5EB)))),
    (0x0600, 0x06FF, "".join(map(chr, range(0x621, 0x64B)))),
    (0x0900, 0x097F, "".join(map(chr, range(0x905, 0x94E)))),
)
"""First and last code point of a script, and its small letters."""


def may_be_mistyped(word: str) -> bool:
    """Whether to guess at another word: one with digits is a name or a number of its own."""
    if not LEAST_LETTERS <= len(word) <= MOST_LETTERS or word in _OPERATORS:
        return False
    return not any(char.isdigit() for char in word)


def alphabet_of(word: str) -> str:
    """The letters that a word of this script may have, and digits."""
    letters = set(_LATIN) | set(word)
    scripts = (of for first, last, of in _RANGES if any(first <= ord(c) <= last for c in word))
    return "".join(sorted(letters | set(next(scripts, ""))))


def one_edit_away(word: str) -> Iterator[str]:
    """Every word with one letter left out, added, changed, or swapped with the next one."""
    letters = alphabet_of(word)
    seen = {word, ""}
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        variants = [head + letter + tail for letter in letters]
        if tail:
            variants.append(head + tail[1:])
            variants += [head + letter + tail[1:] for letter in letters]
        if len(tail) > 1:
            variants.append(head + tail[1] + tail[0] + tail[2:])
        for variant in variants:
            if variant not in seen:
                seen.add(variant)
                yield variant
