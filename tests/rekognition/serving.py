"""Serves the service's protocol, and its control, over HTTP on loopback."""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast

from tests.rekognition import control
from tests.rekognition.exchanges import Reply
from tests.rekognition.signing import RawRequest

if TYPE_CHECKING:
    from tests.rekognition.service import RekognitionService


@contextmanager
def listening(service: "RekognitionService", port: int) -> Iterator[int]:
    """Serves for the length of the block and gives the port."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.service = service
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        service.release()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    service: "RekognitionService"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536  # headers and body leave together

    def handle(self) -> None:
        with suppress(OSError):  # the client hung up, or we did on purpose
            super().handle()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base
        """Keeps quiet: the record says it all."""

    def _answer(self) -> None:
        service = cast(_Server, self.server).service
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(control.PATH):
            return self._send(control.reply(service, self.command, self.path, body))
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            name = name.lower()
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        raw = RawRequest(method=self.command, path=self.path, headers=headers, body=body)
        return self._send(service.answer(raw))

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - named by the base class

    def _send(self, reply: Reply) -> None:
        if not reply.status:
            return self._hang_up(is_reset=reply.is_reset)
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
        return None

    def _hang_up(self, *, is_reset: bool) -> None:
        """Ends the connection; lingering for no time at all is how one asks to break it."""
        self.close_connection = True
        if is_reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            os.close(self.connection.detach())
