"""What the axes of narrowing and their values are called on a page (pure)."""

from PIL import ImageColor

from search.query import Kind

TITLES = {
    Kind.TAG: "Tags",
    Kind.COLLECTION: "Collections",
    Kind.STATUS: "Recognition",
    Kind.UNSAFE: "Content",
    Kind.MODERATION: "Moderation",
    Kind.COLOUR: "Colour",
    Kind.TEXT: "Text",
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
_AS_THEY_ARE = (Kind.TAG, Kind.COLLECTION, Kind.MODERATION, Kind.CAMERA)
_WORN = (Kind.EYEGLASSES, Kind.SUNGLASSES, Kind.BEARD, Kind.MOUSTACHE)


def value_label(kind: Kind, label: str) -> str:
    """A value as people read it, by itself too: "No beard", "20-29 years"."""
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
    if kind in _WORN and label in ("yes", "no"):
        return TITLES[kind] if label == "yes" else f"No {TITLES[kind].lower()}"
    return label.capitalize()


def swatch(kind: Kind, value: str) -> str:
    """The colour that a value names, as #rrggbb; empty where it names none."""
    if kind is not Kind.COLOUR or not value.isalpha():
        return ""
    try:
        red, green, blue, *_opacity = ImageColor.getrgb(value)
    except ValueError:
        return ""
    return f"#{red:02x}{green:02x}{blue:02x}"
