"""Renditions and proxies."""

import io

import pytest
from PIL import Image

from dam.geometry import BoundingBox
from dam.renditions.decode import UnreadableImage
from dam.renditions.render import make_proxy, render
from dam.renditions.spec import Format, RenditionSpec
from tests import images

SECRETS = (
    b"SECRET",
    b"Exif",
    b"http://ns.adobe.com",
    b"ICC_PROFILE",
    b"iCCP",
    b"ICCP",
    b"eXIf",
    b"8BIM",
)


def opened(data):
    return Image.open(io.BytesIO(data))


def near(pixel, colour, tolerance=12):
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True))


def telltale(name):
    """An image that carries every metadata its format can."""
    options = {
        "exif": images.exif_with({0x010E: "SECRET"}, gps={1: "N", 2: (52.0, 31.0, 12.0)}),
        "xmp": images.xmp_packet(images.xmp_bag("dc:subject", ["SECRET"])),
        "icc_profile": images.swapped_profile(),
    }
    if name == "JPEG":
        options["comment"] = b"SECRET"
    image = images.quartered((640, 320))
    image.info["comment"] = b"SECRET"
    data = images.image_bytes(image, name, **options)
    return images.with_iptc(data, images.iptc_block((2, 25, b"SECRET"))) if name == "JPEG" else data


class TestMakeProxy:
    def test_fits_a_large_image_into_2048_pixels(self):
        proxy = make_proxy(io.BytesIO(images.jpeg_bytes((4100, 2050))))
        assert (proxy.width, proxy.height) == (2048, 1024)
        assert opened(proxy.content).size == (2048, 1024)

    def test_does_not_make_a_small_image_larger(self):
        proxy = make_proxy(io.BytesIO(images.png_bytes((30, 20))))
        assert (proxy.width, proxy.height) == (30, 20)

    @pytest.mark.parametrize("size", [(5000, 3), (3, 5000)])
    def test_copes_with_a_thread_of_an_image(self, size):
        proxy = make_proxy(io.BytesIO(images.png_bytes(size)))
        assert sorted((proxy.width, proxy.height)) == [1, 2048]

    @pytest.mark.parametrize("name", images.EXIF_BY_FORMAT)
    def test_is_an_upright_jpeg(self, name):
        shown = opened(make_proxy(io.BytesIO(images.oriented(6, name))).content)
        assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (64, 32))
        assert near(shown.getpixel((4, 4)), images.RED, 20)

    def test_puts_what_is_seen_through_on_white(self):
        proxy = make_proxy(io.BytesIO(images.png_bytes((8, 8), (0, 0, 0, 0), mode="RGBA")))
        assert opened(proxy.content).getpixel((4, 4)) == (255, 255, 255)

    @pytest.mark.parametrize("name", images.EXIF_BY_FORMAT)
    def test_tells_nothing_but_pixels(self, name):
        original = telltale(name)
        assert b"SECRET" in original
        proxy = make_proxy(io.BytesIO(original)).content
        assert not [secret for secret in SECRETS if secret in proxy]
        assert set(opened(proxy).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}

    @pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
    def test_refuses_a_file_that_ends_too_early(self, name):
        data = images.image_bytes(images.noise(), name)
        with pytest.raises(UnreadableImage, match="the file ends too early"):
            make_proxy(io.BytesIO(data[:-1000]))


class TestRender:
    def rendered(self, data, spec, **options):
        return render(io.BytesIO(data), RenditionSpec.parse(spec), **options)

    def test_fits_all_of_an_image_inside(self):
        assert opened(self.rendered(images.jpeg_bytes((1200, 800)), "max-480x480")).size == (
            480,
            320,
        )

    def test_fills_with_the_middle(self):
        shown = opened(
            self.rendered(images.image_bytes(images.quartered((1600, 800))), "fill-480x480")
        )
        assert shown.size == (480, 480)
        assert near(shown.convert("RGB").getpixel((20, 20)), images.RED)
        assert near(shown.convert("RGB").getpixel((460, 20)), images.GREEN)

    def test_fills_around_the_focal_region(self):
        focal = BoundingBox(left=0.9, top=0, width=0.1, height=0.2)
        data = images.image_bytes(images.quartered((1600, 800)))
        shown = opened(self.rendered(data, "fill-480x480", focal=focal)).convert("RGB")
        assert near(shown.getpixel((20, 20)), images.GREEN)

    @pytest.mark.parametrize("spec", ["max-480x480", "fill-480x480"])
    def test_does_not_make_a_small_image_larger(self, spec):
        shown = opened(self.rendered(images.jpeg_bytes((100, 60)), spec))
        assert shown.size == ((100, 60) if spec.startswith("max") else (60, 60))

    @pytest.mark.parametrize("member", Format)
    def test_is_a_file_of_its_format(self, member):
        shown = opened(self.rendered(images.jpeg_bytes(), f"max-80x80.{member}"))
        assert shown.get_format_mimetype() == member.media_type

    @pytest.mark.parametrize(("format_", "alpha"), [("webp", 0), ("png", 0), ("jpg", None)])
    def test_keeps_what_is_seen_through_where_the_format_can(self, format_, alpha):
        data = images.png_bytes((80, 80), (9, 9, 9, 0), mode="RGBA")
        shown = opened(self.rendered(data, f"max-80x80.{format_}"))
        pixel = shown.getpixel((40, 40))
        assert pixel == (255, 255, 255) if alpha is None else pixel[3] == alpha

    @pytest.mark.parametrize("name", images.EXIF_BY_FORMAT)
    @pytest.mark.parametrize("format_", Format)
    @pytest.mark.parametrize("spec", ["max-960x960", "fill-320x320"])
    def test_tells_nothing_but_pixels(self, name, format_, spec):
        data = self.rendered(telltale(name), f"{spec}.{format_}")
        assert not [secret for secret in SECRETS if secret in data]
        assert not opened(data).getexif()

    def test_is_the_same_every_time(self):
        data = images.image_bytes(images.noise(), "JPEG")
        assert self.rendered(data, "max-120x120") == self.rendered(data, "max-120x120")

    def test_refuses_what_is_no_image(self):
        with pytest.raises(UnreadableImage):
            self.rendered(b"no image", "max-480x480")
