"""What the axes of narrowing and their values are called on a page (pure)."""

from calendar import month_name

from PIL import ImageColor

from search.query import Kind, SearchQuery

TITLES = {
    Kind.TAG: "Tags",
    Kind.PERSON: "People",
    Kind.COLLECTION: "Collections",
    Kind.STATUS: "Recognition",
    Kind.RECOGNISER: "Recogniser",
    Kind.UNSAFE: "Content",
    Kind.MODERATION: "Moderation",
    Kind.COLOUR: "Colour",
    Kind.TEXT: "Text",
    Kind.CUSTOM: "Custom labels",
    Kind.FACES: "Number of faces",
    Kind.GENDER: "Gender",
    Kind.AGE: "Age",
    Kind.EMOTION: "Emotion",
    Kind.POSE: "Pose",
    Kind.SMILE: "Smile",
    Kind.EYES: "Eyes",
    Kind.MOUTH: "Mouth",
    Kind.EYEGLASSES: "Eyeglasses",
    Kind.SUNGLASSES: "Sunglasses",
    Kind.BEARD: "Beard",
    Kind.MOUSTACHE: "Moustache",
    Kind.ORIENTATION: "Orientation",
    Kind.FORMAT: "Format",
    Kind.CAMERA: "Camera",
    Kind.YEAR: "Year taken",
    Kind.MONTH: "Month taken",
    Kind.UPLOADER: "Uploaded by",
}
_LABELS = {
    (Kind.STATUS, "queued"): "In the queue",
    (Kind.STATUS, "none"): "Not recognised",
    (Kind.TEXT, "yes"): "With text",
    (Kind.TEXT, "no"): "Without text",
    (Kind.FACES, "0"): "No faces",
    (Kind.FACES, "1"): "1 face",
    (Kind.GENDER, "nonbinary"): "Non-binary",
    (Kind.POSE, "left"): "Turned left",
    (Kind.POSE, "right"): "Turned right",
    (Kind.POSE, "up"): "Looking up",
    (Kind.POSE, "down"): "Looking down",
    (Kind.SMILE, "yes"): "Smiling",
    (Kind.SMILE, "no"): "Not smiling",
    (Kind.EYES, "open"): "Eyes open",
    (Kind.EYES, "closed"): "Eyes closed",
    (Kind.MOUTH, "open"): "Mouth open",
    (Kind.MOUTH, "closed"): "Mouth closed",
    (Kind.FORMAT, "jpg"): "JPEG",
    (Kind.FORMAT, "webp"): "WebP",
}
_AS_THEY_ARE = (
    Kind.TAG,
    Kind.PERSON,
    Kind.COLLECTION,
    Kind.MODERATION,
    Kind.CAMERA,
    Kind.CUSTOM,
    Kind.UPLOADER,
    Kind.RECOGNISER,
)
_WORN = (Kind.EYEGLASSES, Kind.SUNGLASSES, Kind.BEARD, Kind.MOUSTACHE)
_ALONE = {
    Kind.YEAR: "Taken in {}",
    Kind.MONTH: "Taken in {}",
    Kind.UPLOADER: "Uploaded by {}",
    Kind.RECOGNISER: "Recogniser {}",
}
"""Kinds whose values say too little without the title above them."""
_KEYS = {Kind.COLLECTION: "a collection", Kind.UPLOADER: "somebody"}
"""Kinds whose values are keys of rows, and what to call one of which nothing else is known."""


def value_label(kind: Kind, label: str) -> str:
    """A value as people read it in its facet: "No beard", "20-29 years", "May 2024"."""
    if kind in _AS_THEY_ARE:
        return label
    if said := _LABELS.get((kind, label)):
        return said
    if kind is Kind.FORMAT:
        return label.upper()
    if kind is Kind.FACES:
        return f"{label} faces"
    if kind is Kind.AGE:
        return f"{label} years"
    if kind is Kind.MONTH:
        return _month(label)
    if kind in _WORN and label in ("yes", "no"):
        return TITLES[kind] if label == "yes" else f"No {TITLES[kind].lower()}"
    return label.capitalize()


def chip_label(kind: Kind, label: str, *, is_excluded: bool = False) -> str:
    """What `value_label` says, as people read it by itself: "Taken in 2024", "Not: Cat"."""
    said = _ALONE.get(kind, "{}").format(label)
    return f"Not: {said}" if is_excluded else said


def count_label(count: int, *, adds: bool) -> str:
    """How many assets a value leads to, or by how many more it enlarges what is found: "+12"."""
    return f"+{count:,}" if adds else f"{count:,}"


def summary(query: SearchQuery) -> list[str]:
    """What a query looks for, part by part, from the query alone."""
    parts = [f"“{query.text}”"] if query.text else []
    for kind in Kind:
        for values, is_excluded in ((query.picked(kind), False), (query.excluded_of(kind), True)):
            labels = [_KEYS.get(kind) or value_label(kind, value) for value in values]
            parts += [chip_label(kind, label, is_excluded=is_excluded) for label in labels]
    return parts


def swatch(kind: Kind, value: str) -> str:
    """The colour that a value names, as #rrggbb; empty where it names none."""
    if kind is not Kind.COLOUR or not value.isalpha():
        return ""
    try:
        red, green, blue, *_opacity = ImageColor.getrgb(value)
    except ValueError:
        return ""
    return f"#{red:02x}{green:02x}{blue:02x}"


def _month(value: str) -> str:
    """ "2024-05" as "May 2024"; a link may have brought something else."""
    year, _dash, month = value.partition("-")
    if not (year.isdecimal() and month.isdecimal() and len(month) == 2 and 1 <= int(month) <= 12):
        return value
    return f"{month_name[int(month)]} {year}"
