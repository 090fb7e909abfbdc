"""The project's settings with two recognisers that tell where they load; one of them cannot."""

from config.settings import *  # noqa: F403
from config.settings import RECOGNISERS

for _alias in ("dummy", "broken"):
    RECOGNISERS[_alias] = {
        "BACKEND": "tests.config.warming.WarmingRecogniser",
        "OPTIONS": {"name": _alias},
    }
BROMO_RECOGNISERS = ["broken", "dummy"]
