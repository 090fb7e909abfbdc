"""The project's settings with a fragile recogniser, and with the traps of `tests.faults.traps`."""

import os

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, RECOGNISERS

INSTALLED_APPS += ["tests.faults.inside.apps.FaultsConfig"]
RECOGNISERS["dummy"] = {
    "BACKEND": "tests.faults.inside.recogniser.FragileRecogniser",
    "OPTIONS": {"delay": float(os.environ["FAULTS_DELAY"])},
}
