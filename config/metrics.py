"""The metrics as Prometheus asks for them."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from config.metric_files import read_metrics
from recognition.metrics import RunCollector


class ProcessesCollector(Collector):
    """Tells what the processes of the installation have counted."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        return read_metrics(settings.BROMO_METRICS_DIR)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric, for staff who are signed in and for whoever sends the token."""
    if authorization := request.headers.get("Authorization", ""):
        if not _is_token(authorization):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    elif not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    elif not request.user.is_staff:
        raise PermissionDenied
    registry = CollectorRegistry()
    registry.register(ProcessesCollector())
    registry.register(RunCollector())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(
        encode(registry), content_type=content_type, headers={"Cache-Control": "no-store"}
    )


def _is_token(authorization: str) -> bool:
    """Whether an Authorization header bears the token of the settings, if they have one."""
    scheme, _, token = authorization.partition(" ")
    expected = settings.BROMO_METRICS_TOKEN
    return bool(
        expected and scheme.lower() == "bearer" and constant_time_compare(token.strip(), expected)
    )
