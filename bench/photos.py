"""The labelled photos that recognition is tuned and measured on."""

import io
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZipFile

from PIL import Image

from recognition.images import ImageSource
from recognition.manifest import Group
from recognition.recognisers.local.taxonomy import load_taxonomy

LABELS = tuple(map(Path(__file__).with_name, ("photo_labels.toml", "stock_labels.toml")))
_FLOWERS = "flowers/"
_OPENCV_DOC = "opencv-doc/"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPhoto:
    """One photo and what is known about it."""

    name: str
    split: str
    """"tune", "report" or "stock"."""
    subject: frozenset[str]
    """Labels any of which names the main subject; none where the vocabulary has no word for it."""
    kin: frozenset[str]
    """The same and their parents: broader, but not wrong."""
    truth: frozenset[str]
    """Every label that is true of it, parents included."""
    is_known: bool
    """Whether a class of a model, and not only a parent of one, names the main subject."""
    content: bytes

    @property
    def source(self) -> str:
        """The collection it comes from."""
        return self.name.split("/")[0]

    def as_image(self) -> ImageSource:
        with Image.open(io.BytesIO(self.content)) as image:
            width, height = image.size
        return ImageSource(open=self._open, width=width, height=height)

    def _open(self) -> BinaryIO:
        return io.BytesIO(self.content)


def get_data_dir() -> Path:
    return Path(os.environ.get("BROMO_DATA_DIR", "var"))


def load_entries() -> dict[str, dict[str, Any]]:
    """What the files of labels say about each photo, by its name."""
    return {
        name: entry
        for path in LABELS
        for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


def load_photos(data_dir: Path, opencv_doc: Path | None) -> Iterator[LabelledPhoto]:
    """The labelled photos that are at hand, in the order of their files.

    `opencv_doc` is the folder of examples in Debian's package opencv-doc, without which its photos
    are left out. Raises FileNotFoundError where the others have not been fetched.
    """
    taxonomy = load_taxonomy()
    classes = {*taxonomy.classifier, *taxonomy.detector.values()}
    folder = data_dir / str(Group.BENCH_PHOTOS.folder)
    for name, entry in load_entries().items():
        content = _read(name, folder, opencv_doc)
        if content is None:
            continue
        known = [*entry["subject"], *entry.get("also", [])]
        yield LabelledPhoto(
            name=name,
            split=entry["split"],
            subject=frozenset(entry["subject"]),
            kin=frozenset(label for each in entry["subject"] for label in taxonomy.chain(each)),
            truth=frozenset(label for each in known for label in taxonomy.chain(each)),
            is_known=not classes.isdisjoint(entry["subject"]),
            content=content,
        )


def _read(name: str, folder: Path, opencv_doc: Path | None) -> bytes | None:
    if name.startswith(_OPENCV_DOC):
        return (opencv_doc / name.removeprefix(_OPENCV_DOC)).read_bytes() if opencv_doc else None
    if name.startswith(_FLOWERS):
        with ZipFile(folder / "flower_images.zip") as archive:
            return archive.read(f"flower_images/{name.removeprefix(_FLOWERS)}")
    return (folder / name).read_bytes()
