"""Looking for what is wrong with a library: the checks there are, and what they find.

An app adds its own checks with `register` when it is ready.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be."""

    code: str
    """Which sort of thing is wrong, for programs: `file_missing` and the like."""
    about: str
    """What it is wrong with: a row, or a file by its storage key."""
    text: str
    """What is wrong."""
    action: str
    """What was done about it, or what has to be done."""
    repaired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """How a library is looked at."""

    repair: bool = False
    """Whether what is found is to be mended, as far as it can be."""
    is_quick: bool = False
    """Whether files are taken for what their sizes say they are, instead of being read."""
    on_original: Callable[[int], None] = lambda _size: None
    """Told of each original that was looked at, with its size in bytes."""
    on_young_file: Callable[[], None] = lambda: None
    """Told of each file that has no row yet, or none any more, and is too young to tell which."""


Check = Callable[[Inspection], Iterator[Finding]]
_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Makes a check a part of every inspection; a name that exists is replaced."""
    _checks[name] = check


def inspect(inspection: Inspection) -> Iterator[Finding]:
    """Everything that all checks find, while it is found.

    Raises dam.storages.StorageError where a storage cannot be read just now.
    """
    for check in _checks.values():
        yield from check(inspection)
