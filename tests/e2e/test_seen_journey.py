"""An editor looks at what was seen besides tags: faces, text, colours, and what is unsafe."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Installation, keep_screenshot, log_in
from tests.programs import same_everywhere

pytestmark = [pytest.mark.browser, same_everywhere]
SEE = """
from dam.geometry import BoundingBox
from recognition.predictions import Kind, Prediction
from tests.factories import finish_run, make_asset
from tests.images import image_bytes, quartered

asset = make_asset("seen.jpg", content=image_bytes(quartered((640, 480)), "JPEG"))
box = BoundingBox(left=0.2, top=0.2, width=0.3, height=0.4)
def said(value):
    return {"value": value, "confidence": 99.0}
def one(kind, name, **more):
    return Prediction(kind=kind, name=name, confidence=95.0, **more)
landmarks = [{"name": "nose", "x": 0.35, "y": 0.4}, {"name": "eyeLeft", "x": 0.3, "y": 0.3}]
colour = {"hex": "#ff0000", "css": "red", "share": 60.0, "area": "image"}
finish_run(
    asset,
    one(Kind.FACE, "Face", box=box, attributes={"smile": said(True), "landmarks": landmarks}),
    one(Kind.CELEBRITY, "Ada", box=box, attributes={"urls": ["www.imdb.com/a", "javascript:x"]}),
    one(Kind.TEXT, "EXIT", box=box, attributes={"type": "line"}),
    one(Kind.COLOUR, "red", attributes=colour),
    one(Kind.MODERATION, "Graphic Violence"),
    recogniser="seer",
)
print(asset.pk)
"""
FORGET = "from dam.models import Asset; Asset.objects.filter(file_name='seen.jpg').delete()"


@pytest.fixture(scope="module")
def seen(installation: Installation) -> Iterator[str]:
    """The key of an asset of which a lot was seen; other journeys do not find it."""
    yield installation.manage("shell", "--verbosity", "0", "--command", SEE).split()[-1]
    installation.manage("shell", "--command", FORGET)


def test_what_was_seen_is_drawn_and_hidden_where_it_is_unsafe(
    page: Page, installation: Installation, seen: str
):
    log_in(page, installation, "edith")
    page.goto(f"{installation.url}/assets/{seen}/")
    drawn, dots = page.locator("#boxes .stage__box"), page.locator("#boxes .stage__dot")
    expect(drawn).to_have_count(0)

    # Pointing at a face draws it, and so does coming to it by keyboard.
    page.locator("[data-mark=face-1]").hover()
    expect(drawn).to_have_count(1)
    expect(dots).to_have_count(2)
    page.get_by_role("heading", level=1).hover()
    expect(drawn).to_have_count(0)
    page.get_by_role("button", name="Show Face 1 on the image").focus()
    expect(drawn).to_have_count(1)

    # Switched on, it stays while something else is pointed at.
    page.keyboard.press("Enter")
    page.locator("[data-mark=text-1]").hover()
    expect(drawn).to_have_count(2)
    page.keyboard.press("Enter")

    # Only what leads to a web site is a link.
    ada = page.locator("[data-mark=celebrity-1]")
    expect(ada.locator("a")).to_have_count(1)
    expect(ada.locator("a")).to_have_attribute("href", "https://www.imdb.com/a")

    # Why it is unsafe is hidden with the image, and shown with it.
    reason = page.locator("[data-seen=moderation]").get_by_text("Graphic Violence")
    expect(reason).to_be_hidden()
    page.get_by_text("Show both").click()
    expect(reason).to_be_visible()
    keep_screenshot(page, "seen-asset")


def test_facets_of_faces_unfold_and_stay_where_the_focus_is(
    page: Page, installation: Installation, seen: str
):
    log_in(page, installation, "edith")
    smiling = page.locator("[data-facet=smile] [data-value=yes]")
    expect(smiling).to_be_hidden()
    page.locator("#group-faces > summary").click()
    smiling.focus()
    page.keyboard.press("Enter")
    expect(smiling).to_have_attribute("aria-current", "true")
    expect(smiling).to_be_focused()
    expect(page.locator("#grid .tile")).to_have_count(1)
    expect(page.locator(f"#asset-{seen}")).to_be_visible()

    # Dropped again, the group stays open and the focus where it was.
    page.keyboard.press("Enter")
    expect(smiling).not_to_have_attribute("aria-current", "true")
    expect(smiling).to_be_focused()
    keep_screenshot(page, "seen-facets")
