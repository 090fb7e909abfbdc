"""Image properties, computed from the pixels: dominant colours, brightness, sharpness, contrast."""

import colorsys
from functools import cache

import numpy as np
from PIL import Image, ImageColor

from tests.rekognition.boxes import Answer, Box
from tests.rekognition.pictures import Pixels

MOST_COLOURS = 20
_HUES = (
    (15, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (195, "cyan"), (255, "blue"),
    (290, "purple"), (345, "pink"), (360, "red"),
)  # fmt: skip
_CENTRE = Box(0.25, 0.25, 0.5, 0.5)


def image_properties(pixels: Pixels, foreground: Box | None) -> Answer:
    """ImageProperties; without a box the middle of the picture is its foreground."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = (foreground or _CENTRE).pixels((width, height))
    is_front = np.zeros((height, width), np.bool_)
    is_front[top:bottom, left:right] = True
    answer = _described(pixels, pixels.reshape(-1, 3))
    answer["Foreground"] = _described(pixels[top:bottom, left:right], pixels[is_front])
    if not is_front.all():
        answer["Background"] = _described(pixels, pixels[~is_front])
    return answer


def dominant_colours(colours: Pixels) -> list[Answer]:
    """The colours of a list of pixels, the most frequent first."""
    total = len(colours)
    image = Image.fromarray(colours.reshape(1, total, 3), "RGB")
    reduced = image.quantize(MOST_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = reduced.getpalette() or []
    counts = np.bincount(np.asarray(reduced).ravel())
    answers = [
        _as_answer((palette[3 * n], palette[3 * n + 1], palette[3 * n + 2]), 100 * count / total)
        for n, count in enumerate(counts.tolist())
        if count
    ]
    return sorted(answers, key=lambda answer: answer["PixelPercent"], reverse=True)


def _described(area: Pixels, colours: Pixels) -> Answer:
    light = colours @ np.array((0.299, 0.587, 0.114))
    edges = [np.abs(np.diff(area.astype(np.int16), axis=axis)) for axis in (0, 1)]
    sharpness = max((float(edge.max()) for edge in edges if edge.size), default=0.0)
    return {
        "Quality": {
            "Brightness": float(light.mean()) / 2.55,
            "Sharpness": sharpness / 2.55,
            "Contrast": min(100.0, float(light.std()) / 1.275),
        },
        "DominantColors": dominant_colours(colours),
    }


def _as_answer(colour: tuple[int, int, int], percent: float) -> Answer:
    red, green, blue = colour
    return {
        "Red": red,
        "Blue": blue,
        "Green": green,
        "HexCode": f"#{red:02x}{green:02x}{blue:02x}",
        "CSSColor": _css_name(colour),
        "SimplifiedColor": simplified(colour),
        "PixelPercent": percent,
    }


def simplified(colour: tuple[int, int, int]) -> str:
    """The plain word for a colour, one of twelve."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    if value < 0.2:
        return "black"
    if saturation < 0.12:
        return "white" if value > 0.9 else "grey"
    degrees = hue * 360
    if 15 <= degrees < 45 and value < 0.65:
        return "brown"
    return next(name for limit, name in _HUES if degrees <= limit)


@cache
def _css_name(colour: tuple[int, int, int]) -> str:
    """The nearest of CSS's named colours."""
    return min(
        _css_colours(),
        key=lambda named: (sum((a - b) ** 2 for a, b in zip(named[1], colour, strict=True)), named),
    )[0]


@cache
def _css_colours() -> tuple[tuple[str, tuple[int, ...]], ...]:
    # Where CSS has two spellings the service has that of "grey".
    names = [name for name in ImageColor.colormap if "gray" not in name]
    return tuple((name, ImageColor.getrgb(name)) for name in names)
