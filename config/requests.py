"""Every request has an id, which all that is logged because of it carries, and a line there."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class RequestLogMiddleware:
    """Comes first, so that it sees every request and the answer as it leaves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        # Not before: Django says a word about errors after the last middleware, and the body of an
        # answer may be read by then only.
        request_finished.connect(_forget_request, dispatch_uid="config.forget_request")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        clear_contextvars()
        request_id = _request_id(request)
        bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response[HEADER] = request_id
        _log(request, response, time.perf_counter() - start)
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:
        """Notes who asks, where the view is for people who are signed in.

        The others are left alone: they have to answer without the database too.
        """
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            bind_contextvars(user_id=request.user.pk)


class LoginMiddleware(LoginRequiredMiddleware):
    """Django's own looks at the user first, whom views for everybody have to do without."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], *rest: Any
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, *rest)


def _request_id(request: HttpRequest) -> str:
    """The id that a proxy gave the request, if it looks like one, or a new one."""
    given = request.headers.get(HEADER, "")
    return given if _SANE.fullmatch(given) else uuid.uuid4().hex


def _forget_request(**_: Any) -> None:
    clear_contextvars()


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Without the query string, in which people look for what is nobody else's business."""
    fields = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "duration": round(seconds, 4),
    }
    logger.info("%(method)s %(path)s %(status)s in %(duration)s s", fields, extra=fields)
