"""What bytes look like from outside."""

import io
import struct

import pytest

from dam.renditions.signature import is_cut_short, look_of
from tests import images


def box(kind, size, content=b""):
    return struct.pack(">I", size) + kind + content


class TestLookOf:
    @pytest.mark.parametrize(
        ("head", "look"),
        [
            (b"%PDF-1.7", "a PDF document"),
            (b"PK\x03\x04rest", "a zip archive or an office document"),
            (b"8BPS\x00\x01", "a Photoshop document"),
            (b"\x00\x00\x00\x18ftypisom", "a video"),
            (b"\x00\x00\x00\x14ftypqt  ", "a video"),
            (b"\x00\x00\x00\x18ftypcrx ", "a camera's raw image"),
            (b"RIFF\x00\x00\x00\x00AVI ", "an audio or video file"),
            (b"\xef\xbb\xbf <?xml version='1.0'?><svg xmlns=''/>", "an SVG drawing"),
            (b"<!-- hello --><svg>", "an SVG drawing"),
            (b"<!DOCTYPE html><p>", "an HTML page"),
            (b"<?xml version='1.0'?><rdf/>", "an XML document"),
            ("Grüße\n".encode(), "a text file"),
            (b"\xff\xfeH\x00i\x00", "a text file"),
        ],
    )
    def test_names_what_people_upload_by_mistake(self, head, look):
        assert look_of(io.BytesIO(head)) == look

    @pytest.mark.parametrize("head", [b"", b" \n", b"\x00\x01\x02", bytes(range(128, 255))])
    def test_is_nothing_where_nobody_can_tell(self, head):
        assert look_of(io.BytesIO(head)) is None


class TestIsCutShort:
    @pytest.mark.parametrize("name", ["WEBP", "AVIF", "HEIF"])
    def test_measures_a_file_by_what_it_says_of_itself(self, name):
        data = images.image_bytes(images.noise(), name)
        assert not is_cut_short(io.BytesIO(data))
        assert is_cut_short(io.BytesIO(data[:-1]))

    def test_counts_boxes_of_64_bit_length(self):
        head = box(b"ftyp", 16, b"heic\0\0\0\0") + box(b"mdat", 1, struct.pack(">Q", 100))
        assert is_cut_short(io.BytesIO(head))
        assert not is_cut_short(io.BytesIO(head + b"\0" * 84))

    @pytest.mark.parametrize("size", [0, 2, 7])
    def test_does_not_follow_a_box_without_a_length(self, size):
        assert not is_cut_short(io.BytesIO(box(b"ftyp", 16, b"heic\0\0\0\0") + box(b"mdat", size)))

    def test_is_not_held_up_by_boxes_without_content(self):
        assert not is_cut_short(io.BytesIO(box(b"ftyp", 8) * 100_000))

    def test_knows_nothing_of_other_formats(self):
        assert not is_cut_short(io.BytesIO(b"hello"))
