"""Staff look after recognition: they pause it, see what waits, resume it, and retry what failed."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Installation, keep_screenshot, log_in
from tests.images import image_bytes, quartered
from tests.programs import same_everywhere

pytestmark = [pytest.mark.browser, same_everywhere]
REFRESHED = 30_000
"""Milliseconds within which an open page has surely refreshed itself."""
REASON = "The bill is open. Ask Petra."
END_ALL_PAUSES = "from recognition.models import Pause; Pause.objects.all().delete()"
HALT = """
from recognition.models import Pause
Pause.begin({alias!r}, Pause.Cause.HALT, "Its credentials are not valid any more.")
"""
FAIL = """
from django.utils import timezone
from recognition.models import RecognitionRun
runs = RecognitionRun.objects.filter(original__assets__file_name__startswith="staff-")
runs.update(state="failed", error="The service is busy.", finished_at=timezone.now())
"""


@pytest.fixture
def recogniser(installation: Installation) -> Iterator[str]:
    """The one that looks at uploads; nobody has paused it before or after."""
    installation.manage("shell", "--command", END_ALL_PAUSES)
    yield "local" if installation.is_local else "dummy"
    installation.manage("shell", "--command", END_ALL_PAUSES)


def photo(size: tuple[int, int]) -> bytes:
    return image_bytes(quartered(size), "JPEG")


@contextmanager
def silent(installation: Installation) -> Iterator[None]:
    """Has the web server take connections and never answer, for the length of the block."""
    supervisord = (Path(installation.env["BROMO_DATA_DIR"]) / "serve.pid").read_text().strip()
    programs = Path(f"/proc/{supervisord}/task/{supervisord}/children").read_text().split()
    (web,) = [pid for pid in programs if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.killpg(int(web), signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(int(web), signal.SIGCONT)


def upload(page: Page, installation: Installation, files: dict[str, bytes]) -> None:
    """Uploads files and opens the page of the last one."""
    page.goto(f"{installation.url}/upload/")
    page.set_input_files(
        "#files",
        [
            {"name": name, "mimeType": "image/jpeg", "buffer": content}
            for name, content in files.items()
        ],
    )
    expect(page.locator("[data-status=created]")).to_have_count(len(files))
    page.locator(".upload-row__name[href]").last.click()


def test_pausing_watching_resuming_and_retrying(
    page: Page, browser: Browser, installation: Installation, recogniser: str
):
    editor = browser.new_context().new_page()
    log_in(editor, installation, "edith")
    log_in(page, installation, "ada")
    page.get_by_role("link", name="Recognition").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recognition")
    card = page.locator(f"[data-recogniser={recogniser}]")
    expect(card).to_have_attribute("data-condition", "idle", timeout=60_000)
    keep_screenshot(page, "staff-1-idle")

    # By keyboard alone: open, say why, pause. A refresh meanwhile takes no word away.
    page.locator(f"#recogniser-{recogniser}-pause-open").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(REASON)
    page.wait_for_timeout(6_000)
    expect(page.get_by_label("Reason")).to_have_value(REASON)
    keep_screenshot(page, "staff-2-pausing")
    page.keyboard.press("Enter")
    expect(card).to_have_attribute("data-condition", "paused")
    expect(card).to_contain_text(REASON)
    expect(page.locator("#alerts")).to_contain_text(f"{recogniser} is paused")

    # Uploads go on. Who uploads is told why nothing comes of them, and staff see them wait.
    upload(editor, installation, {"staff-1.jpg": photo((320, 240))})
    expect(editor.locator("#recognition")).to_contain_text("Paused")
    expect(editor.locator("#recognition")).to_contain_text(REASON)
    expect(card.locator("[data-figure=waiting] dd").first).to_have_text("1", timeout=REFRESHED)
    keep_screenshot(page, "staff-3-paused")
    keep_screenshot(editor, "staff-3-paused-asset")

    # Resumed, it goes on with what has waited.
    page.get_by_role("button", name=f"Resume {recogniser}").click()
    expect(page.locator(".messages")).to_contain_text(f"{recogniser} goes on")
    expect(card).to_have_attribute("data-condition", "idle", timeout=60_000)
    expect(card.locator("[data-figure=waiting] dd").first).to_have_text("0")
    expect(editor.locator("#knowledge")).to_have_attribute("data-waiting", "false", timeout=60_000)

    # What fails turns up by itself, on the page and in the header, and can be tried again.
    more = {"staff-2.jpg": photo((330, 240)), "staff-3.jpg": photo((340, 240))}
    upload(editor, installation, more)
    expect(editor.locator("#knowledge")).to_have_attribute("data-waiting", "false", timeout=60_000)
    expect(card).to_have_attribute("data-condition", "idle", timeout=60_000)
    installation.manage("shell", "--command", FAIL)
    row = page.locator(".failure")
    expect(row).to_contain_text("The service is busy.", timeout=REFRESHED)
    expect(page.locator("#recognition-alerts")).to_have_attribute("data-alerts", "1")
    row.get_by_role("button", name="Retry all 3").focus()
    was = page.locator("#as-of").inner_text()
    expect(page.locator("#as-of")).not_to_have_text(was, timeout=REFRESHED)
    expect(row.get_by_role("button", name="Retry all 3")).to_be_focused()
    keep_screenshot(page, "staff-4-failures")
    row.get_by_role("link", name="3 images").click()
    expect(page.locator("[data-run]")).to_have_count(3)
    expect(page.locator("main")).to_contain_text("staff-1.jpg")
    keep_screenshot(page, "staff-5-one-failure")
    page.get_by_role("button", name=re.compile("^Retry staff-1.jpg")).click()
    expect(page.locator("[data-run]")).to_have_count(2)
    page.get_by_role("button", name="Retry all 2").click()
    expect(page.locator(".messages")).to_contain_text("2 runs are queued again")
    expect(page.locator("#all-well")).to_be_visible(timeout=60_000)
    expect(card).to_have_attribute("data-condition", "idle", timeout=60_000)
    expect(page.locator("#recognition-alerts")).to_be_hidden()
    editor.context.close()


def test_the_page_stands_still_for_who_selects_and_for_who_says_so(
    page: Page, installation: Installation
):
    log_in(page, installation, "ada")
    page.goto(f"{installation.url}/recognition/")
    as_of, held = page.locator("#as-of"), page.locator("#held")

    # What is selected to be copied stays selected, and the page says why it waits.
    heading = page.get_by_role("heading", name="Failures")
    heading.select_text()
    expect(held).to_be_visible(timeout=REFRESHED)
    assert page.evaluate("getSelection().toString()") == "Failures"
    was = as_of.inner_text()
    keep_screenshot(page, "staff-6-held")
    page.evaluate("getSelection().removeAllRanges()")
    expect(as_of).not_to_have_text(was, timeout=REFRESHED)
    expect(held).to_be_hidden()

    # Switched off it stays as it is, here and after a look elsewhere, until it is switched on.
    switch = page.get_by_label("Refresh by itself")
    switch.focus()
    page.keyboard.press("Space")
    was = as_of.inner_text()
    page.wait_for_timeout(6_000)
    expect(as_of).to_have_text(was)
    page.goto(f"{installation.url}/")
    page.get_by_role("link", name="Recognition").click()
    expect(switch).not_to_be_checked()
    switch.check()
    was = as_of.inner_text()
    expect(as_of).not_to_have_text(was, timeout=REFRESHED)


def test_an_open_page_says_that_the_server_is_silent_and_goes_on_when_it_is_not(
    context: BrowserContext, installation: Installation
):
    page = context.new_page()  # of its own, as htmx tells the console too
    log_in(page, installation, "ada")
    page.goto(f"{installation.url}/recognition/")
    with silent(installation):
        expect(page.locator("#stale")).to_be_visible(timeout=REFRESHED)
        keep_screenshot(page, "staff-7-silent-server")
    expect(page.locator("#stale")).to_be_hidden(timeout=REFRESHED)


def test_what_stopped_by_itself_says_why_and_goes_on_when_somebody_has_mended_it(
    page: Page, installation: Installation, recogniser: str
):
    log_in(page, installation, "ada")
    page.goto(f"{installation.url}/recognition/")
    expect(page.locator("#recognition-alerts")).to_be_hidden()
    installation.manage("shell", "--command", HALT.format(alias=recogniser))
    card = page.locator(f"[data-recogniser={recogniser}]")
    expect(card).to_have_attribute("data-condition", "halted", timeout=REFRESHED)
    told = (
        "stands still: Its credentials are not valid any more. 0 runs wait. Mend it, then resume."
    )
    expect(page.locator("#alerts .message--error")).to_contain_text(f"{recogniser} {told}")
    expect(page.locator("#recognition-alerts")).to_have_attribute("data-alerts", "1")
    keep_screenshot(page, "staff-8-halted")
    page.get_by_role("button", name=f"Resume {recogniser}").click()
    expect(card).to_have_attribute("data-condition", "idle")
    expect(page.locator("#all-well")).to_be_visible()


def test_without_scripts_the_same_can_be_done(
    browser: Browser, installation: Installation, recogniser: str
):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, installation, "ada")
    page.get_by_role("link", name="Recognition").click()
    expect(page.get_by_label("Refresh by itself")).to_be_hidden()
    page.locator(f"#recogniser-{recogniser}-pause-open").click()
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name=f"Pause {recogniser}").click()
    expect(page.locator(f"[data-recogniser={recogniser}]")).to_contain_text(REASON)
    page.get_by_role("button", name=f"Resume {recogniser}").click()
    expect(page.get_by_text(REASON)).to_have_count(0)
    context.close()


def test_who_is_no_staff_sees_no_way_there(page: Page, installation: Installation):
    log_in(page, installation, "edith")
    expect(page.get_by_role("link", name="Recognition")).to_have_count(0)
    answer = page.goto(f"{installation.url}/recognition/")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("You may look, but not do that")
