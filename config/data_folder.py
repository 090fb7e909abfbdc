"""The folder that holds everything local, kept from the other users of the machine."""

import os
from pathlib import Path


def make_data_folder(folder: Path) -> None:
    """Makes the data folder, for its owner only, where there is none.

    A folder that exists keeps its mode. Whatever this process and its children write from now on,
    in the folder or outside of it, others can neither read nor change, and the group cannot change.
    """
    # Only ever stricter than what the administrator asked for.
    os.umask(os.umask(0o077) | 0o027)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
