"""The composition root. The Celery application is imported here so that tasks always find it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
