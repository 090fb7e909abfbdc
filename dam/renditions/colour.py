"""Brings the pixels of any image file to eight-bit sRGB."""

import io

from PIL import Image, ImageCms

_GREY = frozenset({"1", "L", "LA", "La"})
_DEEP = ("I", "F")
_SRGB = ImageCms.createProfile("sRGB")


def in_srgb(image: Image.Image) -> Image.Image:
    """The image in sRGB, mode RGB, or RGBA where at least one pixel is seen through.

    An ICC profile that is broken or meant for other colours is ignored, as browsers do.
    """
    if image.mode.startswith(_DEEP):
        image = _in_eight_bits(image)
    alpha = _alpha(image)
    colours = _by_profile(image) or image.convert("RGB")
    if alpha is not None:
        colours.putalpha(alpha)
    return colours


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of more than eight bits as L: Pillow alone would clip all above 255 to white."""
    white = 65535.0 if image.mode.startswith("I;16") else _white(image)
    # Not all of these modes know a linear `point`, F does.
    grey = image.convert("I").convert("F") if image.mode != "F" else image
    grey = grey.point(lambda value: value * (255.0 / white) + 0.5).convert("L")
    grey.info.pop("transparency", None)  # a value on the old scale
    return grey


def _white(image: Image.Image) -> float:
    """The value that is white in an image of 32-bit numbers, which does not say: a usual one."""
    highest = max(float(value) for value in image.getextrema() if isinstance(value, int | float))
    return next((white for white in (1.0, 255.0, 65535.0) if highest <= white), highest)


def _alpha(image: Image.Image) -> Image.Image | None:
    """The alpha channel; none where every pixel is solid."""
    if not image.has_transparency_data:
        return None
    alpha = image.convert("RGBA").getchannel("A")
    lowest = alpha.getextrema()[0]
    return alpha if lowest != 255 else None


def _by_profile(image: Image.Image) -> Image.Image | None:
    """The image in RGB by its ICC profile; none where it has none that fits."""
    data = image.info.get("icc_profile")
    try:
        if data:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        elif image.mode == "LAB":
            profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        else:
            return None
        mode = _mode_for(profile.profile.xcolor_space.strip(), image.mode)
        if mode is None:
            return None
        source = image if image.mode == mode else image.convert(mode)
        return ImageCms.profileToProfile(source, profile, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


def _mode_for(space: str, mode: str) -> str | None:
    """The mode in which pixels of `mode` meet a profile of a colour space; none if they cannot."""
    if space in {"CMYK", "LAB"}:
        return mode if mode == space.upper() else None
    if mode in {"CMYK", "LAB"}:
        return None
    if space == "GRAY":
        return "L" if mode in _GREY else None
    return "RGB" if space == "RGB" else None
