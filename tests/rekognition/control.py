"""Changes the service's behaviour and reads its record from another process.

`GET /control` gives its state, `GET /control/requests` what was asked, and `POST /control` takes a
JSON object whose keys are those of `apply`. Loopback is its only guard.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from tests.rekognition.exchanges import Reply
from tests.rekognition.faults import Fault
from tests.rekognition.records import Request

if TYPE_CHECKING:
    from tests.rekognition.service import RekognitionService

PATH = "/control"


class Control:
    """A client of the control, for benchmarks and tests that start the service as a program."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def state(self) -> dict[str, Any]:
        return self._ask(PATH)

    def requests(self) -> list[Request]:
        """The record, without the content of images."""
        kept = self._ask(f"{PATH}/requests")["requests"]
        return [Request(**request | {"content": b""}) for request in kept]

    def change(self, **changes: Any) -> dict[str, Any]:
        """Takes the keys of `apply`; gives the state thereafter. Raises ValueError for others."""
        try:
            return self._ask(PATH, json.dumps(changes).encode())
        except urllib.error.HTTPError as error:
            raise ValueError(json.loads(error.read())["message"]) from None

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}{path}", body, timeout=30) as answer:
            told = json.load(answer)
            assert isinstance(told, dict)
            return told


def state(service: "RekognitionService") -> dict[str, Any]:
    """What a control client is told."""
    return {
        "look": service.look,
        "counts": dict(service.requests.counts),
        "billed": dict(service.requests.billed),
        "injected": dict(service.faults.injected),
        "broken_answers": service.broken_answers,
    }


def apply(service: "RekognitionService", changes: dict[str, Any]) -> None:
    """Changes the service.

    Keys, in the order of their doing: `reset` (true), `look`, `clear_faults` (true), `faults` (a
    list of a Fault's attributes each), `limits` ({operation: requests a second}), `answers`
    ({operation: response}), `answers_by_content` ({operation: {SHA-256: response}}). Raises
    ValueError for anything else.
    """
    unknown = changes.keys() - _CHANGES.keys()
    if unknown:
        raise ValueError(f"{sorted(unknown)}: what can be changed is {', '.join(_CHANGES)}")
    for name, change in _CHANGES.items():
        if name in changes:
            change(service, changes[name])


def _set_look(service: "RekognitionService", value: bool) -> None:
    service.look = value


def _add_faults(service: "RekognitionService", faults: list[dict[str, Any]]) -> None:
    for fault in [Fault(**given) for given in faults]:
        service.faults.add(fault)


def _add_limits(service: "RekognitionService", limits: dict[str, int]) -> None:
    for operation, rate in limits.items():
        service.faults.limit(rate, operation)


def _set_answers_by_content(service: "RekognitionService", answers: dict[str, Any]) -> None:
    for operation, by_content in answers.items():
        service.answers |= {(operation, sha256): given for sha256, given in by_content.items()}


_CHANGES: dict[str, Callable[["RekognitionService", Any], None]] = {
    "reset": lambda service, value: service.reset(),
    "look": _set_look,
    "clear_faults": lambda service, value: service.faults.clear(),
    "faults": _add_faults,
    "limits": _add_limits,
    "answers": lambda service, value: service.answers.update(value),
    "answers_by_content": _set_answers_by_content,
}


def reply(service: "RekognitionService", method: str, path: str, body: bytes) -> Reply:
    """Answers a request to the control."""
    try:
        if method == "POST":
            apply(service, json.loads(body))
    except (TypeError, ValueError) as error:
        return _json(400, {"message": str(error)})
    if path == f"{PATH}/requests":
        return _json(200, {"requests": [_as_json(kept) for kept in service.requests.of()]})
    return _json(200, state(service))


def _as_json(request: Request) -> dict[str, Any]:
    return asdict(replace(request, content=b"")) | {"content": ""}


def _json(status: int, value: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
