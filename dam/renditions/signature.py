"""What bytes look like from outside: names for files that are no image, and files cut short."""

import re
from typing import IO

_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"8BPS", "a Photoshop document"),
    (b"%!PS", "a PostScript document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"ID3", "an audio file"),
    (b"fLaC", "an audio file"),
    (b"OggS", "an audio or video file"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\x00\x00\x01\x00", "a Windows icon"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    (b"FUJIFILMCCD-RAW", "a camera's raw image"),
    (b"SIMPLE  =", "a FITS image"),
    (b"v/1\x01", "an OpenEXR image"),
)
_BRANDS = {b"qt  ": "a video", b"crx ": "a camera's raw image"}
_VIDEO_BRANDS = re.compile(rb"isom|iso\d|mp4\d|avc1|M4V |3g[p2]|dash|M4A ")
_IMAGE_BRANDS = re.compile(rb"avi[fs]|he[iv][cxms]|mi[fa]1|msf1")
_HEAD = 4096
_MOST_BOXES = 100


def look_of(file: IO[bytes]) -> str | None:
    """What a file that is no accepted image looks like, for a person; None where nobody can tell.

    A guess for messages from the first bytes only; nothing may be allowed by it.
    """
    file.seek(0)
    head = file.read(_HEAD)
    for signature, look in _SIGNATURES:
        if head.startswith(signature):
            return look
    if head[:4] == b"RIFF" and head[8:12] in {b"AVI ", b"WAVE"}:
        return "an audio or video file"
    if head[4:8] == b"ftyp" and not _IMAGE_BRANDS.match(head[8:12]):
        is_video = _VIDEO_BRANDS.match(head[8:12])
        return "a video" if is_video else _BRANDS.get(head[8:12])
    return _look_of_text(head)


def is_iso_media(file: IO[bytes]) -> bool:
    """Whether a file begins as ISO base media files do, among them AVIF, HEIF and videos."""
    file.seek(0)
    return file.read(8)[4:] == b"ftyp"


def is_cut_short(file: IO[bytes]) -> bool:
    """Whether a WebP, AVIF or HEIC file is shorter than it says of itself.

    Their decoders call such a file anything but truncated, so we look.
    """
    length = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return int.from_bytes(head[4:8], "little") + 8 > length
    if head[4:8] == b"ftyp":
        return _last_box_end(file, length) > length
    return False


def _look_of_text(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "a text file"
    if not head.strip() or b"\x00" in head:
        return None
    text = head.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n").lower()
    if re.search(r"<svg[\s>]|<!doctype svg", text):
        return "an SVG drawing"
    if re.match(r"<!doctype html|<html|<head|<body|<script", text):
        return "an HTML page"
    if text.startswith("<?xml"):
        return "an XML document"
    unreadable = sum(
        not character.isprintable() and character not in "\t\r\n\f" for character in text
    )
    return "a text file" if unreadable + text.count("\ufffd") <= len(text) // 50 else None


def _last_box_end(file: IO[bytes], length: int) -> int:
    """Where the last top-level box of an ISO base media file (ISO/IEC 14496-12, 4.2) would end."""
    position = 0
    for _ in range(_MOST_BOXES):
        if position + 8 > length:
            break
        file.seek(position)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:  # 0 means up to the end; anything else is no box
            return length
        position += size
    return position
