"""Having files looked at within the limits of the settings, and counting what went wrong."""

from pathlib import Path

from django.conf import settings

from dam import metrics
from dam.sandbox import Examined, Limits, SandboxError, TooCostly, examine


def examine_file(path: Path) -> Examined:
    """Decodes an image file in full, in a process of its own. Raises as `dam.sandbox.examine`."""
    limits = Limits(
        cpu_seconds=settings.BROMO_DECODE_SECONDS,
        memory_bytes=settings.BROMO_DECODE_MEGABYTES * 1_000_000,
    )
    max_pixels = settings.BROMO_MAX_MEGAPIXELS * 1_000_000
    try:
        return examine(path, limits=limits, max_pixels=max_pixels)
    except TooCostly as error:
        metrics.sandbox_kills.labels(reason=error.kind).inc()
        raise
    except SandboxError:
        metrics.sandbox_kills.labels(reason="machine").inc()
        raise
