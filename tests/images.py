"""Makes the image files that tests need: in code, small, and as broken as asked for."""

import io
import random
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, TiffImagePlugin

pillow_heif.register_heif_opener()

Colour = str | tuple[int, ...]
Size = tuple[int, int]

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 40), (30, 40, 200), (250, 250, 250)
QUARTERS = (RED, GREEN, BLUE, WHITE)
"""Colours of `quartered`: top left, top right, bottom left, bottom right."""

EXIF_BY_FORMAT = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF")
"""Formats that carry EXIF."""


def image_bytes(image: Image.Image, file_format: str = "PNG", **options: Any) -> bytes:
    """A file of an image; options as Pillow's `save` takes them."""
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def jpeg_bytes(
    size: Size = (640, 480), colour: Colour = RED, *, quality: int = 90, **options: Any
) -> bytes:
    """A JPEG of one colour."""
    return image_bytes(Image.new("RGB", size, colour), "JPEG", quality=quality, **options)


def png_bytes(
    size: Size = (640, 480), colour: Colour = RED, *, mode: str = "RGB", **options: Any
) -> bytes:
    """A PNG of one colour."""
    return image_bytes(Image.new(mode, size, colour), "PNG", **options)


def quartered(size: Size = (64, 32)) -> Image.Image:
    """An image whose four quarters tell which way it is up."""
    image = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    for number, colour in enumerate(QUARTERS):
        left, top = (number % 2) * width, (number // 2) * height
        image.paste(colour, (left, top, left + width, top + height))
    return image


def noise(size: Size = (200, 200)) -> Image.Image:
    """An image that compresses badly, the same one every time."""
    return Image.frombytes("RGB", size, random.Random(7).randbytes(size[0] * size[1] * 3))


def exif_with(
    tags: Mapping[int, Any] | None = None,
    *,
    detail: Mapping[int, Any] | None = None,
    gps: Mapping[int, Any] | None = None,
) -> bytes:
    """An EXIF block of tags of its main, Exif and GPS directories."""
    exif = Image.Exif()
    exif.update(tags or {})
    if detail:
        exif.get_ifd(0x8769).update(detail)
    if gps:
        exif.get_ifd(0x8825).update(gps)
    return exif.tobytes()


def oriented(orientation: int, file_format: str = "JPEG", size: Size = (64, 32)) -> bytes:
    """A quartered image stored so that its EXIF orientation makes it upright again."""
    stored = turned_away(orientation, size)
    return image_bytes(stored, file_format, exif=exif_with({0x0112: orientation}))


def turned_away(orientation: int, size: Size = (64, 32)) -> Image.Image:
    """A quartered image that an orientation makes upright again."""
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    upright = quartered(size)
    return upright if undo is None else upright.transpose(undo)


def animation_bytes(file_format: str = "GIF", size: Size = (40, 30), frames: int = 3) -> bytes:
    """An animation that begins red."""
    colours = (RED, GREEN, BLUE)
    images = [Image.new("RGB", size, colours[n % 3]) for n in range(frames)]
    return image_bytes(images[0], file_format, save_all=True, append_images=images[1:], duration=50)


def iptc_block(*datasets: tuple[int, int, bytes]) -> bytes:
    """An IPTC block of (record, number, value)."""
    return b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(value)) + value
        for record, number, value in datasets
    )


def xmp_packet(properties: str = "", attributes: str = "") -> bytes:
    """An XMP packet around RDF properties."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
        f' xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" {attributes}>'
        f"{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def xmp_turning(orientation: int) -> bytes:
    """An XMP packet that has the pixels turned as EXIF would."""
    namespace = 'xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    return xmp_packet(attributes=f'{namespace} tiff:Orientation="{orientation}"')


def xmp_bag(name: str, values: Sequence[str]) -> str:
    """An unordered property, such as `dc:subject`."""
    items = "".join(f"<rdf:li>{value}</rdf:li>" for value in values)
    return f"<{name}><rdf:Bag>{items}</rdf:Bag></{name}>"


def with_iptc(jpeg: bytes, iptc: bytes) -> bytes:
    """A JPEG with an IPTC block, in the Photoshop segment where it belongs."""
    padded = iptc + b"\x00" * (len(iptc) % 2)
    resource = b"8BIM" + struct.pack(">H", 0x0404) + b"\x00\x00" + struct.pack(">I", len(iptc))
    return with_segment(jpeg, 0xED, b"Photoshop 3.0\x00" + resource + padded)


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """A JPEG with one more segment at its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png_header_bytes(width: int, height: int) -> bytes:
    """A PNG that claims a size and has no pixels to show for it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = png_chunk(b"IDAT", zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + data + png_chunk(b"IEND", b"")


def swapped_profile() -> bytes:
    """An ICC profile like that of sRGB, its red and green exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def iptc_tiff_bytes(iptc: bytes) -> bytes:
    """A TIFF with an IPTC block."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33723] = iptc
    tags.tagtype[33723] = 7
    return image_bytes(Image.new("RGB", (8, 8)), "TIFF", tiffinfo=tags)


def with_png_tail(png: bytes, kind: bytes, content: bytes) -> bytes:
    """A PNG with one more chunk behind its pixels."""
    end = png.rindex(b"IEND") - 4
    return png[:end] + png_chunk(kind, content) + png[end:]
