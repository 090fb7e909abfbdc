"""settings.RECOGNISERS made into recognisers: one instance an alias and process."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from recognition.recognisers.base import ImageRecogniser


class UnknownRecogniserError(ImproperlyConfigured):
    """An alias that settings.RECOGNISERS does not have."""


class RecogniserRegistry:
    """Hands out recognisers by alias and keeps them, so that models load once a process."""

    def __init__(self) -> None:
        self._instances: dict[str, ImageRecogniser] = {}
        self._lock = threading.Lock()

    def __getitem__(self, alias: str) -> ImageRecogniser:
        """The recogniser of an alias.

        Raises UnknownRecogniserError, or ImproperlyConfigured where its settings are wrong.
        """
        with self._lock:
            if alias not in self._instances:
                self._instances[alias] = _make(alias)
            return self._instances[alias]

    @property
    def aliases(self) -> list[str]:
        return list(settings.RECOGNISERS)

    @property
    def working_aliases(self) -> list[str]:
        """The aliases whose settings make a recogniser; the system checks tell of the others."""
        working = []
        for alias in self.aliases:
            with suppress(ImproperlyConfigured):
                self[alias]
                working.append(alias)
        return working

    def clear(self) -> None:
        """Forgets all instances, so that changed settings take effect."""
        with self._lock:
            self._instances.clear()


def _make(alias: str) -> ImageRecogniser:
    if alias not in settings.RECOGNISERS:
        known = ", ".join(sorted(settings.RECOGNISERS))
        msg = f"There is no recogniser “{alias}”. RECOGNISERS has: {known}."
        raise UnknownRecogniserError(msg)
    params: dict[str, Any] = settings.RECOGNISERS[alias]
    if unknown := set(params) - {"BACKEND", "OPTIONS"}:
        msg = f"RECOGNISERS[{alias!r}] has {sorted(unknown)}; only BACKEND and OPTIONS are known."
        raise ImproperlyConfigured(msg)
    try:
        backend = import_string(params["BACKEND"])
    except (KeyError, ImportError) as error:
        msg = f"RECOGNISERS[{alias!r}] needs a BACKEND that can be imported: {error}."
        raise ImproperlyConfigured(msg) from error
    try:
        instance: ImageRecogniser = backend(**params.get("OPTIONS", {}))
    except (TypeError, ValueError) as error:
        told = str(error).rstrip(".")
        msg = f"RECOGNISERS[{alias!r}] has OPTIONS that {params['BACKEND']} refuses: {told}."
        raise ImproperlyConfigured(msg) from error
    return instance


recognisers = RecogniserRegistry()

_chosen: ContextVar[tuple[str, ...] | None] = ContextVar("chosen_recognisers", default=None)


def active_aliases() -> tuple[str, ...]:
    """Which recognisers run on an upload: those of the settings, or chosen by the caller."""
    chosen = _chosen.get()
    return tuple(dict.fromkeys(settings.BROMO_RECOGNISERS)) if chosen is None else chosen


@contextmanager
def choosing(aliases: Iterable[str]) -> Iterator[None]:
    """Runs these recognisers, instead of the settings', on what is uploaded inside the block."""
    token = _chosen.set(tuple(dict.fromkeys(aliases)))
    try:
        yield
    finally:
        _chosen.reset(token)
