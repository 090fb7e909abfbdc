"""The fault proxy changes nothing but what it was told to."""

import http.client
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tests.faults.s3_proxy import Fault, FaultProxy

CONTENT = bytes(range(256)) * 400


class Upstream(BaseHTTPRequestHandler):
    """Answers with fixed content, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.command, self.path, self.headers["Host"]))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.send_header("ETag", '"tag"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(CONTENT)

    do_PUT = do_HEAD = do_GET  # noqa: N815 - named by the base class

    def log_message(self, *args):
        pass


@pytest.fixture
def upstream():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(upstream):
    proxy = FaultProxy(f"http://127.0.0.1:{upstream.server_address[1]}", random.Random(1))
    with proxy.running() as url:
        proxy.address = urlsplit(url).netloc
        yield proxy


def ask(proxy, method="GET", body=None):
    connection = http.client.HTTPConnection(proxy.address, timeout=60)
    try:
        connection.request(method, "/bucket/key?a=b", body)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


class TestWithoutAFault:
    def test_requests_and_answers_pass_unchanged(self, proxy, upstream):
        status, headers, content = ask(proxy)
        assert (status, headers["ETag"], content) == (200, '"tag"', CONTENT)
        assert upstream.asked == [("GET", "/bucket/key?a=b", proxy.address)]

    def test_heads_keep_their_length(self, proxy):
        status, headers, content = ask(proxy, "HEAD")
        assert (status, headers["Content-Length"], content) == (200, str(len(CONTENT)), b"")


class TestAFault:
    def test_answers_with_errors_without_asking(self, proxy, upstream):
        proxy.plan(Fault.ERROR)
        assert ask(proxy, "PUT", CONTENT)[0] == 500
        proxy.plan(Fault.SLOW_DOWN)
        status, _, content = ask(proxy)
        assert status == 503
        assert b"<Code>SlowDown</Code>" in content
        assert upstream.asked == []

    def test_breaks_connections_before_or_after_the_deed(self, proxy, upstream):
        proxy.plan(Fault.RESET)
        for _ in range(12):
            with pytest.raises(ConnectionError):
                ask(proxy, "PUT", CONTENT)
        assert 0 < len(upstream.asked) < 12

    def test_cuts_reads_short_and_leaves_writes_alone(self, proxy):
        proxy.plan(Fault.TRUNCATED)
        with pytest.raises(http.client.IncompleteRead) as raised:
            ask(proxy)
        assert raised.value.partial == CONTENT[: len(CONTENT) // 2]
        assert ask(proxy, "PUT", CONTENT)[0] == 200

    def test_is_nobody_there(self, proxy, upstream):
        proxy.plan(Fault.GONE)
        with pytest.raises(ConnectionError):
            ask(proxy)
        assert upstream.asked == []

    def test_comes_as_often_as_planned_and_is_counted(self, proxy):
        proxy.plan(Fault.ERROR, rate=0.5)
        statuses = [ask(proxy)[0] for _ in range(40)]
        assert 5 < statuses.count(500) < 35
        assert proxy.injected == {Fault.ERROR: statuses.count(500)}
        proxy.plan()
        assert {ask(proxy)[0] for _ in range(10)} == {200}
