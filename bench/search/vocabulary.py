"""The words that a made-up library speaks in (pure)."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from dam.names import name_key
from recognition.recognisers.local.taxonomy import load_taxonomy

TAGS = 5_000
WORDS = 20_000
"""Of titles, descriptions and recognised text; none of them is a word of a tag."""
CAMERAS = tuple(
    f"{maker} {model}"
    for maker, models in {
        "Canon": ("EOS R5", "EOS R6", "EOS 5D", "EOS 80D", "PowerShot G7"),
        "Nikon": ("Z 6", "Z 8", "D750", "D850", "D5600"),
        "Sony": ("ILCE-7M4", "ILCE-7RM5", "ILCE-6400", "RX100"),
        "Fujifilm": ("X-T5", "X-T30", "X100V", "GFX 50"),
        "Leica": ("M11", "Q3", "SL2"),
        "Apple": ("iPhone 12", "iPhone 13", "iPhone 14", "iPhone 15"),
        "Panasonic": ("DC-S5", "DC-GH6"),
        "Olympus": ("E-M1", "E-M5"),
    }.items()
    for model in models
)
COLOURS = (
    "black", "grey", "white", "blue", "brown", "green",
    "red", "orange", "yellow", "pink", "purple", "teal",
)  # fmt: skip
MODERATION = ("Alcohol", "Explicit Nudity", "Gambling", "Suggestive", "Tobacco", "Violence")
PRODUCTS = tuple(f"Product {number:02}" for number in range(1, 21))
"""Names of custom labels."""
_HOW = ("Antique", "Painted", "Tiny", "Broken", "Golden")
_ONSETS = (*"bdfghklmnprstvz", "br", "dr", "gr", "kr", "pl", "st", "tr")
_VOWELS = (*"aeiou", "ai", "ou")
_CODAS = ("", "", "n", "r", "l", "s", "k", "m")


def tag_names(seed: int) -> list[str]:
    """The names of all tags, the commonest first: the words of the taxonomy, and more by them."""
    names: dict[str, str] = {}
    for name in _candidates():
        names.setdefault(name_key(name), name)
        if len(names) == TAGS:
            break
    rng = np.random.default_rng([seed, 1])
    return [str(name) for name in rng.permutation(list(names.values()))]


def words(seed: int) -> list[str]:
    """The words of texts, the commonest first."""
    rng = np.random.default_rng([seed, 2])
    taken = {word for name in tag_names(seed) for word in name_key(name).split()}
    found: dict[str, None] = {}
    while len(found) < WORDS:
        word = "".join(_syllable(rng) for _ in range(rng.integers(2, 5)))
        if word not in taken and len(word) > 3:
            found.setdefault(word)
    return list(found)


def _candidates() -> Iterator[str]:
    labels = sorted(load_taxonomy().labels)
    yield from labels
    for how, label in product(_HOW, labels):
        yield f"{how} {label}"


def _syllable(rng: np.random.Generator) -> str:
    parts = (_ONSETS, _VOWELS, _CODAS)
    return "".join(part[rng.integers(len(part))] for part in parts)
