"""How often a service is called, by all workers together: a bucket of tokens in the broker.

The bucket is kept as the moment at which the next token falls due (the virtual scheduling of ITU-T
I.371's generic cell rate algorithm): one number, moved on by each call. A caller whose token falls
due in a moment is told to wait for it; one that would wait longer is sent away, to come back when
those before it have had theirs. Without a broker each process keeps a bucket of its own.

One token that nobody took is kept, so that whoever comes a little late for its turn does not slow
down all who follow.
"""

import logging
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from celery import current_app
from django.conf import settings

from recognition.calls import Rate

logger = logging.getLogger(__name__)

PATIENCE = 0.25
"""Seconds that a worker waits for a token; what takes longer gives way to other work."""
FARTHEST = 3600.0
"""Seconds after which whoever was sent away comes back at the latest. Less, and of a long backlog
many would come back in vain again and again."""

# Moments in microseconds, by the broker's clock. `due`: when the next token falls due. `line`: when
# the last of those who were sent away comes back.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, patience, farthest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'due', 'line')
local due = math.max(tonumber(kept[1] or 0), now - interval)
local wait = due - now
local line = math.max(tonumber(kept[2] or 0), due)
local taken = wait <= patience
if taken then
  due = due + interval
else
  line = math.min(line + interval, now + farthest)
  wait = line - now
end
redis.call('HSET', KEYS[1], 'due', string.format('%.0f', due), 'line', string.format('%.0f', line))
redis.call('PEXPIRE', KEYS[1], math.ceil((math.max(due, line) - now) / 1000) + 60000)
return {taken and 1 or 0, string.format('%.0f', math.max(wait, 0))}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a bucket says to a caller."""

    is_taken: bool
    """Whether the caller has a token, to be used after the wait."""
    wait: float
    """Seconds until the token falls due, or until it is worth asking again."""


def take_turn(rate: Rate) -> Turn:
    """Takes a token for a call, if one falls due soon."""
    if settings.BROKER_URL:
        try:
            return _take_shared(rate)
        except Exception as error:  # noqa: BLE001 - each transport has errors of its own
            logger.warning("this process keeps the rate of %s on its own: %s", rate.name, error)
    return _own_bucket(rate.name).take(rate.per_second)


def _take_shared(rate: Rate) -> Turn:
    interval = 1_000_000 / rate.per_second
    microseconds = (interval, PATIENCE * 1_000_000, FARTHEST * 1_000_000)
    is_taken, wait = _script()(
        keys=[f"bromo:rate:{rate.name}"], args=[f"{number:.0f}" for number in microseconds]
    )
    return Turn(is_taken=bool(is_taken), wait=int(wait) / 1_000_000)


@cache
def _script() -> Any:
    """The script on the broker. One connection a process, made where it is first needed."""
    channel: Any = current_app.connection_for_write().default_channel  # its stub knows no client
    return channel.client.register_script(_TAKE)


class Bucket:
    """The same bucket in the memory of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due = self._line = 0.0

    def take(self, per_second: float) -> Turn:
        interval = 1 / per_second
        with self._lock:
            now = time.monotonic()
            self._due = max(self._due, now - interval)
            wait = self._due - now
            if wait <= PATIENCE:
                self._due += interval
                return Turn(is_taken=True, wait=max(wait, 0.0))
            self._line = min(max(self._line, self._due) + interval, now + FARTHEST)
            return Turn(is_taken=False, wait=self._line - now)


@cache
def _own_bucket(_name: str) -> Bucket:
    return Bucket()
