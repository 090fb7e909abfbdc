"""Addresses that a service gave for somebody (pure)."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from recognition.predictions import Json
from recognition.seen._values import Link

_HOST = re.compile(r"([a-z0-9-]+\.)+[a-z0-9-]{2,}", re.IGNORECASE | re.ASCII)


def links(addresses: Json) -> tuple[Link, ...]:
    """Those that lead to a web site; "www.imdb.com/name/nm1" is one by https.

    Whatever has another scheme, names a user, or is no address at all is left out.
    """
    return tuple(_links(addresses if isinstance(addresses, list | tuple) else ()))


def _links(addresses: Iterable[Json]) -> Iterator[Link]:
    for address in addresses:
        # Browsers pass over white space and control characters within an address; we do not.
        if not isinstance(address, str) or not address.isprintable() or " " in address:
            continue
        url = address if re.match(r"https?://", address, re.IGNORECASE) else f"https://{address}"
        try:
            host = urlsplit(url).netloc
        except ValueError:
            continue
        if _HOST.fullmatch(host):
            yield Link(url=url, label=host.lower().removeprefix("www."))
