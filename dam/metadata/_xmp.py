"""Reads XMP: the properties of an RDF packet that editors care about.

Source: ISO 16684-1 (XMP), the Dublin Core, Photoshop and EXIF namespaces.
"""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_NAMESPACES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
}
_LARGEST_PACKET = 2_000_000

Properties = Mapping[str, Sequence[str]]
"""Values by name, such as `dc:subject`; the default language's first."""


def read_xmp(packet: bytes | str) -> Properties:
    """The properties of an XMP packet; none where it is broken, hostile or above 2 MB."""
    data = packet.encode("utf-8", "replace") if isinstance(packet, str) else packet
    if not data or len(data) > _LARGEST_PACKET:
        return {}
    try:
        root = fromstring(data.strip(b"\x00 \t\r\n"), forbid_dtd=True)
    except (ParseError, ValueError, LookupError):  # defusedxml's own errors are ValueErrors
        return {}
    properties: dict[str, list[str]] = {}
    for description in root.iter(f"{_RDF}Description"):
        for name, value in description.attrib.items():
            _add(properties, name, [value])
        for element in description:
            _add(properties, element.tag, _values(element))
    return properties


def _add(properties: dict[str, list[str]], tag: str, values: list[str]) -> None:
    space, _, name = tag.removeprefix("{").partition("}")
    if space in _NAMESPACES:
        properties.setdefault(f"{_NAMESPACES[space]}:{name}", []).extend(values)


def _values(element: Element) -> list[str]:
    items = [item for group in element for item in group if item.tag == f"{_RDF}li"]
    if not items:
        return [element.text] if element.text and not len(element) else []
    items.sort(key=lambda item: item.get(_LANGUAGE) != "x-default")
    return [item.text for item in items if item.text]
