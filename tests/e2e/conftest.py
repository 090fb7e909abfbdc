"""A whole Bromo, as `make demo` serves it, and a browser in front of it."""

import json
import os
import shutil
import signal
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.programs import REPOSITORY, environment, migrate, run, start, wait_until

PATIENCE = 30_000
"""Milliseconds until a page that does not show what it should counts as never showing it."""
PASSWORD = "correct horse battery"
MAKE_PEOPLE = """
from django.contrib.auth.models import Group, User
for name, group in (("edith", "Editors"), ("victor", "Viewers")):
    User.objects.create_user(name, password={password!r}).groups.add(Group.objects.get(name=group))
User.objects.create_superuser("ada", password={password!r})
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """A running Bromo."""

    url: str
    env: dict[str, str]
    is_local: bool
    """Whether real models look at the photos; else the dummy recogniser does."""

    def manage(self, *arguments: str) -> str:
        return run(self.env, "manage.py", *arguments)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the system's Chromium is; journeys are skipped without it unless required."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        message = "no Chromium on this machine: apt-get install chromium"
        if os.environ.get("BROMO_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def installation(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("installation")
    models = REPOSITORY / "var" / "models"
    is_local = (models / "efficientnet_lite3.tflite").exists()
    (data / "models").symlink_to(models)
    env = environment(data, BROMO_RECOGNISERS="local" if is_local else "dummy")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here = Installation(url=f"http://127.0.0.1:{port}", env=env, is_local=is_local)
    migrate(env)
    here.manage("collectstatic", "--noinput", "--verbosity", "0")
    here.manage("shell", "--verbosity", "0", "--command", MAKE_PEOPLE.format(password=PASSWORD))
    log = data / "serve.log"
    process = start(env, "-m", "config.serve", "--bind", f"127.0.0.1:{port}", log=log)
    try:
        wait_until(lambda: _answers(here.url), what="the web server answers", log=log)
        yield here
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=90)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    # Playwright's loop runs in this thread from here on, though nothing in it is asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run"],
        )
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test on an error of a script or a breach of the content policy."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            errors.append(message.text)
            if message.type == "error" and "status of 4" not in message.text
            else None
        ),
    )
    yield page
    assert errors == []


def log_in(page: Page, installation: Installation, name: str) -> None:
    page.goto(f"{installation.url}/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{installation.url}/")


def drop(page: Page, selector: str, files: dict[str, bytes]) -> None:
    """Drops files on an element, as a hand would from the desktop."""
    encoded = json.dumps({name: list(content) for name, content in files.items()})
    transfer = page.evaluate_handle(
        """(encoded) => {
            const transfer = new DataTransfer();
            for (const [name, bytes] of Object.entries(JSON.parse(encoded)))
                transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
            return transfer;
        }""",
        encoded,
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event(selector, event, {"dataTransfer": transfer})


def keep_screenshot(page: Page, name: str) -> None:
    """Leaves a picture for people to look at, in test-results/."""
    folder = Path(REPOSITORY / "test-results")
    folder.mkdir(exist_ok=True)
    # Hiding the caret would need a style that the content policy forbids.
    page.screenshot(path=folder / f"{name}.png", full_page=True, caret="initial")
