"""Rendition specs."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dam.renditions.render import PROXY_SIDE
from dam.renditions.spec import GRID, LADDER, Fit, Format, RenditionSpec, SpecError

specs = st.builds(
    RenditionSpec,
    fit=st.sampled_from(Fit),
    width=st.sampled_from(LADDER),
    height=st.sampled_from(LADDER),
    format=st.sampled_from(Format),
)


class TestParse:
    def test_reads_a_fit_and_two_sides(self):
        spec = RenditionSpec.parse("fill-480x360")
        assert (spec.fit, spec.width, spec.height) == (Fit.FILL, 480, 360)

    def test_takes_webp_for_granted(self):
        assert RenditionSpec.parse("max-1600x1600").format is Format.WEBP

    def test_reads_a_format(self):
        assert RenditionSpec.parse("max-1600x1600.jpg").format is Format.JPEG

    def test_makes_one_spec_of_two_spellings(self):
        assert str(RenditionSpec.parse("max-480x480.webp")) == "max-480x480"

    @given(specs)
    def test_reads_what_a_spec_writes(self, spec):
        assert RenditionSpec.parse(str(spec)) == spec

    @given(st.text(max_size=40))
    def test_answers_any_text_with_a_spec_or_a_spec_error(self, text):
        with suppress(SpecError):
            spec = RenditionSpec.parse(text)
            assert RenditionSpec.parse(str(spec)) == spec

    @pytest.mark.parametrize(
        "text",
        [
            "", "max", "max-480", "480x480", "max-480x480 ", "max-480x480\n", "max-0480x480",
            "max-\u0664\u0668\u0660x480", "max-480x480.jpg.png", "MAX-480x480", "max--480x480",
            "max-480x480.",
        ],
    )  # fmt: skip
    def test_refuses_what_is_not_written_like_a_spec(self, text):
        with pytest.raises(SpecError, match="write it like max-1600x1600"):
            RenditionSpec.parse(text)

    def test_names_a_side_off_the_ladder_and_the_ones_on_it(self):
        with pytest.raises(SpecError, match=r"481 pixels.*480, 640"):
            RenditionSpec.parse("max-481x480")

    def test_names_an_unknown_fit_and_the_known_ones(self):
        with pytest.raises(SpecError, match=r"“crop”.*max, fill"):
            RenditionSpec.parse("crop-480x480")

    def test_names_an_unknown_format_and_the_known_ones(self):
        with pytest.raises(SpecError, match=r"“tiff”.*webp, jpg, png"):
            RenditionSpec.parse("max-480x480.tiff")


class TestRenditionSpec:
    @given(specs)
    def test_is_written_in_characters_that_urls_and_file_names_allow(self, spec):
        assert re.fullmatch(r"[a-z0-9.x-]+", str(spec))

    def test_refuses_a_side_off_the_ladder_however_it_is_made(self):
        with pytest.raises(SpecError):
            RenditionSpec(fit=Fit.MAX, width=481, height=480)

    def test_is_named_without_its_format(self):
        assert RenditionSpec.parse("fill-480x360.jpg").name == "fill-480x360"

    def test_is_a_crop_where_it_fills(self):
        assert RenditionSpec.parse("fill-480x360").is_crop
        assert not GRID.is_crop

    def test_gives_the_media_type_of_its_format(self):
        types = [member.media_type for member in Format]
        assert types == ["image/webp", "image/jpeg", "image/png"]


class TestLadder:
    def test_ends_with_the_side_of_the_proxy(self):
        assert LADDER[-1] == PROXY_SIDE
        assert list(LADDER) == sorted(set(LADDER))
