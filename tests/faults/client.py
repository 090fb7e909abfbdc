"""A signed-in person's browser, as far as uploads and tags need one."""

import http.client
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tests.faults.photos import Photo

PATIENCE = 90.0
"""Seconds after which a person gives an answer up; longer than any time-out of the server's."""


class NoAnswerError(Exception):
    """The server was not there, or went away before it had answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    cookies: Mapping[str, str]

    @property
    def is_yes(self) -> bool:
        """Whether the server says that it has done it."""
        return 200 <= self.status < 400

    def json(self) -> Any:
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"HTTP {self.status} {self.body[:300].decode(errors='replace')}"


class Client:
    """Each request has a connection of its own, so threads may share a client."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._cookies: dict[str, str] = {}

    def sign_in(self, name: str, password: str) -> None:
        self._keep_cookies(self.get("/login/"))
        answer = self.post("/login/", {"username": name, "password": password})
        if answer.status != 302:
            msg = f"{name} could not sign in: {answer}"
            raise AssertionError(msg)
        self._keep_cookies(answer)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, {}, b"")

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Sends a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, kind, urlencode(fields).encode())

    def order(self, path: str) -> None:
        """Presses a button. Raises AssertionError where the server does not do what it says."""
        answer = self.post(path, {})
        assert answer.is_yes, f"{path}: {answer}"

    def upload(self, photo: Photo) -> Answer:
        """Uploads one photo; a yes is an answer whose JSON has one result with the asset's id."""
        kind, body = upload_form(photo)
        return self._ask("POST", "/upload/", {"Content-Type": kind}, body)

    def upload_request(self, photo: Photo) -> bytes:
        """The bytes that an upload sends, for those who mean to send only a part of them."""
        kind, body = upload_form(photo)
        headers = self._headers() | {
            "Host": f"127.0.0.1:{self.port}",
            "Content-Type": kind,
            "Content-Length": str(len(body)),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST /upload/ HTTP/1.1\r\n{head}\r\n".encode() + body

    def tags_of(self, asset: int) -> dict[str, int]:
        """The names of an asset's tags on its page, each with the key by which it is removed."""
        page = self.get(f"/assets/{asset}/knowledge/").body.decode()
        return {
            name: int(key)
            for name, key in re.findall(r'data-tag="(.*?)" data-tag-id="(\d+)"', page)
        }

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "Connection": "close",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "X-CSRFToken": self._cookies.get("csrftoken", ""),
        }

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, self._headers() | headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            msg = f"{method} {path}: {error!r}"
            raise NoAnswerError(msg) from error
        finally:
            connection.close()
        cookies = {
            name: morsel.value
            for header in response.headers.get_all("Set-Cookie", [])
            for name, morsel in SimpleCookie(header).items()
        }
        return Answer(status=response.status, body=content, cookies=cookies)

    def _keep_cookies(self, answer: Answer) -> None:
        self._cookies.update(answer.cookies)


def upload_form(photo: Photo) -> tuple[str, bytes]:
    """The media type and the body of the upload page's form."""
    boundary = secrets.token_hex(16)
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="files"; filename="{photo.name}"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    body = head.encode() + photo.content + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body
