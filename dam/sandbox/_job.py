"""What is done to one file: everything that takes decoding it, in one go."""

import dataclasses
import io
import mmap
from pathlib import Path
from typing import Any

from dam.metadata import read_metadata
from dam.renditions.decode import UnknownFormat, UnreadableImage, read_header
from dam.renditions.render import make_proxy, render
from dam.renditions.spec import GRID

PROXY, PICTURE, ANSWER, NOTE = "proxy", "picture", "answer.json", "note"
"""The files that a job leaves in its folder."""


_BYTES_A_PIXEL = 16
"""What the hungriest decoders, those of WebP and AVIF, were seen to take."""


def examine(path: Path, folder: Path, *, max_pixels: int) -> dict[str, Any]:
    """Reads a file to its last byte, leaves proxy and grid picture in a folder, and says the rest.

    The answer fits JSON: `header` and `metadata`, or `error` with what belongs to it. Raises
    OSError where the disk is at fault.
    """
    pixels = 0
    try:
        with path.open("rb") as file:
            header = read_header(file)
            pixels = header.pixels
            answer: dict[str, Any] = {"header": dataclasses.asdict(header)}
            if header.pixels > max_pixels:
                return answer | {"error": "too_many_pixels"}
            file.seek(0)
            answer["metadata"] = read_metadata(file).as_dict()
            file.seek(0)
            proxy = make_proxy(file).content
        (folder / PROXY).write_bytes(proxy)
        (folder / PICTURE).write_bytes(render(io.BytesIO(proxy), GRID))
    except UnknownFormat as error:
        return {"error": "unknown_format", "reason": str(error), "look": error.look}
    except UnreadableImage as error:
        # Some decoders call it damage when they get no memory.
        if not _is_there_room_for(_BYTES_A_PIXEL * pixels):
            return {"error": "memory"}
        return {"error": "unreadable", "reason": str(error)}
    except MemoryError:
        return {"error": "memory"}
    else:
        return answer


def _is_there_room_for(size: int) -> bool:
    """Whether this process could still take so many bytes of memory."""
    try:
        mmap.mmap(-1, max(size, 1)).close()
    except (OSError, MemoryError):
        return False
    return True
