"""The Celery application; its settings are the CELERY_ ones of config/settings.py."""

import logging
import os
from typing import Any

from celery import Celery, bootsteps
from celery.exceptions import OperationalError
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("bromo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

logger = logging.getLogger(__name__)


class Sweep(bootsteps.StartStopStep):
    """Has every worker look for runs that nobody works on: once at its start, then again and again.

    So one worker alone is enough to recover from lost messages and dead workers. The look itself is
    a task: this process forks the pool, so it must not hold a connection to the database.
    """

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: Any) -> None:
        from django.conf import settings

        publish_sweep()
        parent.timer.call_repeatedly(settings.BROMO_SWEEP_SECONDS, publish_sweep)


def publish_sweep() -> None:
    from django.conf import settings

    from recognition.tasks import sweep

    try:
        # A process is free for it by then, as tasks are ended before; if none is, others wait.
        sweep.apply_async(expires=settings.BROMO_LEASE_SECONDS, retry=False)
    except OperationalError as error:
        logger.warning("no sweep this time, the broker is away: %s", error)


app.steps["worker"].add(Sweep)


@worker_process_init.connect(dispatch_uid="config.warm_up_recognisers")
def warm_up_recognisers(**_: Any) -> None:
    """Loads models in each process of the pool, so that no image has to wait for them."""
    from recognition.registry import active_aliases, recognisers

    for alias in active_aliases():
        try:
            recognisers[alias].warm_up()
        except Exception:
            # Its runs will say so too; those of the other recognisers can go on.
            logger.exception("recogniser %s is not ready", alias)
