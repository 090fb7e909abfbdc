"""The rows of made-up assets, so many at a time; the same for equal seeds (pure)."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.search.facts import FORMAT_SHARES, FORMATS, FactSheet, add_of_file, add_recognised
from bench.search.stock import COLLECTIONS, TOPICS, UPLOADERS, Numbers, Stock, draw, shares
from bench.search.vocabulary import TAGS
from dam.names import sort_key

Rows = Iterable[tuple[Any, ...]]
CHUNK = 20_000
COLUMNS = {
    "dam_original": (
        "id", "sha256", "file", "bytes", "media_type", "extension", "width", "height", "metadata",
        "taken_at", "created_at",
    ),
    "dam_asset": (
        "id", "original_id", "file_name", "name_key", "title", "description", "alt_text", "rights",
        "uploader_id", "created_at", "updated_at", "trashed_at",
    ),
    "dam_audience": ("asset_id", "group_id"),
    "dam_collectionitem": ("collection_id", "asset_id", "position"),
    "dam_taggedasset": ("content_object_id", "tag_id", "source", "confidence"),
    "dam_assetfact": ("asset_id", "kind", "value", "confidence", "face"),
    "dam_assettext": ("asset_id", "kind", "text"),
}  # fmt: skip
"""By table, in the order in which they are written."""
_DRAWS = 13.33
"""Tags drawn for an asset; as some are drawn twice, 12.95 different ones are left."""
_SHAPES = np.array([[6000, 4000], [4000, 6000], [4000, 4000]])
_MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "tif": "image/tiff"}
_FIRST, _LAST = np.datetime64("2015-01-01", "s"), np.datetime64("2026-06-30", "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The keys of whom assets belong to, and who sees them."""

    uploaders: tuple[int, ...]
    groups: tuple[tuple[int | None, ...], ...]
    """The audiences that an asset may have; none of a group: everybody signed in."""
    group_shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some assets that follow each other."""

    stock: Stock
    people: People
    seed: int
    first: int
    """The key of the first asset."""
    number: int

    def tables(self) -> Iterator[tuple[str, Rows]]:
        """By table, all rows of these assets."""
        rng = np.random.default_rng([self.seed, 4, self.first])
        formats = draw(rng, FORMAT_SHARES, self.number)
        shape = draw(rng, np.array([0.65, 0.95, 1.0]), self.number)
        created, taken = self._moments(rng)
        sheet = FactSheet(rng)
        add_of_file(sheet, self.number, formats, shape, taken)
        with_text = add_recognised(sheet, self.number)
        yield "dam_original", self._originals(rng, formats, shape, taken, created)
        yield "dam_asset", self._assets(rng, formats, created)
        yield "dam_audience", self._audiences(rng)
        yield "dam_collectionitem", self._items(rng)
        yield "dam_taggedasset", self._tagged(rng)
        yield "dam_assetfact", sheet.rows(self.first)
        texts = self._texts(rng, len(with_text), 2, 8)
        keys = (with_text + self.first).tolist()
        yield "dam_assettext", ((key, "text", text) for key, text in zip(keys, texts, strict=True))

    @property
    def _keys(self) -> range:
        return range(self.first, self.first + self.number)

    def _moments(self, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
        """When each asset was uploaded, and when taken: four in five tell."""
        span = int((_LAST - _FIRST).astype(int))
        created = _FIRST + rng.integers(span, size=self.number).astype("m8[s]")
        taken = created - rng.integers(86_400 * 400, size=self.number).astype("m8[s]")
        taken[rng.random(self.number) < 0.2] = np.datetime64("NaT")
        return created, taken

    def _originals(
        self,
        rng: np.random.Generator,
        formats: Numbers,
        shape: Numbers,
        taken: Numbers,
        created: Numbers,
    ) -> Iterator[tuple[Any, ...]]:
        sizes = rng.lognormal(15, 0.6, self.number).astype(int).tolist()
        sides, moments = _SHAPES[shape].tolist(), _moments(taken)
        picked, uploaded = [FORMATS[place] for place in formats], _moments(created)
        for place, key in enumerate(self._keys):
            digest = hashlib.sha256(f"{self.seed}-{key}".encode()).hexdigest()
            kind, (width, height) = picked[place], sides[place]
            file = f"{digest[:2]}/{digest[:32]}.{kind}"
            yield (
                key, digest, file, sizes[place], _MEDIA_TYPES[kind], f".{kind}", width, height,
                "{}", moments[place], uploaded[place],
            )  # fmt: skip

    def _assets(
        self, rng: np.random.Generator, formats: Numbers, created: Numbers
    ) -> Iterator[tuple[Any, ...]]:
        moments = _moments(created)
        titled, described = rng.random(self.number) < 0.6, rng.random(self.number) < 0.3
        titles = self._texts(rng, int(titled.sum()), 2, 5)
        descriptions = self._texts(rng, int(described.sum()), 6, 20)
        names = self._texts(rng, self.number, 1, 3)
        of = self.people.uploaders
        uploaders = draw(rng, shares(UPLOADERS), self.number).tolist()
        imported = (rng.random(self.number) < 0.1).tolist()
        trashed = (rng.random(self.number) < 0.01).tolist()
        for place, key in enumerate(self._keys):
            name = f"{_file_stem(key, next(names))}.{FORMATS[formats[place]]}"
            title = next(titles) if titled[place] else ""
            yield (
                key, key, name, sort_key(title or name), title,
                next(descriptions) if described[place] else "", "", "",
                None if imported[place] else of[uploaders[place] % len(of)],
                moments[place], moments[place], moments[place] if trashed[place] else None,
            )  # fmt: skip

    def _audiences(self, rng: np.random.Generator) -> Iterator[tuple[int, int | None]]:
        picks = draw(rng, np.cumsum(self.people.group_shares), self.number).tolist()
        for key, pick in zip(self._keys, picks, strict=True):
            for group in self.people.groups[pick]:
                yield key, group

    def _items(self, rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
        """Every third asset is in a collection, some of these in another one too."""
        for share in (0.3, 0.05):
            has = np.flatnonzero(rng.random(self.number) < share)
            half = COLLECTIONS // 2
            picks = draw(rng, shares(half), len(has)) + (half if share < 0.1 else 0) + 1
            for collection, asset in zip(picks.tolist(), has.tolist(), strict=True):
                yield collection, asset + self.first, asset + self.first

    def _tagged(self, rng: np.random.Generator) -> Iterator[tuple[int, int, str, float | None]]:
        pairs = self._tag_pairs(rng)
        manual = (rng.random(len(pairs)) < 0.1).tolist()
        sure = np.round(rng.uniform(70, 100, len(pairs)), 2).tolist()
        assets, tags = (pairs // TAGS + self.first).tolist(), (pairs % TAGS + 1).tolist()
        for asset, tag, by_hand, confidence in zip(assets, tags, manual, sure, strict=True):
            yield (asset, tag, "manual", None) if by_hand else (asset, tag, "automatic", confidence)

    def _tag_pairs(self, rng: np.random.Generator) -> Numbers:
        """Each tag of each asset as one number; half are drawn from all, half from a topic."""
        assets = np.repeat(np.arange(self.number), np.maximum(rng.poisson(_DRAWS, self.number), 1))
        topics = rng.integers(TOPICS, size=self.number)[assets]
        of_topic = self.stock.topics[
            topics, rng.integers(self.stock.topics.shape[1], size=len(assets))
        ]
        of_all = draw(rng, self.stock.tag_shares, len(assets))
        tags = np.where(rng.random(len(assets)) < 0.5, of_topic, of_all)
        return np.unique(assets * TAGS + tags)

    def _texts(
        self, rng: np.random.Generator, number: int, least: int, beyond: int
    ) -> Iterator[str]:
        """So many texts of some words each."""
        lengths = rng.integers(least, beyond, number)
        picks = iter(draw(rng, self.stock.word_shares, int(lengths.sum())).tolist())
        known = self.stock.words
        for length in lengths.tolist():
            yield " ".join(known[next(picks)] for _ in range(length))


def chunks(stock: Stock, people: People, *, seed: int, assets: int) -> Iterator[Chunk]:
    """All assets of a library."""
    for first in range(1, assets + 1, CHUNK):
        number = min(CHUNK, assets + 1 - first)
        yield Chunk(stock=stock, people=people, seed=seed, first=first, number=number)


def _file_stem(key: int, words: str) -> str:
    """Cameras number their files; people name them."""
    number = key * 7919 % 10_000
    if key % 3:
        return f"{'IMG_' if key % 2 else 'DSC0'}{number:04}"
    return f"{words.replace(' ', '-')}-{number:04}"


def _moments(times: Numbers) -> list[str | None]:
    """Moments as both databases read them."""
    texts = np.datetime_as_string(times, unit="s").tolist()
    return [None if text == "NaT" else text.replace("T", " ") for text in texts]
