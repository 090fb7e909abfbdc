"""The Celery application; its settings are the CELERY_ ones of config/settings.py."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from config import acknowledging, task_log

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("bromo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
task_log.connect()
acknowledging.install()

logger = logging.getLogger(__name__)


@worker_process_init.connect(dispatch_uid="config.warm_up_recognisers")
def warm_up_recognisers(**_: Any) -> None:
    """Loads models and clients in each process of the pool, so that no image waits for them."""
    from dam.storages import warm_up_storages
    from recognition.registry import active_aliases, recognisers

    try:
        warm_up_storages()
    except Exception:
        # Whatever reads a file will say so too.
        logger.exception("the storages are not ready")
    for alias in active_aliases():
        try:
            recognisers[alias].warm_up()
        except Exception:
            # Its runs will say so too; those of the other recognisers can go on.
            logger.exception("recogniser %s is not ready", alias)
