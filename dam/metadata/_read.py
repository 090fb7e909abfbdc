"""Makes one of what EXIF, XMP and IPTC say."""

from collections.abc import Sequence
from typing import IO, Any

from dam.metadata import _iptc as iptc
from dam.metadata._blocks import find_blocks
from dam.metadata._dates import iso_of_iptc, iso_of_xmp
from dam.metadata._exif import read_exif
from dam.metadata._values import ImageMetadata, clean_keywords, clean_line, clean_text
from dam.metadata._xmp import Properties, read_xmp
from dam.renditions.decode import UnreadableImage, open_image

_LINES = ("camera", "lens", "creator", "copyright", "software")


def read_metadata(file: IO[bytes]) -> ImageMetadata:
    """What an image file says about its image; of a broken block, what can be read.

    Where blocks disagree, people's words are taken from XMP, then IPTC, then EXIF, and the moment
    from EXIF, then XMP, then IPTC. Raises nothing for any content.
    """
    try:
        with open_image(file) as image:
            blocks = find_blocks(image, file)
            exif = read_exif(blocks.exif)
    except UnreadableImage:
        return ImageMetadata()
    return _merged(exif, read_xmp(blocks.xmp), iptc.read_iptc(blocks.iptc))


def _merged(exif: dict[str, Any], xmp: Properties, datasets: iptc.Datasets) -> ImageMetadata:
    def words(name: str, key: tuple[int, int], otherwise: str = "") -> str:
        return _first(xmp.get(name), datasets.get(key), [otherwise])

    facts = exif | {field: clean_line(exif[field]) for field in _LINES}
    facts["creator"] = clean_line(
        ", ".join(xmp.get("dc:creator") or datasets.get(iptc.CREATOR) or [exif["creator"]])
    )
    return ImageMetadata(
        **facts
        | {
            "lens": facts["lens"] or clean_line(_first(xmp.get("aux:Lens"))),
            "taken_at": exif["taken_at"] or _moment(xmp, datasets),
            "title": clean_line(words("dc:title", iptc.TITLE)),
            "caption": clean_text(words("dc:description", iptc.CAPTION, exif["caption"])),
            "copyright": clean_line(words("dc:rights", iptc.COPYRIGHT, exif["copyright"])),
            "city": clean_line(words("photoshop:City", iptc.CITY)),
            "country": clean_line(words("photoshop:Country", iptc.COUNTRY)),
            "keywords": clean_keywords(
                [
                    *datasets.get(iptc.KEYWORDS, ()),
                    *xmp.get("dc:subject", ()),
                    *exif["keywords"],
                ]
            ),
        }
    )


def _moment(xmp: Properties, datasets: iptc.Datasets) -> str:
    for name in ("photoshop:DateCreated", "exif:DateTimeOriginal"):
        if moment := iso_of_xmp(_first(xmp.get(name))):
            return moment
    return iso_of_iptc(_first(datasets.get(iptc.DATE)), _first(datasets.get(iptc.TIME)))


def _first(*sources: Sequence[str] | None) -> str:
    """The first text that is not blank."""
    return next((text for source in sources for text in source or () if text.strip()), "")
