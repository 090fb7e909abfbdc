from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_save

from tests.faults import traps


class FaultsConfig(AppConfig):
    name = "tests.faults.inside"
    label = "faults"

    def ready(self) -> None:
        post_save.connect(
            before_commit, sender="dam.Asset", dispatch_uid="tests.faults.before_commit"
        )


def before_commit(**kwargs: Any) -> None:
    traps.step(Path(settings.BROMO_DATA_DIR), traps.BEFORE_COMMIT)
