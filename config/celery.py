"""The Celery application; its settings are the CELERY_ ones of config/settings.py."""

import logging
import os
from typing import Any

from celery import Celery, bootsteps
from celery.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("bromo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

logger = logging.getLogger(__name__)


class Sweep(bootsteps.StartStopStep):
    """Has every worker look for runs that nobody works on: once at its start, then again and again.

    So one worker alone is enough to recover from lost messages and dead workers.
    """

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: Any) -> None:
        from django.conf import settings

        every = settings.BROMO_SWEEP_SECONDS
        publish_sweep(every, is_start=True)
        parent.timer.call_repeatedly(every, publish_sweep, (every,))


def publish_sweep(every: float, *, is_start: bool = False) -> None:
    try:
        app.send_task(
            "recognition.tasks.sweep",
            kwargs={"everything": is_start},
            expires=None if is_start else every,
            retry=False,
        )
    except OperationalError as error:
        logger.warning("no sweep this time, the broker is away: %s", error)


app.steps["worker"].add(Sweep)
