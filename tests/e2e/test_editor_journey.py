"""An editor's day: upload, wait for tags, narrow, search, look, correct."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Installation, drop, keep_screenshot, log_in
from tests.images import image_bytes, quartered

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def photos(installation: Installation) -> dict[str, bytes]:
    """Photos whose names say nothing of what they show, and the tag that each should get."""
    from pathlib import Path

    source = Path(installation.env["BROMO_DATA_DIR"]) / "photos" / "demo-photos"
    if not installation.is_local:
        return {
            "flickr_1.jpg": image_bytes(quartered((400, 300)), "JPEG"),
            "flickr_2.jpg": image_bytes(quartered((300, 400)), "JPEG"),
        }
    installation.manage("fetch_models", "--group", "demo-photos")
    return {
        "flickr_2564067897_b.jpg": (source / "chelsea.png").read_bytes(),
        "flickr_71_b.jpg": (source / "motorcycle_left.png").read_bytes(),
    }


def tag_names(page: Page) -> list[str]:
    return page.locator(".tag-row").evaluate_all("rows => rows.map(row => row.dataset.tag)")


def test_from_upload_to_a_tag_that_stays_away(
    page: Page, installation: Installation, photos: dict[str, bytes]
):
    log_in(page, installation, "edith")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    keep_screenshot(page, "1-empty-library")

    # Drag and drop, one bad file among the good ones.
    page.get_by_role("link", name="Upload").first.click()
    drop(page, "#drop-zone", photos | {"notes.jpg": b"these are notes"})
    rows = page.locator("#upload-rows .upload-row")
    expect(rows).to_have_count(len(photos) + 1)
    expect(page.locator("[data-status=created]")).to_have_count(len(photos))
    expect(page.locator("[data-status=rejected]")).to_contain_text("notes.jpg")
    expect(page.locator("[data-status=rejected]")).to_contain_text("it looks like")
    keep_screenshot(page, "2-uploaded")

    # The grid shows both, and tags come by themselves.
    page.get_by_role("link", name="See them in the library").click()
    expect(page.locator("#grid .tile")).to_have_count(len(photos))
    expect(page.locator(".tile[data-status=queued]")).to_have_count(0, timeout=60_000)
    facet = page.locator("[data-facet=tag] .facet__value")
    expect(facet.first).to_be_visible()
    keep_screenshot(page, "3-tagged")

    # A click on a facet narrows to as many as it said.
    value = (
        page.locator("[data-facet=tag] [data-value=cat]") if installation.is_local else facet.last
    )
    said = int(value.locator(".count").inner_text())
    name = value.locator(".facet__label").inner_text()
    value.click()
    expect(page.locator("#grid .tile")).to_have_count(said)
    expect(page).to_have_url(re.compile(r"\?tag="))
    keep_screenshot(page, "4-narrowed")

    # Search from any page finds it by what it shows, whatever the file is called.
    page.goto(f"{installation.url}/collections/")
    page.keyboard.press("/")
    page.keyboard.type(name.lower())
    expect(page.locator("#search-panel")).to_contain_text(name)
    keep_screenshot(page, "5-searching")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search/"))
    keep_screenshot(page, "6-found")
    page.locator("main a[href^='/assets/']").first.click()

    # Pointing at a tag draws its boxes.
    expect(page.locator(f".tag-row[data-tag='{name}']")).to_be_visible()
    with_boxes = page.locator(".tag-row:not([data-boxes='[]'])").first
    if installation.is_local:
        expect(page.locator("#boxes rect")).to_have_count(0)
        with_boxes.hover()
        expect(page.locator("#boxes rect.stage__box").first).to_be_visible()
    keep_screenshot(page, "7-asset")

    # A tag added by hand, one taken away, and recognition asked again: it stays away.
    page.get_by_label("Add tags").fill("Holiday, Press")
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(page.locator(".tag-row[data-tag=Press]")).to_be_visible()
    page.get_by_role("button", name=f"Remove {name}", exact=True).click()
    expect(page.locator(f".tag-row[data-tag='{name}']")).to_have_count(0)
    left = tag_names(page)
    page.get_by_role("button", name="Recognise again").click()
    expect(page.locator("#knowledge")).to_have_attribute("data-waiting", "false", timeout=60_000)
    page.reload()
    assert sorted(tag_names(page)) == sorted(left)
    assert name not in left
    expect(page.locator("#knowledge")).to_contain_text("Holiday")
    keep_screenshot(page, "8-recognised-again")
    installation.manage("retag_assets", "--min-confidence", "1")
    page.reload()
    expect(page.locator(f".tag-row[data-tag='{name}']")).to_have_count(0)


def test_without_scripts_the_same_pages_work(
    browser, installation: Installation, photos: dict[str, bytes]
):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, installation, "edith")
    page.get_by_role("link", name="Upload").first.click()
    name, content = next(iter(photos.items()))
    page.set_input_files(
        "#files",
        [
            {"name": name, "mimeType": "image/jpeg", "buffer": content},
            {"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": b"no"},
        ],
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("[data-status=duplicate], [data-status=created]")).to_have_count(1)
    expect(page.locator("[data-status=rejected]")).to_contain_text("bad.jpg")
    page.locator(".upload-row__name[href]").first.click()
    page.get_by_label("Add tags").fill("No scripts")
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(page.get_by_role("link", name="No scripts")).to_be_visible()
    context.close()


def test_a_viewer_sees_no_way_to_change_things(page: Page, installation: Installation):
    log_in(page, installation, "victor")
    expect(page.get_by_role("link", name="Upload")).to_have_count(0)
    page.locator("#grid a").first.click()
    expect(page.locator(".tag-row").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Remove"))).to_have_count(0)
    expect(page.get_by_label("Add tags")).to_have_count(0)
