"""What files say about themselves."""

import io
import json
import struct
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dam.metadata import ImageMetadata, read_metadata
from tests import images

PARIS = {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.2), 5: b"\x00", 6: 35.0}
TAKEN = {0x9003: "2023:07:14 21:05:09"}


def read(data):
    return read_metadata(io.BytesIO(data))


def of_exif(tags=None, **directories):
    return read(images.jpeg_bytes((8, 8), exif=images.exif_with(tags, **directories)))


def of_iptc(*datasets):
    return read(images.with_iptc(images.jpeg_bytes((8, 8)), images.iptc_block(*datasets)))


def of_xmp(properties="", attributes=""):
    return read(images.jpeg_bytes((8, 8), xmp=images.xmp_packet(properties, attributes)))


def alt(name, **texts):
    items = "".join(
        f'<rdf:li xml:lang="{language.replace("_", "-")}">{text}</rdf:li>'
        for language, text in texts.items()
    )
    return f"<{name}><rdf:Alt>{items}</rdf:Alt></{name}>"


class TestCamera:
    @pytest.mark.parametrize(
        ("make", "model", "camera"),
        [
            ("Canon", "Canon EOS 5D Mark IV", "Canon EOS 5D Mark IV"),
            ("NIKON CORPORATION", "NIKON D750", "NIKON D750"),
            ("OLYMPUS IMAGING CORP.", "E-M5", "OLYMPUS E-M5"),
            ("EASTMAN KODAK COMPANY", "KODAK DX3900", "KODAK DX3900"),
            ("LG Electronics", "LG-H870", "LG-H870"),
            ("Apple", "iPhone 12 Pro", "Apple iPhone 12 Pro"),
            ("FUJIFILM", "X-T4", "FUJIFILM X-T4"),
            ("samsung ", " SM-G991B\x00\x00", "samsung SM-G991B"),
            ("Ricoh Co., Ltd.", "GR III", "Ricoh GR III"),
            ("", "X100", "X100"),
            ("Leica", "", "Leica"),
        ],
    )
    def test_is_named_as_people_name_it(self, make, model, camera):
        assert of_exif({0x010F: make, 0x0110: model}).camera == camera


class TestExposure:
    def test_is_read_in_plain_units(self):
        detail = {0x829A: 1 / 250, 0x829D: 2.8, 0x8827: 400, 0x920A: 50.0, 0xA434: "EF 50mm"}
        facts = of_exif(detail=detail)
        assert facts.exposure_time == pytest.approx(0.004, abs=1e-6)
        assert (facts.f_number, facts.iso, facts.focal_length) == (2.8, 400, 50.0)
        assert facts.lens == "EF 50mm"

    def test_is_left_out_where_it_is_no_number(self):
        facts = of_exif(detail={0x829A: 0, 0x829D: "wide", 0x8827: 0, 0x920A: -5.0})
        assert facts.as_dict() == {}


class TestTakenAt:
    def test_comes_from_the_camera(self):
        assert of_exif(detail=TAKEN).taken_at == "2023-07-14T21:05:09"

    @pytest.mark.parametrize(
        ("offset", "ending"), [("+05:30", "+05:30"), ("-0800", "-08:00"), ("soon", "")]
    )
    def test_has_the_offset_that_the_camera_gives(self, offset, ending):
        facts = of_exif(detail=TAKEN | {0x9011: offset})
        assert facts.taken_at == "2023-07-14T21:05:09" + ending

    @pytest.mark.parametrize(
        "text", ["0000:00:00 00:00:00", "2023:02:30 10:00:00", "    :  :     :  :  ", "yesterday"]
    )
    def test_is_empty_for_a_day_that_never_was(self, text):
        assert of_exif(detail={0x9003: text}).taken_at == ""

    @pytest.mark.parametrize(
        ("text", "taken_at"),
        [
            ("2020-05-01", "2020-05-01"),
            ("2020-05-01T10:20:30.123+02:00", "2020-05-01T10:20:30+02:00"),
            ("2020-05-01T10:20:30Z", "2020-05-01T10:20:30+00:00"),
            ("2020-05", ""),
        ],
    )
    def test_comes_from_xmp_where_the_camera_is_silent(self, text, taken_at):
        assert of_xmp(attributes=f'photoshop:DateCreated="{text}"').taken_at == taken_at

    @pytest.mark.parametrize(
        ("taken_at", "clock"),
        [
            ("2023-07-14T21:05:09", datetime(2023, 7, 14, 21, 5, 9, tzinfo=UTC)),
            ("2023-07-14T23:59:00+02:00", datetime(2023, 7, 14, 23, 59, tzinfo=UTC)),
            ("2023-07-14", datetime(2023, 7, 14, tzinfo=UTC)),
            ("0001-01-01", None),
            ("9999-12-31T23:59:59", None),
            ("spring 1999", None),
            ("", None),
        ],
    )
    def test_is_what_the_clock_showed_wherever_it_was(self, taken_at, clock):
        assert ImageMetadata(taken_at=taken_at).clock == clock

    @pytest.mark.parametrize(
        ("time", "taken_at"),
        [
            (b"102030+0200", "2020-05-01T10:20:30+02:00"),
            (b"102030", "2020-05-01T10:20:30"),
            (b"", "2020-05-01"),
        ],
    )
    def test_comes_from_iptc_last(self, time, taken_at):
        assert of_iptc((2, 55, b"20200501"), (2, 60, time)).taken_at == taken_at


class TestLocation:
    def test_is_read_in_decimal_degrees(self):
        facts = of_exif(gps=PARIS)
        assert facts.latitude == pytest.approx(48.858333)
        assert facts.longitude == pytest.approx(2.294500)
        assert facts.altitude == 35.0

    def test_is_negative_in_the_south_and_west_and_below_the_sea(self):
        facts = of_exif(gps=PARIS | {1: "S", 3: "W", 5: b"\x01"})
        assert facts.latitude == pytest.approx(-48.858333)
        assert facts.longitude == pytest.approx(-2.294500)
        assert facts.altitude == -35.0

    @pytest.mark.parametrize(
        "broken", [{2: (95.0, 0.0, 0.0)}, {4: (2.0, 200 * 60.0, 0.0)}, {4: 5.0}]
    )
    def test_is_left_out_where_it_is_nowhere(self, broken):
        assert of_exif(gps=PARIS | broken).latitude is None

    def test_names_places(self):
        facts = of_iptc((2, 90, b"Probolinggo"), (2, 101, b"Indonesia"))
        assert (facts.city, facts.country) == ("Probolinggo", "Indonesia")


class TestKeywords:
    def test_are_those_of_iptc_and_then_xmp_each_once(self):
        data = images.jpeg_bytes(
            (8, 8), xmp=images.xmp_packet(images.xmp_bag("dc:subject", ["VOLCANO", "Indonesia"]))
        )
        block = images.iptc_block((2, 25, b"Volcano"), (2, 25, b" sunrise "), (2, 25, b"volcano"))
        assert read(images.with_iptc(data, block)).keywords == ("Volcano", "sunrise", "Indonesia")

    def test_of_windows_count_too(self):
        words = "Volcano;Käse; ".encode("utf-16-le") + b"\x00\x00"
        data = images.jpeg_bytes((8, 8), exif=images.exif_with({0x9C9E: words}))
        assert read(data).keywords == ("Volcano", "Käse")

    def test_are_the_same_in_either_unicode_form(self):
        keywords = ["Cafe\u0301", "CAFÉ"]
        assert of_xmp(images.xmp_bag("dc:subject", keywords)).keywords == ("Café",)

    def test_lose_control_characters(self):
        facts = of_iptc(
            (2, 25, b"vol\x00ca\x1bno"), (2, 25, "\u202egnp".encode()), (2, 25, b"\x00\n")
        )
        assert facts.keywords == ("vol ca no", "gnp")

    def test_are_at_most_100_of_100_characters(self):
        facts = of_iptc(*[(2, 25, f"{n} {'x' * 110}".encode()) for n in range(200)])
        assert len(facts.keywords) == 100
        assert max(len(keyword) for keyword in facts.keywords) == 100


class TestIptcCharacters:
    def test_are_utf_8_where_the_block_says_so(self):
        facts = of_iptc((1, 90, b"\x1b%G"), (2, 5, "Grüße".encode()))
        assert facts.title == "Grüße"

    def test_are_utf_8_where_they_can_be(self):
        assert of_iptc((2, 5, "Grüße".encode())).title == "Grüße"

    def test_are_latin_1_otherwise(self):
        assert of_iptc((2, 5, "Grüße".encode("latin-1"))).title == "Grüße"


class TestWords:
    def test_are_taken_from_xmp_first(self):
        packet = images.xmp_packet(
            alt("dc:title", x_default="Bromo") + alt("dc:rights", x_default="CC BY")
        )
        data = images.jpeg_bytes((8, 8), xmp=packet, exif=images.exif_with({0x8298: "(c) EXIF"}))
        facts = read(images.with_iptc(data, images.iptc_block((2, 5, b"Other"))))
        assert (facts.title, facts.copyright) == ("Bromo", "CC BY")

    def test_are_in_the_default_language(self):
        facts = of_xmp(alt("dc:description", de="Vulkan", x_default="Volcano"))
        assert facts.caption == "Volcano"

    def test_are_taken_from_exif_last(self):
        facts = of_exif({0x010E: "A volcano", 0x013B: "Ana", 0x8298: "Ana 2020", 0x0131: "GIMP"})
        assert (facts.caption, facts.creator) == ("A volcano", "Ana")
        assert (facts.copyright, facts.software) == ("Ana 2020", "GIMP")

    def test_keep_the_lines_of_a_caption_only(self):
        facts = of_iptc((2, 120, b"one\r\ntwo\x07"), (2, 5, b"one\r\ntwo"))
        assert (facts.caption, facts.title) == ("one\ntwo", "one two")

    def test_are_read_as_utf_8_in_exif_too(self):
        block = images.exif_with({0x010E: "Gr\xfc\xdfe"})
        block = block.replace(b"Gr\xfc\xdfe\x00", b"Gr\xc3\xbc\xc3\x9f"[:6])
        assert "\ufffd" not in read(images.jpeg_bytes((8, 8), exif=block)).caption

    @pytest.mark.parametrize("text", ["OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM", "default"])
    def test_are_not_what_a_camera_writes_into_every_picture(self, text):
        assert of_exif({0x010E: text}).caption == ""

    def test_name_all_creators(self):
        items = (
            "<dc:creator><rdf:Seq><rdf:li>Ana</rdf:li><rdf:li>Ben</rdf:li></rdf:Seq></dc:creator>"
        )
        assert of_xmp(items).creator == "Ana, Ben"

    def test_are_bounded(self):
        facts = of_xmp(
            alt("dc:title", x_default="x" * 9000) + alt("dc:description", x_default="y" * 9000)
        )
        assert (len(facts.title), len(facts.caption)) == (255, 5000)


class TestFormats:
    @pytest.mark.parametrize("name", images.EXIF_BY_FORMAT)
    def test_all_give_exif_and_xmp(self, name):
        packet = images.xmp_packet(images.xmp_bag("dc:subject", ["Volcano"]))
        main = {0x0110: "X100"} | ({700: packet} if name == "TIFF" else {})
        exif = images.exif_with(main, detail=TAKEN, gps=PARIS)
        data = images.image_bytes(Image.new("RGB", (16, 16)), name, exif=exif, xmp=packet)
        if name == "PNG":
            data = images.with_png_tail(data, b"iTXt", b"XML:com.adobe.xmp" + b"\0" * 5 + packet)
        facts = read(data)
        assert facts.keywords == ("Volcano",)
        assert (facts.camera, facts.taken_at) == ("X100", "2023-07-14T21:05:09")
        assert facts.latitude == pytest.approx(48.858333)

    def test_include_tiff_with_iptc(self):
        assert read(images.iptc_tiff_bytes(images.iptc_block((2, 25, b"Volcano")))).keywords == (
            "Volcano",
        )

    def test_include_png_with_blocks_behind_its_pixels(self):
        packet = zlib.compress(images.xmp_packet(images.xmp_bag("dc:subject", ["Volcano"])))
        data = images.with_png_tail(
            images.png_bytes((8, 8)), b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packet
        )
        exif = images.exif_with({0x0110: "X100"}).removeprefix(b"Exif\0\0")
        facts = read(images.with_png_tail(data, b"eXIf", exif))
        assert (facts.camera, facts.keywords) == ("X100", ("Volcano",))

    def test_are_read_without_decoding(self):
        truncated = images.jpeg_bytes((800, 800), exif=images.exif_with({0x0110: "X100"}))[:900]
        assert read(truncated).camera == "X100"


class TestHostileFiles:
    @pytest.mark.parametrize("name", ["JPEG", "WEBP", "TIFF"])
    @pytest.mark.parametrize(
        "packet",
        [
            b"<x:xmpmeta",
            b"\xff\xfe\x00",
            b'<?xml version="1.0" encoding="no-such"?><a/>',
            b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
            b"<a>" * 20_000,
        ],
    )
    def test_may_have_broken_xmp_beside_good_exif(self, name, packet):
        exif = images.exif_with({0x0110: "X100"})
        if name == "WEBP" or len(packet) < 60_000:
            data = images.image_bytes(Image.new("RGB", (8, 8)), name, exif=exif, xmp=packet)
            assert read(data).camera == "X100"

    @pytest.mark.parametrize(
        "block", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*" + b"\0" * 9, b"\xff" * 50]
    )
    def test_may_have_broken_exif_beside_good_iptc(self, block):
        data = images.with_segment(images.jpeg_bytes((8, 8)), 0xE1, b"Exif\0\0" + block)
        assert read(images.with_iptc(data, images.iptc_block((2, 25, b"Volcano")))).keywords == (
            "Volcano",
        )

    @pytest.mark.parametrize(
        "tail", [b"\x1c", b"\x1c\x02\x19\xff\xff", b"\x1c\x02\x19\x80\x04\xff\xff\xff\xff", b"junk"]
    )
    def test_may_have_iptc_that_breaks_off(self, tail):
        block = images.iptc_block((2, 25, b"Volcano")) + tail
        assert read(images.with_iptc(images.jpeg_bytes((8, 8)), block)).keywords == ("Volcano",)

    def test_may_have_a_gps_directory_that_points_nowhere(self):
        entry = struct.pack("<HHII", 0x8825, 4, 1, 0xFFFFFF)
        model = struct.pack("<HHI4s", 0x0110, 2, 4, b"X10\0")
        block = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + model + entry + b"\0\0\0\0"
        facts = read(images.jpeg_bytes((8, 8), exif=block))
        assert (facts.camera, facts.latitude) == ("X10", None)

    def test_may_be_no_image_at_all(self):
        assert read(b"hello") == ImageMetadata()

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, 400), st.binary(min_size=1, max_size=12))
    def test_never_raise(self, position, junk):
        packet = images.xmp_packet(images.xmp_bag("dc:subject", ["Volcano"]))
        exif = images.exif_with({0x0110: "X100"}, detail=TAKEN, gps=PARIS)
        data = bytearray(images.jpeg_bytes((8, 8), exif=exif, xmp=packet))
        data[position : position + len(junk)] = junk
        json.dumps(read(bytes(data)).as_dict()).encode()


class TestImageMetadata:
    def test_leaves_out_what_the_file_does_not_say(self):
        assert read(images.jpeg_bytes((8, 8))).as_dict() == {}

    def test_comes_back_from_its_json(self):
        facts = of_exif({0x0110: "X100"}, detail=TAKEN, gps=PARIS)
        assert ImageMetadata.from_dict(json.loads(json.dumps(facts.as_dict()))) == facts

    def test_passes_over_keys_it_does_not_know(self):
        assert ImageMetadata.from_dict({"city": "Malang", "mood": "good"}).city == "Malang"

    def test_keeps_a_place_on_the_equator_and_the_first_meridian(self):
        facts = ImageMetadata(latitude=0.0, longitude=0.0)
        assert facts.as_dict() == {"latitude": 0.0, "longitude": 0.0}
