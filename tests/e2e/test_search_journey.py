"""An editor finds things: filters, exclusions, long facets, suggestions, and searches to keep."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Installation, keep_screenshot, log_in
from tests.programs import same_everywhere

pytestmark = [pytest.mark.browser, same_everywhere]
MAKE = """
from tests.factories import make_asset
from tests.images import image_bytes, quartered

for number in range(14):
    make_asset(
        f"searched {number}.jpg",
        content=image_bytes(quartered((300 + number, 200)), "JPEG" if number % 2 else "PNG"),
        tags=["Searched", f"Peak {number}", "Glacier" if number < 5 else "Harbour"],
    )
"""
FORGET = """
from dam.models import Asset, Tag
from search.models import SavedSearch
Asset.objects.filter(file_name__startswith="searched ").delete()
Tag.objects.filter(tagged=None).delete()
SavedSearch.objects.all().delete()
"""


@pytest.fixture(scope="module", autouse=True)
def _assets(installation: Installation) -> Iterator[None]:
    installation.manage("shell", "--verbosity", "0", "--command", MAKE)
    yield
    installation.manage("shell", "--command", FORGET)


def value(page: Page, kind: str, name: str):
    return page.locator(f"[data-facet={kind}] [data-value='{name}']")


def test_filters_pick_exclude_and_widen_within_reach_of_the_keyboard(
    page: Page, installation: Installation
):
    log_in(page, installation, "edith")
    page.goto(f"{installation.url}/?tag=searched")
    count = page.locator("#count")
    expect(count).to_have_text("14 assets")

    # The control that excludes is the next stop after its value, and leaves the focus there.
    harbour = value(page, "tag", "harbour")
    harbour.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Exclude Harbour")).to_be_focused()
    keep_screenshot(page, "search-1-excluding")
    page.keyboard.press("Enter")
    expect(count).to_have_text("5 assets")
    expect(harbour).to_be_focused()
    expect(page.locator(".chip--not")).to_contain_text("Not: Harbour")
    keep_screenshot(page, "search-2-excluded")
    page.keyboard.press("Enter")
    expect(count).to_have_text("14 assets")

    # Of a facet where one value is enough, another one says what it would add.
    value(page, "format", "png").click()
    expect(count).to_have_text("7 assets")
    expect(value(page, "format", "jpg").locator(".count")).to_have_text("+7")
    value(page, "format", "jpg").click()
    expect(count).to_have_text("14 assets")
    page.go_back()
    expect(count).to_have_text("7 assets")

    # An order is chosen from a menu, whose button keeps the focus.
    page.locator("#sorts").focus()
    page.keyboard.press("Enter")
    page.locator("#sort-name").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("sort=name"))
    expect(page.locator("#sorts")).to_have_text(re.compile("Name"))
    expect(page.locator("#sorts")).to_be_focused()
    expect(page.locator("#grid .tile__name").first).to_have_text("searched 0.jpg")


def test_a_long_facet_is_searched_in_a_dialog(page: Page, installation: Installation):
    log_in(page, installation, "edith")
    page.goto(f"{installation.url}/?tag=searched")
    more, dialog = page.locator("#more-tag"), page.get_by_role("dialog", name="Tags")
    more.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    expect(page.locator("#facet-beginning")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(more).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.locator("#facet-beginning")).to_be_focused()
    page.keyboard.type("peak")
    expect(dialog.locator(".choice")).to_have_count(15)  # with the one that is picked
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Exclude Peak 3", exact=True).check()
    dialog.get_by_label(re.compile("^Peak 3 ")).check()
    expect(dialog.get_by_label("Exclude Peak 3", exact=True)).not_to_be_checked()
    dialog.get_by_label("Exclude Peak 3", exact=True).check()
    page.locator("#facet-beginning").fill("glac")
    expect(dialog.locator(".choice")).to_have_count(3)
    dialog.get_by_label(re.compile("^Glacier")).check()
    keep_screenshot(page, "search-3-dialog")
    dialog.get_by_role("button", name="Show assets").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#count")).to_have_text("4 assets")
    expect(page).to_have_url(f"{installation.url}/?tag=glacier&tag=searched&not_tag=peak+3")
    expect(page.locator("#more-tag, #main").first).to_be_focused()


def test_suggestions_come_while_one_types(page: Page, installation: Installation):
    log_in(page, installation, "edith")
    page.goto(f"{installation.url}/collections/")
    page.keyboard.press("/")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("glac")
    glacier = page.get_by_role("option", name=re.compile("^Glacier 5"))
    expect(glacier).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(glacier).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "option-tag-1")
    expect(field).to_be_focused()
    keep_screenshot(page, "search-4-suggestions")
    page.keyboard.press("Escape")
    expect(glacier).to_be_hidden()
    expect(field).to_have_value("glac")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{installation.url}/?tag=glacier")

    # What was typed is searched for where no suggestion was chosen, and mended where it has to be.
    page.goto(f"{installation.url}/collections/")
    page.keyboard.press("/")
    page.keyboard.type("glacior")
    expect(page.locator("#search-panel")).to_contain_text("Showing results for glacier")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search/"))
    expect(page.locator("#corrections")).to_contain_text("nothing that you may see has “glacior”")
    expect(page.locator("main [data-group=tag]")).to_contain_text("Glacier")
    keep_screenshot(page, "search-5-corrected")


def test_words_are_added_to_what_is_picked(page: Page, installation: Installation):
    log_in(page, installation, "edith")
    page.goto(f"{installation.url}/?sort=name")
    field, count = page.get_by_role("combobox"), page.locator("#count")
    value(page, "tag", "searched").click()
    expect(count).to_have_text("14 assets")
    expect(page.get_by_role("combobox", name="Search in these assets")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("gla")
    expect(page.get_by_role("option", name=re.compile("^Glacier 5"))).to_have_attribute(
        "href", "/?tag=glacier&tag=searched&sort=name"
    )
    page.keyboard.press("Enter")
    expect(count).to_have_text("5 assets")
    expect(page).to_have_url(f"{installation.url}/?tag=searched&sort=name&q=gla")
    expect(field).to_have_value("gla")

    # The box follows what is picked, taken away, and gone back to.
    page.locator("[data-chip=text]").click()
    expect(count).to_have_text("14 assets")
    expect(field).to_have_value("")
    page.locator("#clear-all").click()
    expect(page.get_by_role("combobox", name="Search tags, people")).to_be_visible()
    page.go_back()
    expect(count).to_have_text("14 assets")
    page.get_by_role("combobox", name="Search in these assets").fill("glacier -peak")
    leave_out = page.get_by_role("option", name="Not: Peak 0 4")
    expect(leave_out).to_be_visible()
    keep_screenshot(page, "search-11-leaving-out")
    leave_out.click()
    expect(page).to_have_url(f"{installation.url}/?q=glacier&tag=searched&not_tag=peak+0&sort=name")
    expect(count).to_have_text("4 assets")

    # What finds nothing is explained, with what was meant within reach.
    page.goto(f"{installation.url}/?tag=searched&q=tag:glacior")
    expect(page.locator("#nothing-found")).to_contain_text("has “glacior” as tag")
    keep_screenshot(page, "search-12-explained")
    page.get_by_role("link", name="Glacier 5").click()
    expect(count).to_have_text("5 assets")


def test_a_search_is_kept_and_stands_among_the_collections(
    page: Page, browser: Browser, installation: Installation
):
    log_in(page, installation, "edith")
    page.goto(f"{installation.url}/?tag=glacier&q=searched")
    page.locator("#saved-menu").click()
    page.get_by_label("Name", exact=True).fill("Ice")
    page.get_by_label("Who sees it").select_option("Everybody, as a smart collection")
    keep_screenshot(page, "search-6-saving")
    page.get_by_role("button", name="Save this search").click()
    expect(page.locator(".messages")).to_contain_text("Saved as “Ice”")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ice")
    expect(page.locator("#count")).to_have_text("5 assets")

    viewer = browser.new_context().new_page()
    log_in(viewer, installation, "victor")
    viewer.get_by_role("link", name="Collections").click()
    card = viewer.locator("#smart-collections .card")
    expect(card).to_contain_text("Ice 5")
    expect(card.get_by_role("link", name="Edit Ice")).to_have_count(0)
    keep_screenshot(viewer, "search-7-smart-collection")
    card.get_by_role("link", name="Ice").click()
    expect(viewer.locator("#count")).to_have_text("5 assets")
    expect(viewer.get_by_role("heading", level=1)).to_have_text("Ice")
    viewer.get_by_role("link", name="Library").click()
    viewer.locator("#saved-menu").click()
    expect(viewer.get_by_role("link", name="Ice edith")).to_be_visible()
    viewer.context.close()

    # Other filters leave the name, and its owner may keep them under it.
    value(page, "tag", "peak 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Library")
    page.reload()
    page.locator("#saved-menu").click()
    page.get_by_role("link", name="Update “Ice”").click()
    keep_screenshot(page, "search-9-updating")
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ice")
    expect(page.locator("#count")).to_have_text("1 asset")

    page.locator("#user-menu summary").click()
    page.get_by_role("link", name="Saved searches").click()
    keep_screenshot(page, "search-8-saved")
    page.get_by_role("link", name="Edit Ice").click()
    page.get_by_label("Name", exact=True).fill("Cold")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#mine")).to_contain_text("Cold")
    page.locator("#mine summary").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="No saved searches yet")).to_be_visible()


def test_on_a_phone_the_open_filters_say_what_they_find_and_lead_there(
    browser: Browser, installation: Installation
):
    page = browser.new_context(viewport={"width": 375, "height": 700}).new_page()
    log_in(page, installation, "edith")
    page.goto(f"{installation.url}/?tag=searched")
    show = page.locator("#filters-show")
    expect(show).to_be_hidden()
    page.locator("#filters > summary").click()
    expect(show).to_be_in_viewport()
    value(page, "format", "png").click()
    expect(show).to_have_text("Show 7 assets")
    expect(show).to_be_in_viewport()
    expect(value(page, "format", "png")).to_be_in_viewport()
    keep_screenshot(page, "search-10-phone-filters")
    show.press("Enter")
    expect(show).to_be_hidden()
    expect(page.locator("#results")).to_be_focused()
    expect(page.locator("#count")).to_be_in_viewport()
    page.set_viewport_size({"width": 1200, "height": 700})
    expect(value(page, "format", "png")).to_be_visible()
    expect(show).to_be_hidden()
    page.context.close()


def test_without_scripts_the_same_can_be_found_and_kept(
    browser: Browser, installation: Installation
):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, installation, "edith")
    page.goto(f"{installation.url}/?tag=searched&sort=name")
    page.get_by_label("Search in these assets").fill("glacier")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("5 assets")
    expect(page).to_have_url(f"{installation.url}/?tag=searched&sort=name&q=glacier")
    page.goto(f"{installation.url}/?tag=searched")
    page.locator("#more-tag").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tags")
    page.get_by_label(re.compile("^Peak 1 ")).check()
    page.locator("#facet-beginning").fill("glac")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_label(re.compile("^Peak 1 "))).to_be_checked()
    page.get_by_label(re.compile("^Glacier")).check()
    page.get_by_role("button", name="Show assets").click()
    expect(page.locator("#count")).to_have_text("1 asset")
    assert "beginning" not in page.url
    page.locator("#saved-menu").click()
    page.get_by_label("Name", exact=True).fill("Peak 1")
    page.get_by_role("button", name="Save this search").click()
    expect(page.locator(".messages")).to_contain_text("Saved as “Peak 1”")
    context.close()
