"""Whether the process lives, and whether the installation can do its work: for those who watch it.

Anybody may ask, so the answers name parts and say no more of them; the log has the details.
"""

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import FileSystemStorage
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from config.celery import app
from config.probes import Probe, Watch
from dam.management.prepared import missing_migrations
from dam.staging import staging_folder
from dam.storages import BucketStorage, originals_storage
from dam.uploads import max_upload_bytes

_IMPATIENT = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "max_retries": 0}
_CONNECT_SECONDS = 2


class NotReadyError(Exception):
    """Something that Bromo rests on is there and cannot be used; the message says why."""


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Says that the process answers; asks nothing else of it."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Says whether requests can be served, 200 or 503; without a broker they can."""
    watch = get_watch()
    answers = watch.answers()
    failed = [probe for probe in watch.probes if not answers[probe.name]]
    is_unavailable = any(probe.is_vital for probe in failed)
    status = "unavailable" if is_unavailable else "degraded" if failed else "ready"
    checks = {name: "ok" if works else "failed" for name, works in answers.items()}
    return JsonResponse(
        {"status": status, "checks": checks},
        status=503 if is_unavailable else 200,
        headers={"Cache-Control": "no-store"},
    )


@cache
def get_watch() -> Watch:
    """The one watch of this process."""
    probes = [
        Probe(name="database", look=check_database, is_vital=True),
        Probe(name="originals", look=check_originals, is_vital=True),
        Probe(name="staging", look=check_staging, is_vital=True),
    ]
    if settings.BROKER_URL:
        probes.append(Probe(name="broker", look=check_broker, is_vital=False))
    return Watch(probes)


def check_database() -> None:
    """Raises what is wrong where the database is away, or not as this version needs it."""
    # A connection of its own: those of requests may be waiting for something.
    connection = connections["default"].copy()
    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"]["connect_timeout"] = _CONNECT_SECONDS
    try:
        missing = missing_migrations(connection)
    finally:
        connection.close()
    if missing:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration in missing)
        raise NotReadyError(f"it lacks {names}: run manage.py migrate")


def check_originals() -> None:
    """Raises what is wrong where no original could be stored."""
    storage = originals_storage()
    if isinstance(storage, BucketStorage):
        storage.check()
    elif isinstance(storage, FileSystemStorage):
        _check_folder(Path(storage.location))


def check_staging() -> None:
    """Raises what is wrong where no upload could arrive, wherever it would go from there."""
    _check_folder(staging_folder())


def check_broker() -> None:
    """Raises what is wrong where no message could be published."""
    with app.connection_for_write(transport_options=_IMPATIENT) as connection:
        channel: Any = connection.default_channel  # its stub knows no queues
        channel.queue_declare(app.conf.task_default_queue)


def _check_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"ready?")
        file.flush()
    free = shutil.disk_usage(folder).free
    if free < max_upload_bytes():
        msg = f"{free // 1_000_000} MB are free in {folder}, less than one upload may have"
        raise NotReadyError(msg)
