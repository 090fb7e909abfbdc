"""The signing key of an installation that was not given one."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def get_or_make_secret_key(path: Path) -> str:
    """Reads the key in `path`; the first process to ask makes it, readable by its owner only.

    The file appears under its name complete or not at all, so two processes that start together
    agree on one key.
    """
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(50))
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            Path(draft).unlink()
    return path.read_text().strip()
