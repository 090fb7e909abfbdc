"""What may be uploaded. The messages are shown to editors as they are."""

import math
import unicodedata

from django.conf import settings
from django.core.exceptions import ValidationError

from dam.examining import examine_file
from dam.renditions.decode import UnknownFormat, UnreadableImage
from dam.sandbox import Examined, TooCostly, TooManyPixels
from dam.staging import StagedFile
from dam.uploads import max_upload_bytes

ACCEPTED = "JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC and BMP"
_LONGEST_NAME = 255
_LONGEST_SHOWN = 100
# These change the order in which other characters are shown: a program may pose as a photo.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def validate_file_name(name: str) -> None:
    """Raises ValidationError for a name that is no plain, printable file name."""
    if not name.strip():
        raise _refusal(name, "its name is empty.", "name_empty")
    if name in {".", ".."} or "/" in name or "\\" in name:
        raise _refusal(name, "its name is a path. Give the file's own name only.", "name_path")
    if any(unicodedata.category(character) == "Cs" for character in name):
        raise _refusal(name, "its name is not valid UTF-8. Rename the file.", "name_encoding")
    if any(_is_hidden(character) for character in name):
        reason = "its name has characters that cannot be seen. Rename the file."
        raise _refusal(name, reason, "name_control")
    if len(name) > _LONGEST_NAME:
        reason = f"its name has {len(name)} characters; the limit is {_LONGEST_NAME}."
        raise _refusal(name, reason, "name_long")


def validate_image(file: StagedFile, *, file_name: str) -> Examined:
    """All that looking at an acceptable image gives, after it was decoded to its last byte.

    Raises ValidationError for a file that is empty, too large or damaged, has too many pixels,
    takes too much to decode or is of no accepted format, whatever its name says; and
    dam.sandbox.SandboxError where it could not be looked at.
    """
    if not file.size:
        raise _refusal(file_name, "it is empty.", "empty")
    if file.size > max_upload_bytes():
        reason = f"it is larger than the limit of {_millions(max_upload_bytes())} MB."
        raise _refusal(file_name, reason, "too_large")
    try:
        return examine_file(file.path)
    except UnreadableImage as error:
        raise _refusal_of(error, file_name) from error


def quoted_file_name(name: str) -> str:
    """A file name in quotation marks, fit to be shown: shortened, hidden characters escaped."""
    shown = name if len(name) <= _LONGEST_SHOWN else f"{name[: _LONGEST_SHOWN - 20]}…{name[-19:]}"
    return "“" + "".join(_escaped(c) if _is_hidden(c) else c for c in shown) + "”"


def _refusal_of(error: UnreadableImage, file_name: str) -> ValidationError:
    match error:
        case UnknownFormat(look=look):
            found = f"it looks like {look}" if look else "it is not an image that can be read"
            reason = f"{found}. Accepted formats are {ACCEPTED}."
            return _refusal(file_name, reason, "not_accepted")
        case TooManyPixels(header=header):
            limit = settings.BROMO_MAX_MEGAPIXELS
            reason = (
                f"it has {_millions(header.pixels)} megapixels ({header.width:,} x "
                f"{header.height:,}); the limit is {limit:,} megapixels."
            )
            return _refusal(file_name, reason, "too_many_pixels")
        case TooCostly():
            reason = f"{error} Save it anew with another program, or make it smaller."
            return _refusal(file_name, reason, "too_costly")
    return _refusal(file_name, str(error), "unreadable")


def _refusal(file_name: str, reason: str, code: str) -> ValidationError:
    return ValidationError(f"{quoted_file_name(file_name)} was not added: {reason}", code=code)


def _is_hidden(character: str) -> bool:
    return character in _BIDI or unicodedata.category(character) in _UNPRINTABLE


def _escaped(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:
        number -= 0xDC00  # how Python writes a byte of a file name that is not UTF-8
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"


def _millions(number: int) -> str:
    """In millions with at most one decimal; rounded up, lest what is above a limit seem equal."""
    return f"{math.ceil(number / 100_000) / 10:,.1f}".removesuffix(".0")
