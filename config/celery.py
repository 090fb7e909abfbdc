"""The Celery application; its settings are the CELERY_ ones of config/settings.py."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, task_postrun, task_prerun, worker_process_init

from config import task_log

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("bromo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
task_log.connect()

logger = logging.getLogger(__name__)


@celeryd_init.connect(dispatch_uid="config.mind_acknowledgements")
def mind_acknowledgements(**_: Any) -> None:
    """Has a worker mind what its broker did not hear; nobody else needs the broker's client yet."""
    from config import acknowledging

    acknowledging.install()


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


@task_prerun.connect(dispatch_uid="config.close_old_connections_before")
@task_postrun.connect(dispatch_uid="config.close_old_connections_after")
def close_old_connections(**_: Any) -> None:
    """Treats a task like a request: a connection that is too old or broken is not used again.

    Celery would close every connection after every task (CELERY_DB_REUSE_MAX), and to open
    one costs a short task a good part of its time.
    """
    from django.db import close_old_connections

    close_old_connections()
