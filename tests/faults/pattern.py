"""An installation that is made once, so that every other one begins with a copy of its data."""

import os
import shutil
from pathlib import Path

from tests.faults.installation import NAME, PASSWORD, Installation
from tests.postgresql import database_name, make_database
from tests.programs import environment, migrate

_FOLDER = Path("pattern", "data")
_MAKE_PEOPLE = f"""
from django.contrib.auth.models import User
User.objects.create_superuser({NAME!r}, password={PASSWORD!r})
"""


def make_pattern(root: Path) -> None:
    """Makes the data folder below `root`, with somebody who may do everything; and static files."""
    pattern = Installation((root / _FOLDER).parent, delay=0.0, more={})
    migrate(pattern.env)
    pattern.manage("collectstatic", "--noinput", "--verbosity=0")
    pattern.manage("shell", "--verbosity=0", "--command", _MAKE_PEOPLE)


def copy_pattern(installation: Installation, root: Path) -> None:
    """Gives an installation all that the pattern has; neither may be running."""
    shutil.copytree(root / _FOLDER, installation.data, dirs_exist_ok=True)
    if url := installation.env.get("DATABASE_URL"):
        template = environment(root / _FOLDER)["DATABASE_URL"]
        server = os.environ["DATABASE_URL"]
        make_database(server, database_name(url), template=database_name(template))
