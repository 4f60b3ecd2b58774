"""Every kind of request that htmx makes for a part of a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.serving import Site

__all__ = ["KINDS", "WRITES", "Kind", "is_partial", "threads_of_acme"]


@pytest.fixture(scope="session")
def threads_of_acme(server: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Five threads, each with a priority of its own."""
    path: Path = tmp_path_factory.mktemp("threads") / "threads.ndjson"
    lines = ({"subject": f"Thread {number} of Acme", "priority": 5 - number} for number in range(5))
    path.write_text("\n".join(json.dumps(line) for line in lines))
    server.manage(
        "load_documents", "test_threads", str(path), "--as", "alice@example.com", "--organization", "acme"
    )


def is_partial(request: Request) -> bool:
    """Of htmx, and not the page following what changed elsewhere."""
    return "hx-request" in request.headers and "capsule-refresh" not in request.headers


TABLE = "#table-test_threads"


@dataclass(frozen=True)
class Kind:
    """A kind of partial request: what the person does, where they look, and what it comes to."""

    path: str
    act: Callable[[Page], None]
    place: Callable[[Page], Locator]
    kept: Callable[[Page], None]
    done: Callable[[Page], None]
    method: str = "GET"


def change_setting(page: Page) -> None:
    # 20 or 18: what it is not already, for a setting that is as it was is not changed.
    size = page.get_by_label("Test font size")
    size.fill("18" if size.input_value() == "20" else "20")
    size.press("Tab")


def setting_is_kept(page: Page) -> None:
    expect(page.get_by_label("Test font size")).to_have_value(re.compile("^(18|20)$"))


def setting_is_saved(page: Page) -> None:
    typed = page.get_by_label("Test font size").input_value()
    page.reload()
    expect(page.get_by_label("Test font size")).to_have_value(typed)


def rows_are_there(page: Page) -> None:
    expect(page.locator(f"{TABLE} tbody tr").first).to_be_visible()


def sorted_by_priority(page: Page) -> None:
    expect(page.get_by_role("columnheader", name="Priority")).to_have_attribute("aria-sort", "ascending")
    assert "test_threads-sort=priority" in page.url


def apply_filter(page: Page) -> None:
    panel = page.locator(f"{TABLE} .data-table-menu").first
    panel.locator("summary").click()
    for end in ("from", "to"):
        panel.get_by_label(f"Priority: {end}").fill("3")
    panel.get_by_role("button", name="Apply").click()


def filter_is_kept(page: Page) -> None:
    expect(page.locator(f"{TABLE} .data-table-menu").get_by_label("Priority: from")).to_have_value("3")
    rows_are_there(page)


def filtered(page: Page) -> None:
    expect(page.locator(TABLE)).not_to_contain_text("Thread 1 of Acme")
    expect(page.locator(TABLE)).to_contain_text("Thread 2 of Acme")


def send_form(page: Page) -> None:
    page.get_by_label("Words").fill("What <b>I</b> typed")
    page.get_by_role("button", name="Send").click()


def form_is_kept(page: Page) -> None:
    expect(page.get_by_label("Words")).to_have_value("What <b>I</b> typed")


FORM = "#form-test_threads"


def send_form_of_a_page(page: Page) -> None:
    page.locator(FORM).get_by_label("Subject").fill("What <b>I</b> typed")
    page.locator(FORM).get_by_label("Priority").fill("3")
    page.locator(FORM).get_by_role("button", name="Add").click()


def form_of_a_page_is_kept(page: Page) -> None:
    expect(page.locator(FORM).get_by_label("Subject")).to_have_value("What <b>I</b> typed")
    expect(page.locator(FORM).get_by_label("Priority")).to_have_value("3")


KINDS = {
    "a setting": Kind(
        "/settings/test_font_size/",
        change_setting,
        lambda page: page.locator("form.setting", has=page.get_by_label("Test font size")),
        setting_is_kept,
        setting_is_saved,
        method="POST",
    ),
    "a sort link": Kind(
        "/collections/test_threads/",
        lambda page: page.get_by_role("columnheader", name="Priority").get_by_role("link").click(),
        lambda page: page.locator(TABLE),
        rows_are_there,
        sorted_by_priority,
    ),
    "a filter": Kind(
        "/collections/test_threads/", apply_filter, lambda page: page.locator(TABLE), filter_is_kept, filtered
    ),
    "a tab": Kind(
        "/test-tabs-alone/",
        lambda page: page.get_by_role("link", name="Second").click(),
        lambda page: page.locator(".tabs"),
        lambda page: expect(page.get_by_text("probe left")).to_be_visible(),
        lambda page: expect(page.get_by_text("probe right")).to_be_visible(),
    ),
    "a form": Kind(
        "/test-asking-alone/",
        send_form,
        lambda page: page.locator("#asking"),
        form_is_kept,
        lambda page: expect(page.get_by_text("Sent: What <b>I</b> typed")).to_be_visible(),
        method="POST",
    ),
    "a form of a page": Kind(
        "/test-forms/",
        send_form_of_a_page,
        lambda page: page.locator(FORM),
        form_of_a_page_is_kept,
        lambda page: expect(page.locator(TABLE)).to_contain_text("What <b>I</b> typed"),
        method="POST",
    ),
}
WRITES = [name for name, kind in KINDS.items() if kind.method == "POST"]
