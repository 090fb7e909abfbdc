"""The project's settings with a recogniser that takes its time and always sees the same."""

from config.settings import *  # noqa: F403
from config.settings import RECOGNISERS

RECOGNISERS["dummy"]["OPTIONS"] = {"labels": [("Sample", 90.0), ("Unlikely", 10.0)], "delay": 0.5}
