"""A file is chosen or dropped, is on its way with progress, and never runs."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, FilePayload, Page, Route, expect

from tests.browser.axe import findings_in_every_look
from tests.browser.harness import Pages
from tests.collections_app.files.content import HTML, PDF, SVG

pytestmark = pytest.mark.browser

PAPERS = "/collections/test_papers/"
LEASE: FilePayload = {"name": "lease.pdf", "mimeType": "application/pdf", "buffer": PDF}


@pytest.fixture
def page(browser_page: Pages) -> Page:
    page = browser_page("alice")
    page.goto(f"{PAPERS}add/")
    page.get_by_label("Title").fill("Lease")
    return page


def test_a_chosen_file_is_sent_at_once_and_saved_with_its_record(page: Page) -> None:
    contract = page.locator("[data-file-field]:has(#id_contract)")
    page.locator("#id_contract").set_input_files([LEASE])
    expect(contract.get_by_role("status")).to_have_text("Uploaded. It is saved with the record.")
    expect(contract.locator("[data-file-shown]")).to_contain_text("lease.pdf")
    expect(page.locator("#id_contract")).to_have_value("")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(re.compile(r"/test_papers/$"))
    link = page.get_by_role("row").filter(has_text="lease.pdf").get_by_role("link", name="lease.pdf").first
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "lease.pdf"
    assert Path(download.value.path()).read_bytes() == PDF


def test_a_dropped_file_is_sent_too(page: Page) -> None:
    contract = page.locator("[data-file-field]:has(#id_contract)")
    page.evaluate(
        """([field, content]) => {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], "dropped.pdf", {type: "application/pdf"}));
          for (const kind of ["dragenter", "dragover", "drop"]) {
            field.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer}));
          }
        }""",
        [contract.element_handle(), base64.b64encode(PDF).decode()],
    )
    expect(contract.locator("[data-file-shown]")).to_contain_text("dropped.pdf")
    assert "is-dropping" not in (contract.get_attribute("class") or "")


def test_what_is_too_large_is_refused_before_it_is_sent(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    large: FilePayload = {**LEASE, "buffer": b"%PDF-" + b"x" * 1_100_000}
    page.locator("#id_contract").set_input_files([large])
    words = page.locator("[data-file-field]:has(#id_contract)").get_by_role("status")
    expect(words).to_have_text("This file is larger than 1.0\xa0MB.")
    expect(page.locator("#id_contract")).to_have_value("")
    assert not [url for url in asked if "/files/" in url]


def test_what_the_server_refuses_is_said_beside_the_field(page: Page, browser_page: Pages) -> None:
    browser_page.expect("415")
    page_of_html: FilePayload = {**LEASE, "buffer": HTML}
    page.locator("#id_contract").set_input_files([page_of_html])
    words = page.locator("[data-file-field]:has(#id_contract)").get_by_role("status")
    expect(words).to_contain_text("This file is of the type text/html.")
    expect(page.get_by_label("Title")).to_have_value("Lease")


def test_a_form_that_comes_back_has_the_file_still(page: Page, browser_page: Pages) -> None:
    browser_page.expect("422")
    page.locator("#id_contract").set_input_files([LEASE])
    shown = page.locator("[data-file-field]:has(#id_contract) [data-file-shown]")
    expect(shown).to_contain_text("lease.pdf")
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Add").click()
    expect(
        page.get_by_text("This field is required.").or_(page.get_by_text("This is required."))
    ).to_be_visible()
    expect(shown).to_contain_text("lease.pdf")
    page.get_by_label("Title").fill("Kept")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row").filter(has_text="Kept")).to_contain_text("lease.pdf")


def test_who_saves_while_a_file_is_on_its_way_has_it_saved_once(page: Page) -> None:
    held: list[Route] = []
    page.route("**/test_papers/files/contract/", lambda route: held.append(route))
    page.get_by_label("Title").fill("Waited")
    page.locator("#id_contract").set_input_files([LEASE])
    contract = page.locator("[data-file-field]:has(#id_contract)")
    expect(contract.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Add").dblclick()
    expect(page.get_by_label("Title")).to_have_value("Waited")
    held[0].continue_()
    expect(page.get_by_role("row").filter(has_text="Waited")).to_have_count(1)


def test_an_upload_is_cancelled(page: Page) -> None:
    page.route("**/test_papers/files/contract/", lambda route: None)
    page.locator("#id_contract").set_input_files([LEASE])
    contract = page.locator("[data-file-field]:has(#id_contract)")
    contract.get_by_role("button", name="Cancel upload").click()
    expect(contract.get_by_role("progressbar")).to_be_hidden()
    expect(contract.get_by_role("status")).to_have_text("")
    expect(page.locator("#id_contract")).to_have_value("")


def test_an_upload_that_breaks_off_goes_with_the_form(page: Page, browser_page: Pages) -> None:
    browser_page.expect("ERR_FAILED")
    page.route("**/test_papers/files/contract/", lambda route: route.abort())
    page.get_by_label("Title").fill("Broken off")
    page.locator("#id_contract").set_input_files([LEASE])
    words = page.locator("[data-file-field]:has(#id_contract)").get_by_role("status")
    expect(words).to_have_text("The upload broke off. Saving tries once more.")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row").filter(has_text="Broken off")).to_contain_text("lease.pdf")


def test_without_a_script_the_form_carries_it(browser_page: Pages) -> None:
    page = browser_page("alice", java_script_enabled=False)
    page.goto(f"{PAPERS}add/")
    page.get_by_label("Title").fill("Plain")
    page.locator("#id_contract").set_input_files([LEASE])
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row").filter(has_text="Plain")).to_contain_text("lease.pdf")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize(("name", "content"), [("page.html", HTML), ("drawing.svg", SVG)])
def test_what_could_run_is_saved_and_never_runs(
    page: Page, browser_page: Pages, name: str, content: bytes
) -> None:
    ran: list[str] = []

    def note(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.get_by_label("Title").fill(name)
    given: FilePayload = {**LEASE, "name": name, "buffer": content}
    page.locator("#id_anything").set_input_files([given])
    page.locator("[data-file-field]:has(#id_anything)").get_by_text("Uploaded.").wait_for()
    page.get_by_role("button", name="Add").click()
    link = page.get_by_role("row").filter(has_text=name).get_by_role("link", name=name).last
    address = link.get_attribute("href")
    # However it is come by: a click, its address typed, in a frame, as a picture.
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == name
    browser_page.expect("ERR_ABORTED")
    with page.expect_download():
        page.evaluate("address => { location.href = address; }", address)
    browser_page.expect("Content Security Policy")
    browser_page.expect("Framing")
    browser_page.expect("Not allowed to load")
    page.evaluate(
        """address => {
          const ways = {img: "src", iframe: "src", object: "data", embed: "src"};
          for (const [tag, key] of Object.entries(ways)) {
            const one = document.createElement(tag);
            one[key] = address;
            document.body.append(one);
          }
        }""",
        address,
    )
    page.wait_for_load_state("networkidle")
    assert ran == []


def test_the_field_is_complete_for_everybody(page: Page) -> None:
    page.locator("#id_contract").set_input_files([LEASE])
    page.locator("[data-file-field]:has(#id_contract)").get_by_text("Uploaded.").wait_for()
    assert findings_in_every_look(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
