"""Celery's programs log as all others do, and what a task logs carries its id."""

from typing import Any

from celery.signals import setup_logging, task_postrun, task_prerun
from structlog.contextvars import bind_contextvars, clear_contextvars


def connect() -> None:
    setup_logging.connect(log_by_the_settings, dispatch_uid="config.log_by_the_settings")
    task_prerun.connect(name_task, dispatch_uid="config.name_task")
    task_postrun.connect(forget_task, dispatch_uid="config.forget_task")


def log_by_the_settings(**_: Any) -> None:
    """Takes the place of Celery's own set-up, and of its --loglevel."""
    from django.conf import settings
    from django.utils.log import configure_logging

    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


def name_task(task_id: str, **_: Any) -> None:
    clear_contextvars()
    bind_contextvars(task_id=task_id)


def forget_task(**_: Any) -> None:
    clear_contextvars()
