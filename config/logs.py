"""What the log looks like: a line a record, for people or for machines, with no secret in it."""

import json
import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from structlog.contextvars import merge_contextvars
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor

FORMATS = ("line", "json")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
HIDDEN = "***"
ACCESS_FIELDS = ("method", "path", "status", "duration")
"""What a record of a request carries beside its text, for machines."""

_FIRST = ("time", "level", "logger", "event")
_SHORTEST_SECRET = 6
"""What is shorter may well be a word that the log needs."""
_IN_ADDRESSES = re.compile(r"(?<=://)([^\s/@:]*):[^\s/@]+(?=@)")
_BY_NAME = re.compile(
    r"\b(sessionid|csrftoken|csrfmiddlewaretoken|password)(['\"]?[=:]\s*['\"]?)[^\s'\"&;,)}]+", re.I
)
_BEARER = re.compile(r"\b(bearer\s+)[^\s'\",]+", re.I)
_stamp_time = TimeStamper(fmt="iso", utc=True, key="time")
_CONTROLS = {
    number: ascii(chr(number))[1:-1]
    for number in (*range(32), *range(127, 160), 0x2028, 0x2029)
    if chr(number) != "\t"
}


def logging_settings(*, style: str, level: str, secrets: Iterable[str]) -> dict[str, Any]:
    """What LOGGING has to be so that all processes log alike, to stderr, as `style` says."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"all": {"()": _make_formatter, "style": style, "hide": Redactor(secrets)}},
        "filters": {"idle sweeps": {"()": IdleSweeps}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "all"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # config.requests tells of every request, whoever serves it.
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            # What it would tell of each message, the end of the task tells too.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"filters": ["idle sweeps"]},
            # What these tell at lower levels is where credentials are, and what requests hold.
            "botocore": {"level": "WARNING"},
            "django.db.backends": {"level": "INFO"},
            # What image plugins say while they probe a file says nothing one can act on.
            "PIL": {"level": "WARNING"},
        },
    }


def passwords_in(*addresses: str) -> list[str]:
    """The passwords that URLs hold, as written there and as they are."""
    written = [urlsplit(address).password or "" for address in addresses]
    return [*written, *map(unquote, written)]


def as_json(line: bytes) -> bytes:
    """A line that a program wrote past the log, as the log would have it; its own as they are."""
    if line.startswith(b"{"):
        return line
    told = {"level": "info", "logger": "output", "event": line.decode(errors="replace").strip()}
    stamped = _stamp_time(None, "", told)
    return json.dumps(_put_in_order(None, "", stamped)).encode() + b"\n" if told["event"] else b""


class IdleSweeps(logging.Filter):
    """Has sweeps that found nothing told at DEBUG only: there is one every few seconds."""

    def filter(self, record: logging.LogRecord) -> bool:
        task = getattr(record, "data", {})
        if (task.get("name"), task.get("return_value")) != ("recognition.tasks.sweep", "0"):
            return True
        record.levelno, record.levelname = logging.DEBUG, "DEBUG"
        return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


class Redactor:
    """Takes secrets out of a text: those of the settings, and what looks like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._known:
            text = self._known.sub(HIDDEN, text)
        text = _IN_ADDRESSES.sub(rf"\1:{HIDDEN}", text)
        text = _BY_NAME.sub(rf"\1\2{HIDDEN}", text)
        return _BEARER.sub(rf"\1{HIDDEN}", text)


def _make_formatter(style: str, hide: Redactor) -> logging.Formatter:
    def hide_secrets(_: Any, __: str, event: EventDict) -> EventDict:
        return {k: hide(v) if isinstance(v, str) else v for k, v in event.items()}

    gather: list[Processor] = [
        merge_contextvars,
        add_log_level,
        add_logger_name,
        _stamp_time,
    ]
    if style == "json":
        gather.append(ExtraAdder(ACCESS_FIELDS))
    return ProcessorFormatter(
        foreign_pre_chain=gather,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,
            hide_secrets,
            _put_in_order,
            JSONRenderer() if style == "json" else _render_line,
        ],
    )


def _put_in_order(_: Any, __: str, event: EventDict) -> EventDict:
    """What every record has comes first; what is empty goes."""
    rest = {key: value for key, value in event.items() if value not in ("", None)}
    return {key: rest.pop(key) for key in _FIRST if key in rest} | rest


def _render_line(_: Any, __: str, event: EventDict) -> str:
    """One line for people, with the traceback of an error below it.

    Nothing in the line can pass for another line, whoever chose the name of a file.
    """
    exception = event.pop("exception", "")
    stack = event.pop("stack_info", "")
    time, level, name, text = (str(event.pop(key, "")) for key in _FIRST)
    words = [time, level.upper(), name, text, *(f"{key}={value}" for key, value in event.items())]
    line = " ".join(words).translate(_CONTROLS)
    return "\n".join(filter(None, [line, exception, stack]))
