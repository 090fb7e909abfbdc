"""What goes wrong on command: errors, refusals, rates, stalls and broken connections."""

import threading
from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.rekognition.errors import ServiceError, not_authorised
from tests.rekognition.model import OPERATIONS


class FaultKind(StrEnum):
    ERROR = "error"
    RESET = "reset"
    """The connection breaks before the service does anything."""
    CLOSE = "close"
    """The service does its work, which counts as billed, and hangs up without an answer."""
    GARBLE = "garble"
    """The service does its work, which counts as billed, and something else arrives in its name."""
    STALL = "stall"
    """Nothing happens for a while; then the request goes its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something to go wrong. Raises ValueError for an operation or an error that is none."""

    kind: FaultKind
    operations: tuple[str, ...] = ()
    """Which operations it befalls; all of them where it is empty."""
    times: int | None = None
    """How many requests it befalls; every one until it is cleared where it is None."""
    error: str = ""
    message: str = ""
    status: int = 0
    seconds: float = 0.0
    body: str = ""
    """What arrives where it is garbled."""

    def __post_init__(self) -> None:
        _check_operations(self.operations)
        object.__setattr__(self, "kind", FaultKind(self.kind))
        object.__setattr__(self, "operations", tuple(self.operations))
        if self.kind is FaultKind.ERROR:
            self.as_error("")

    def as_error(self, operation: str) -> ServiceError:
        message = self.message
        if self.error == "AccessDeniedException" and not message:
            message = not_authorised(operation)
        return ServiceError(self.error, message, self.status)


class Faults:
    """What will go wrong. Methods take the operations that are meant; none means all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[tuple[Fault, int | None]] = []
        self._limits: dict[str, _Limit] = {}
        self.injected: Counter[str] = Counter()
        """How often each error, or each kind that is none, has befallen a request."""

    def throttle(self, times: int, *operations: str, error: str = "ThrottlingException") -> None:
        """Turns away the next requests."""
        self.refuse(error, *operations, times=times)

    def fail(self, times: int, *operations: str, status: int = 500) -> None:
        """Answers the next requests with InternalServerError, or with 502, 503 or 504."""
        error = "InternalServerError" if status == 500 else "ServiceUnavailableException"
        self.refuse(error, *operations, times=times, status=status)

    def reset(self, times: int, *operations: str) -> None:
        self.add(Fault(kind=FaultKind.RESET, operations=operations, times=times))

    def close(self, times: int, *operations: str) -> None:
        self.add(Fault(kind=FaultKind.CLOSE, operations=operations, times=times))

    def garble(self, body: str, *operations: str, times: int = 1) -> None:
        """Has the next requests answered with status 200 and anything at all."""
        fault = Fault(kind=FaultKind.GARBLE, operations=operations, times=times, body=body)
        self.add(fault)

    def stall(self, seconds: float, *operations: str, times: int = 1) -> None:
        fault = Fault(kind=FaultKind.STALL, operations=operations, times=times, seconds=seconds)
        self.add(fault)

    def deny(self, *operations: str) -> None:
        """Answers AccessDeniedException, as without a policy that allows the operation."""
        self.refuse("AccessDeniedException", *operations)

    def refuse(self, error: str, *operations: str, times: int | None = None, **more: Any) -> None:
        """Answers with any error that AWS has; `more` may be its message and its status."""
        kind = FaultKind.ERROR
        self.add(Fault(kind=kind, operations=operations, times=times, error=error, **more))

    def limit(self, rate: int, *operations: str, error: str = "ThrottlingException") -> None:
        """Answers no more than so many requests in any second, each operation by itself."""
        _check_operations(operations)
        ServiceError(error)
        with self._lock:
            self._limits |= {name: _Limit(rate, error) for name in operations or OPERATIONS}

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._planned.append((fault, fault.times))

    def clear(self) -> None:
        """Lets all go well from now on."""
        with self._lock:
            self._planned.clear()
            self._limits.clear()
            self.injected.clear()

    def next(self, operation: str, moment: float) -> Fault | None:
        """What befalls a request: the oldest plan that fits it, else its rate."""
        with self._lock:
            fault = self._planned_for(operation) or self._over_limit(operation, moment)
            if fault:
                self.injected[fault.error or fault.kind.value] += 1
            return fault

    def _planned_for(self, operation: str) -> Fault | None:
        for number, (fault, left) in enumerate(self._planned):
            if operation in (fault.operations or OPERATIONS):
                if left is not None:
                    self._planned[number : number + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None

    def _over_limit(self, operation: str, moment: float) -> Fault | None:
        limit = self._limits.get(operation)
        if limit is None or limit.takes(moment):
            return None
        return Fault(kind=FaultKind.ERROR, error=limit.error)


class _Limit:
    """Lets so many requests pass in any second."""

    def __init__(self, rate: int, error: str) -> None:
        self.error = error
        self._passed: deque[float] = deque(maxlen=rate)

    def takes(self, moment: float) -> bool:
        passed = self._passed
        if passed.maxlen == 0 or (len(passed) == passed.maxlen and moment - passed[0] < 1):
            return False
        passed.append(moment)
        return True


def _check_operations(operations: tuple[str, ...]) -> None:
    if unknown := set(operations) - OPERATIONS.keys():
        raise ValueError(f"{sorted(unknown)}: the operations are {', '.join(OPERATIONS)}")
