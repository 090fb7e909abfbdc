"""The settings under test: the project's own, in a data folder that is thrown away afterwards."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from unittest import mock

_repository = Path(__file__).resolve().parent.parent
_real_data = Path(os.environ.get("BROMO_DATA_DIR", _repository / "var")).absolute()
_data = Path(tempfile.mkdtemp(prefix="bromo-tests-"))
atexit.register(shutil.rmtree, _data, ignore_errors=True)
(_data / "models").symlink_to(_real_data / "models")
(_data / "static").mkdir()

# What the developer's own environment says must not decide how tests end; only the database may be
# chosen by DATABASE_URL, to run them on PostgreSQL.
_environment = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("BROMO_", "BROKER_", "AWS_")) and name != "DATABASE_URL_FILE"
}
_environment |= {"BROMO_DATA_DIR": str(_data), "BROMO_RECOGNISERS": "dummy"}

with mock.patch.dict(os.environ, _environment, clear=True):
    from config.settings import *  # noqa: F403
    from config.settings import DATABASES, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if DATABASES["default"]["ENGINE"] == "config.sqlite":
    # In a file, as everywhere else: threads that share one in memory lock each other out.
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "tests.sqlite3")}
