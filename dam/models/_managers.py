"""The manager behind `asset.tags`."""

from typing import Any, NoReturn

from taggit.managers import _TaggableManager


class ReadOnlyTags(_TaggableManager):
    """Reads an asset's tags.

    taggit's own writers know no decisions and delete automatic tags, so they refuse here.
    """

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        msg = "An asset's tags change through dam.tagging: call decide(), forget() or apply()."
        raise TypeError(msg)

    add = remove = set = clear = _refuse
