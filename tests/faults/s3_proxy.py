"""A proxy on loopback in front of an S3 server, which answers as S3 does on its bad days.

Clients sign for the address of the proxy, and the server checks their signatures against the Host
header: so it goes on unchanged, as everything else does.
"""

import http.client
import os
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import urlsplit

STALL_SECONDS = 3.0
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code>'
    b"<Message>Please reduce your request rate.</Message></Error>"
)


class Fault(StrEnum):
    ERROR = "500"
    SLOW_DOWN = "503 SlowDown"
    RESET = "reset"
    """The connection breaks, before the server has the request or before it can answer it."""
    TRUNCATED = "truncated read"
    """A read ends early, its Content-Length notwithstanding."""
    STALL = "stall"
    GONE = "gone"
    """Nobody is there."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the server answered."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


class FaultProxy:
    """`plan` says what goes wrong from then on, and how often; `injected` counts what did."""

    def __init__(self, upstream: str, rng: random.Random) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.injected: Counter[Fault] = Counter()
        self._rng, self._lock = rng, threading.Lock()
        self._faults: tuple[Fault, ...] = ()
        self._rate = 0.0

    def plan(self, *faults: Fault, rate: float = 1.0) -> None:
        """Has this share of the requests meet one of these faults; without any, all goes well."""
        with self._lock:
            self._faults, self._rate = faults, rate

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serves for the length of the block and gives the address."""
        server = _Server(("127.0.0.1", 0), _Handler)
        server.proxy = self
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()

    def next_fault(self, method: str) -> Fault | None:
        """What befalls the next request."""
        with self._lock:
            fitting = [f for f in self._faults if f is not Fault.TRUNCATED or method == "GET"]
            if not fitting or self._rng.random() >= self._rate:
                return None
            fault = self._rng.choice(fitting)
            self.injected[fault] += 1
            return fault

    def tosses_heads(self) -> bool:
        with self._lock:
            return self._rng.random() < 0.5

    def forward(
        self, method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Upstream:
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return Upstream(response.status, response.getheaders(), response.read())
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    proxy: FaultProxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with suppress(OSError):  # the client hung up, or we did on purpose
            super().handle()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base
        """Keeps quiet: what the clients make of it is what counts."""

    def _relay(self) -> None:
        proxy = cast(_Server, self.server).proxy
        fault = proxy.next_fault(self.command)
        if fault is Fault.GONE or (fault is Fault.RESET and proxy.tosses_heads()):
            return self._reset()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if fault is Fault.ERROR:
            return self._answer(Upstream(500, [], b""))
        if fault is Fault.SLOW_DOWN:
            return self._answer(Upstream(503, [("Content-Type", "application/xml")], _SLOW_DOWN))
        if fault is Fault.STALL:
            time.sleep(STALL_SECONDS)
        answer = proxy.forward(self.command, self.path, self.headers.items(), body)
        if fault is Fault.RESET:
            # The server did what it was asked, and the client will not know.
            return self._reset()
        return self._answer(answer, is_cut=fault is Fault.TRUNCATED)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _relay  # noqa: N815 - named by the base class

    def _answer(self, answer: Upstream, *, is_cut: bool = False) -> None:
        """Passes an answer on, or a half of it under the length of the whole."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        told = {name.lower(): value for name, value in answer.headers}
        is_head = self.command == "HEAD"
        length = told.get("content-length", "0") if is_head else str(len(answer.body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if not is_head:
            self.wfile.write(answer.body[: len(answer.body) // 2] if is_cut else answer.body)
        if is_cut:
            self.close_connection = True

    def _reset(self) -> None:
        """Breaks the connection; lingering for no time at all is how one asks for that."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
