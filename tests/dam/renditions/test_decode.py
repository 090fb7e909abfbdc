"""Decoding."""

import io
import struct
import warnings
import zlib

import pytest
from PIL import Image

from dam.renditions.decode import (
    FORMATS,
    UnknownFormat,
    UnreadableImage,
    decode_upright,
    read_header,
)
from tests import images
from tests.programs import environment, run, same_everywhere

CORNERS = ((4, 4), (59, 4), (4, 27), (59, 27))

PROGRAM = """
import sys
from dam.renditions.decode import decode_upright

for name in sys.argv[1:]:
    with open(name, "rb") as file:
        print(*decode_upright(file).size, "pillow_heif" in sys.modules)
"""
"""Decodes files one after another, and says of each whether the plug-in for HEIF is there."""


def near(pixel, colour, tolerance=12):
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True))


def header(data):
    return read_header(io.BytesIO(data))


def decoded(data, **options):
    return decode_upright(io.BytesIO(data), **options)


class TestThePlugInForHeif:
    @same_everywhere
    def test_is_loaded_for_the_first_file_that_needs_it(self, tmp_path):
        for name in ("JPEG", "WEBP", "HEIF"):
            (tmp_path / name).write_bytes(images.image_bytes(images.quartered(), name))
        paths = [str(tmp_path / name) for name in ("JPEG", "WEBP", "HEIF", "JPEG")]
        told = run(environment(tmp_path / "data"), "-c", PROGRAM, *paths)
        assert told.splitlines() == ["64 32 False"] * 2 + ["64 32 True"] * 2


class TestReadHeader:
    @pytest.mark.parametrize("name", FORMATS)
    def test_knows_every_accepted_format_by_its_content(self, name):
        facts = header(images.image_bytes(images.quartered(), name))
        media_type, extension = FORMATS[name]
        assert (facts.format, facts.media_type, facts.extension) == (name, media_type, extension)
        assert (facts.width, facts.height) == (64, 32)
        assert facts.pixels == 2048

    @pytest.mark.parametrize("name", images.EXIF_BY_FORMAT)
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_gives_the_upright_size(self, name, orientation):
        facts = header(images.oriented(orientation, name))
        assert (facts.width, facts.height) == (64, 32)

    @pytest.mark.parametrize("name", ["JPEG", "PNG"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_gives_the_orientation_that_exif_says(self, name, orientation):
        assert header(images.oriented(orientation, name)).orientation == orientation

    def test_gives_an_upright_orientation_where_nothing_is_said(self):
        assert header(images.jpeg_bytes()).orientation == 1

    @pytest.mark.parametrize("orientation", range(2, 9))
    def test_gives_no_orientation_where_xmp_alone_says_one(self, orientation):
        stored = images.turned_away(orientation)
        facts = header(images.image_bytes(stored, "JPEG", xmp=images.xmp_turning(orientation)))
        assert (facts.width, facts.height, facts.orientation) == (64, 32, None)

    def test_gives_the_orientation_of_exif_where_xmp_says_another(self):
        exif = images.exif_with({0x0112: 6})
        facts = header(images.jpeg_bytes((64, 32), exif=exif, xmp=images.xmp_turning(3)))
        assert (facts.width, facts.height, facts.orientation) == (32, 64, 6)

    @pytest.mark.parametrize("name", ["GIF", "TIFF"])
    def test_reads_no_frame_but_the_first(self, name):
        class Watched(io.BytesIO):
            furthest = 0

            def read(self, *args):
                data = super().read(*args)
                self.furthest = max(self.furthest, self.tell())
                return data

        file = Watched(images.animation_bytes(name, frames=50))
        read_header(file)
        assert file.furthest < len(file.getvalue()) / 10

    def test_takes_a_photo_with_a_depth_map_for_a_jpeg(self):
        assert header(images.animation_bytes("MPO", frames=2)).format == "JPEG"

    def test_leaves_the_number_of_pixels_to_its_caller(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            facts = header(images.png_header_bytes(30_000, 30_000))
        assert facts.pixels == 900_000_000

    def test_survives_broken_exif(self):
        broken = images.with_segment(
            images.jpeg_bytes((64, 32)), 0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"
        )
        assert header(broken).width == 64

    @pytest.mark.parametrize(
        "data",
        [b"", b"hello", b"PK\x03\x04" + b"\0" * 40, b"<svg/>", b"P6 1 1 255 aaa", b"8BPS\0\1"],
    )
    def test_refuses_anything_else(self, data):
        with pytest.raises(UnknownFormat):
            header(data)

    def test_lets_errors_of_the_disk_through(self):
        class Broken(io.BytesIO):
            def read(self, *args):
                raise OSError(5, "Input/output error")

        with pytest.raises(OSError, match="Input/output"):
            read_header(Broken(b"x"))


class TestDecodeUpright:
    @pytest.mark.parametrize("name", images.EXIF_BY_FORMAT)
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_turns_every_orientation_upright(self, name, orientation):
        image = decoded(images.oriented(orientation, name))
        assert image.size == (64, 32)
        for corner, colour in zip(CORNERS, images.QUARTERS, strict=True):
            assert near(image.getpixel(corner), colour)

    def test_turns_upright_what_xmp_alone_turns(self):
        stored, xmp = images.turned_away(6), images.xmp_turning(6)
        image = decoded(images.image_bytes(stored, "JPEG", quality=95, xmp=xmp))
        assert image.size == (64, 32)
        assert near(image.getpixel(CORNERS[0]), images.RED)

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_turns_an_image_that_it_decodes_smaller(self, orientation):
        image = decoded(images.oriented(orientation, size=(640, 320)), least_side=40)
        assert image.size == (80, 40)
        for (x, y), colour in zip(
            ((8, 8), (72, 8), (8, 32), (72, 32)), images.QUARTERS, strict=True
        ):
            assert near(image.getpixel((x, y)), colour)

    @pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize(
        ("least_side", "size"), [(100, (401, 101)), (101, (401, 101)), (500, (401, 101))]
    )
    def test_keeps_the_size_where_smaller_would_be_too_small(self, name, least_side, size):
        data = images.image_bytes(Image.new("RGB", (401, 101)), name)
        assert decoded(data, least_side=least_side).size == size

    @pytest.mark.parametrize("name", ["JPEG", "PNG"])
    def test_keeps_both_sides_at_least_as_long_as_asked(self, name):
        data = images.image_bytes(Image.new("RGB", (1000, 700)), name)
        assert min(decoded(data, least_side=99).size) in range(99, 200)

    @pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF"])
    def test_shows_the_first_frame_of_an_animation(self, name):
        image = decoded(images.animation_bytes(name))
        assert near(image.getpixel((5, 5))[:3], images.RED)

    @pytest.mark.parametrize("value", [0, 20_000, 40_000, 65_535])
    def test_scales_16_bit_grey(self, value):
        data = images.png_bytes((8, 8), value, mode="I;16")
        assert decoded(data).getpixel((0, 0)) == (round(value / 257),) * 3

    @pytest.mark.parametrize(
        ("mode", "value", "grey"), [("F", 0.5, 128), ("F", 100.0, 100), ("I", 40_000, 156)]
    )
    def test_scales_32_bit_grey_by_its_usual_white(self, mode, value, grey):
        data = images.image_bytes(Image.new(mode, (8, 8), value), "TIFF")
        assert decoded(data).getpixel((0, 0)) == (grey,) * 3

    @pytest.mark.parametrize("name", ["JPEG", "TIFF"])
    def test_makes_rgb_of_cmyk(self, name):
        data = images.image_bytes(Image.new("CMYK", (16, 16), (0, 255, 0, 0)), name)
        image = decoded(data)
        assert image.mode == "RGB"
        assert near(image.getpixel((0, 0)), (255, 0, 255))

    def test_makes_rgb_of_lab(self):
        data = images.image_bytes(Image.new("LAB", (16, 16), (255, 128, 128)), "TIFF")
        assert near(decoded(data).getpixel((0, 0)), (255, 255, 255))

    @pytest.mark.parametrize(("mode", "value"), [("1", 1), ("L", 255), ("YCbCr", (255, 128, 128))])
    def test_makes_rgb_of_other_modes(self, mode, value):
        data = images.image_bytes(Image.new(mode, (8, 8), value), "TIFF")
        assert decoded(data).getpixel((0, 0)) == (255, 255, 255)

    @pytest.mark.parametrize(("mode", "value"), [("LA", (255, 90)), ("RGBA", (255, 255, 255, 90))])
    def test_keeps_what_is_seen_through(self, mode, value):
        image = decoded(images.png_bytes((8, 8), value, mode=mode))
        assert (image.mode, image.getpixel((0, 0))) == ("RGBA", (255, 255, 255, 90))

    @pytest.mark.parametrize("name", ["PNG", "GIF"])
    def test_keeps_a_see_through_palette_colour(self, name):
        image = Image.new("P", (8, 8), 1)
        image.putpalette([200, 30, 30, 30, 160, 40])
        image.putpixel((0, 0), 0)
        shown = decoded(images.image_bytes(image, name, transparency=1))
        assert shown.mode == "RGBA"
        assert [shown.getpixel(p)[3] for p in ((0, 0), (4, 4))] == [255, 0]
        assert near(shown.getpixel((0, 0))[:3], images.RED)

    def test_keeps_a_see_through_key_colour(self):
        shown = decoded(images.png_bytes((8, 8), images.RED, transparency=images.RED))
        assert shown.getpixel((0, 0))[3] == 0

    def test_drops_an_alpha_channel_that_hides_nothing(self):
        assert decoded(images.png_bytes((8, 8), (1, 2, 3, 255), mode="RGBA")).mode == "RGB"

    @pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
    def test_brings_colours_to_srgb(self, name):
        data = images.image_bytes(
            Image.new("RGB", (16, 16), (200, 30, 30)), name, icc_profile=images.swapped_profile()
        )
        image = decoded(data)
        assert near(image.getpixel((4, 4)), (30, 200, 30), 20)
        assert image.info == {}

    def test_brings_colours_to_srgb_and_keeps_what_is_seen_through(self):
        data = images.png_bytes(
            (8, 8), (200, 30, 30, 90), mode="RGBA", icc_profile=images.swapped_profile()
        )
        assert near(decoded(data).getpixel((0, 0)), (30, 200, 30, 90))

    @pytest.mark.parametrize("mode", ["L", "CMYK"])
    def test_ignores_a_profile_for_other_colours(self, mode):
        profile = images.swapped_profile()
        data = images.image_bytes(Image.new(mode, (8, 8)), "TIFF", icc_profile=profile)
        assert decoded(data).mode == "RGB"

    def test_ignores_a_broken_profile(self):
        assert near(
            decoded(images.jpeg_bytes((8, 8), icc_profile=b"no profile")).getpixel((0, 0)),
            images.RED,
        )

    @pytest.mark.parametrize("name", FORMATS)
    @pytest.mark.parametrize("share", [0.5, 0.98])
    def test_says_that_a_file_ends_too_early(self, name, share):
        data = images.image_bytes(images.noise(), name)
        with pytest.raises(UnreadableImage, match="ends too early"):
            decoded(data[: int(len(data) * share)])

    def test_says_that_a_smaller_decoded_file_ends_too_early_too(self):
        data = images.image_bytes(images.noise((800, 800)), "JPEG")
        with pytest.raises(UnreadableImage, match="ends too early"):
            decoded(data[:-2000], least_side=100)

    def test_says_that_content_is_damaged(self):
        data = images.png_bytes((200, 200))
        start = data.index(b"IDAT")
        broken = struct.pack(">I", zlib.crc32(b"IDAT" + b"x" * 40))
        with pytest.raises(UnreadableImage, match="damaged"):
            decoded(data[: start - 4] + struct.pack(">I", 40) + b"IDAT" + b"x" * 40 + broken)

    def test_does_not_call_a_file_unreadable_because_memory_is_short(self, monkeypatch):
        def no_memory(image):
            raise MemoryError

        monkeypatch.setattr("PIL.ImageFile.ImageFile.load", no_memory)
        with pytest.raises(MemoryError):
            decoded(images.image_bytes(images.quartered(), "BMP"))
