"""Holds values against botocore's shapes: types, requirements, bounds, patterns and enumerations.

botocore's own validator leaves out maximum, pattern and enumeration.
"""

import base64
import binascii
import math
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "float": (int, float),
    "blob": (bytes,),
}


class MistypedError(ValueError):
    """What came over the wire cannot be read as the shape at all."""


def from_wire(shape: Shape, value: Any, path: str = "") -> Any:
    """A value parsed from JSON in Python's types: blobs are bytes, what is null is left out.

    Raises MistypedError where a type is not the shape's.
    """
    if shape.type_name == "blob":
        return _decoded(value, path)
    if not _is_of_type(shape, value):
        raise MistypedError(f"{path or '.'} is {type(value).__name__}, not {shape.type_name}")
    if isinstance(shape, ListShape):
        return [from_wire(shape.member, item, f"{path}.{n}") for n, item in enumerate(value, 1)]
    if isinstance(shape, StructureShape):
        return {
            name: from_wire(shape.members[name], item, f"{path}.{name}".lstrip("."))
            if name in shape.members
            else item
            for name, item in value.items()
            if item is not None
        }
    return value


def violations(shape: Shape, value: Any, path: str = "") -> list[str]:
    """How a value breaks its shape: one sentence each, none where it keeps to it."""
    return list(_violations(shape, value, path))


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not _is_of_type(shape, value):
        yield f"{path or '.'} is {type(value).__name__}, not {shape.type_name}"
        return
    yield from _broken_constraints(shape, value, path)
    if isinstance(shape, ListShape):
        for number, item in enumerate(value, 1):
            yield from _violations(shape.member, item, f"{path}.{number}.member")
    elif isinstance(shape, StructureShape):
        yield from _broken_members(shape, value, path)


def _broken_members(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield _sentence(None, f"{path}.{name}", "Member must not be null")
    for name, item in value.items():
        inner = f"{path}.{name}".lstrip(".")
        if name in shape.members:
            yield from _violations(shape.members[name], item, inner)
        else:
            yield f"{inner} is no member of {shape.name}"


def _broken_constraints(shape: Shape, value: Any, path: str) -> Iterator[str]:
    metadata = shape.metadata
    what, amount = _measured(shape, value)
    if not math.isfinite(amount):
        yield _sentence(value, path, "Member must be a finite number")
    if "min" in metadata and amount < metadata["min"]:
        yield _sentence(value, path, f"{what} greater than or equal to {metadata['min']}")
    if "max" in metadata and amount > metadata["max"]:
        yield _sentence(value, path, f"{what} less than or equal to {metadata['max']}")
    if "enum" in metadata and value not in metadata["enum"]:
        allowed = ", ".join(metadata["enum"])
        yield _sentence(value, path, f"Member must satisfy enum value set: [{allowed}]")
    if "pattern" in metadata and not _compiled(metadata["pattern"]).fullmatch(value):
        pattern = metadata["pattern"]
        yield _sentence(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _measured(shape: Shape, value: Any) -> tuple[str, float]:
    """What the bounds of a shape are about: a number, or the length of anything else."""
    if shape.type_name in ("integer", "float"):
        return "Member must have value", value
    return "Member must have length", len(value) if hasattr(value, "__len__") else 0


def _sentence(value: Any, path: str, constraint: str) -> str:
    path = path.lstrip(".")
    told = "" if isinstance(value, bytes | dict | list) else f" '{value}'"
    told = " null" if value is None else told
    return f"Value{told} at '{path}' failed to satisfy constraint: {constraint}"


def _is_of_type(shape: Shape, value: Any) -> bool:
    # To Python true and false are integers.
    is_stray_boolean = isinstance(value, bool) and shape.type_name != "boolean"
    return isinstance(value, _PYTHON_TYPES[shape.type_name]) and not is_stray_boolean


def _decoded(value: Any, path: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise MistypedError(f"{path} is not base64") from None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
