"""What may be uploaded."""

import io
import zipfile
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from dam.renditions.decode import FORMATS
from dam.staging import stage
from dam.uploads import max_upload_bytes
from dam.validators import ACCEPTED, quoted_file_name, validate_file_name, validate_image
from tests import images


def refusal_of_name(name):
    with pytest.raises(ValidationError) as caught:
        validate_file_name(name)
    return caught.value


def validated(data, *, file_name="beach.jpg"):
    with stage(io.BytesIO(data), max_bytes=max_upload_bytes()) as staged:
        return validate_image(staged, file_name=file_name).header


def refusal(data, **limits):
    with pytest.raises(ValidationError) as caught:
        validated(data, **limits)
    return caught.value


def zip_bytes():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "a")
    return out.getvalue()


class TestValidateFileName:
    @pytest.mark.parametrize(
        "name",
        ["beach.jpg", "Größe 5% (2).JPG", "浜辺.png", ".hidden", "a..b", "x" * 255, "👩‍👧.jpg"],
    )
    def test_accepts_what_people_call_their_files(self, name):
        validate_file_name(name)

    @pytest.mark.parametrize(
        ("name", "code", "message"),
        [
            ("", "name_empty", "“” was not added: its name is empty."),
            ("  ", "name_empty", "its name is empty."),
            (".", "name_path", "its name is a path."),
            ("..", "name_path", "its name is a path."),
            ("../beach.jpg", "name_path", "“../beach.jpg” was not added"),
            ("a/b.jpg", "name_path", "its name is a path."),
            ("C:\\beach.jpg", "name_path", "“C:\\beach.jpg” was not added"),
            ("a\x00.jpg", "name_control", "“a\\x00.jpg” was not added"),
            ("a\n.jpg", "name_control", "“a\\x0a.jpg” was not added"),
            ("a\x9b.jpg", "name_control", "“a\\x9b.jpg” was not added"),
            ("photo\u202egpj.exe", "name_control", "“photo\\u202egpj.exe” was not added"),
            ("a\u2066.jpg", "name_control", "“a\\u2066.jpg” was not added"),
            ("a\u2028.jpg", "name_control", "“a\\u2028.jpg” was not added"),
            (
                "caf\udce9.jpg",
                "name_encoding",
                "“caf\\xe9.jpg” was not added: its name is not valid",
            ),
            ("a\ud800.jpg", "name_encoding", "“a\\ud800.jpg” was not added"),
            ("x" * 256, "name_long", "its name has 256 characters; the limit is 255."),
        ],
    )
    def test_refuses_what_is_no_plain_name(self, name, code, message):
        error = refusal_of_name(name)
        assert error.code == code
        assert message in error.messages[0]

    @given(st.text(st.characters(), max_size=300))
    def test_lets_no_hidden_character_into_a_name_or_a_message(self, name):
        try:
            validate_file_name(name)
        except ValidationError as error:
            shown = error.messages[0]
            assert "\x00" not in shown
            shown.encode()
        else:
            name.encode()
            assert not {"/", "\\", "\x00", "\n", "\u202e"} & set(name)


class TestQuotedFileName:
    def test_shortens_a_long_name_in_its_middle(self):
        shown = quoted_file_name("x" * 500 + ".jpg")
        assert len(shown) <= 102
        assert shown.endswith(".jpg”")
        assert "…" in shown


class TestValidateImage:
    @pytest.mark.parametrize("name", FORMATS)
    def test_accepts_every_format_whatever_the_file_is_called(self, name):
        header = validated(images.image_bytes(images.quartered(), name), file_name="notes.txt")
        assert (header.format, header.width, header.height) == (name, 64, 32)

    def test_refuses_a_file_whose_last_bytes_are_missing(self):
        assert refusal(images.jpeg_bytes((300, 200))[:-500]).code == "unreadable"

    def test_refuses_an_empty_file(self):
        error = refusal(b"")
        assert (error.code, error.messages) == (
            "empty",
            ["“beach.jpg” was not added: it is empty."],
        )

    def test_refuses_too_many_bytes_and_gives_the_limit(self, settings):
        settings.BROMO_MAX_UPLOAD_MEGABYTES = 2
        error = refusal(b"x" * 2_000_001)
        assert error.code == "too_large"
        assert error.messages == ["“beach.jpg” was not added: it is larger than the limit of 2 MB."]

    def test_accepts_as_many_bytes_and_pixels_as_the_limits(self, settings):
        data = images.png_bytes((1000, 1000))
        settings.BROMO_MAX_UPLOAD_MEGABYTES = len(data) / 1_000_000
        settings.BROMO_MAX_MEGAPIXELS = 1
        assert validated(data).pixels == 1_000_000

    def test_refuses_too_many_pixels_by_the_header_alone(self):
        error = refusal(images.png_header_bytes(30_000, 30_000), file_name="wall.png")
        assert error.code == "too_many_pixels"
        assert error.messages[0].startswith("“wall.png” was not added: ")
        assert error.messages[0].endswith(
            "it has 900 megapixels (30,000 x 30,000); the limit is 150 megapixels."
        )

    @pytest.mark.parametrize(
        ("data", "look"),
        [
            (zip_bytes(), "a zip archive or an office document"),
            (b"Dear all,\n", "a text file"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "an SVG drawing"),
            (b"<html><script>alert(1)</script>", "an HTML page"),
            (b"%PDF-1.4\n", "a PDF document"),
        ],
    )
    def test_says_what_a_file_that_is_no_image_looks_like(self, data, look):
        error = refusal(data)
        assert error.code == "not_accepted"
        assert error.messages == [
            f"“beach.jpg” was not added: it looks like {look}. Accepted formats are {ACCEPTED}."
        ]

    def test_says_so_where_nobody_can_tell_what_a_file_is(self):
        assert (
            "it is not an image that can be read. Accepted formats are"
            in refusal(b"\0\1\2").messages[0]
        )

    def test_says_that_a_file_ends_too_early_where_its_header_shows_it(self):
        error = refusal(images.image_bytes(images.noise(), "WEBP")[:-10])
        assert error.code == "unreadable"
        assert error.messages == ["“beach.jpg” was not added: the file ends too early."]

    @pytest.mark.parametrize("size", [(0, 10), (10, 0)])
    def test_refuses_an_image_without_pixels(self, size):
        assert refusal(images.png_header_bytes(*size)).code == "not_accepted"

    def test_takes_a_per_cent_sign_in_a_name_for_what_it_is(self):
        assert "“100%s.jpg”" in refusal(b"", file_name="100%s.jpg").messages[0]

    def test_names_every_accepted_format(self):
        names = {name.casefold() for name in ACCEPTED.replace(" and ", ", ").split(", ")}
        assert names == {name.casefold().replace("heif", "heic") for name in FORMATS}

    @settings(deadline=None)
    @given(st.binary(max_size=300))
    def test_answers_any_bytes_with_a_header_or_a_validation_error(self, data):
        with suppress(ValidationError):
            assert validated(data).pixels > 0
