"""Reads IPTC-IIM: the datasets that photo agencies have written since 1991.

Source: IPTC-NAA Information Interchange Model, version 4.2, chapters 1.5 and 5.
"""

from collections.abc import Iterator, Mapping, Sequence

TITLE, KEYWORDS, DATE, TIME, CREATOR, CITY, COUNTRY, COPYRIGHT, CAPTION = (
    (2, number) for number in (5, 25, 55, 60, 80, 90, 101, 116, 120)
)
_CHARACTER_SET = (1, 90)
_UTF_8 = b"\x1b%G"
_MARKER = 0x1C
_MOST_DATASETS = 2000

Datasets = Mapping[tuple[int, int], Sequence[str]]
"""Values by record and dataset number, in the file's order."""


def read_iptc(data: bytes) -> Datasets:
    """The datasets of an IPTC block; up to the first broken one where it is damaged."""
    raw: dict[tuple[int, int], list[bytes]] = {}
    for key, value in _datasets(data):
        raw.setdefault(key, []).append(value)
    is_utf_8 = raw.get(_CHARACTER_SET, [b""])[0].startswith(_UTF_8)
    return {key: [_text(value, is_utf_8) for value in values] for key, values in raw.items()}


def _datasets(data: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    position = 0
    for _ in range(_MOST_DATASETS):
        if position + 5 > len(data) or data[position] != _MARKER:
            return
        record, number = data[position + 1], data[position + 2]
        length = int.from_bytes(data[position + 3 : position + 5], "big")
        position += 5
        if length & 0x8000:  # an extended dataset: this is the length of the length
            digits = length & 0x7FFF
            length = int.from_bytes(data[position : position + digits][:8], "big")
            position += digits
        if position + length > len(data):
            return
        yield (record, number), data[position : position + length]
        position += length


def _text(value: bytes, is_utf_8: bool) -> str:
    if is_utf_8:
        return value.decode("utf-8", errors="replace")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
