"""A foreign key whose choices are more than a list shows: typed, found, chosen, saved, and filtered by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Pages
from tests.serving import Site, prepared

pytestmark = pytest.mark.browser

CONTACTS = "/collections/crm_contacts/"
ROWS = """
from accounts.models import Organization, User
from tests.crm.models import Contact, Label, Project
from tests.testapp.management.commands.make_people import Command
Command().handle()
acme, rivals = Organization.objects.get(), Organization.objects.create(name="Rivals", slug="rivals")
for whose in (acme, rivals):
    Project.objects.bulk_create(Project(organization=whose, name=f"{whose} {n:03}") for n in range(150))
    Label.objects.bulk_create(Label(organization=whose, word=f"{whose} label {n:03}") for n in range(150))
for n in (7, 140):
    Contact.objects.create(
        project=Project.objects.get(name=f"Acme {n:03}"), name=f"Contact {n}", email=f"c{n}@example.org"
    )
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("crm") / "var"
    settings = "tests.browser.crm_settings"
    made = Site(folder, log="crm", CAPSULE_DEMO="0", DJANGO_SETTINGS_MODULE=settings)
    with prepared(made, shared, ("shell", "-c", ROWS)) as site:
        yield site
    assert "Traceback" not in site.output, site.output


@pytest.mark.thorough
def test_one_types_sees_options_chooses_and_saves(browser_page: Pages) -> None:
    page = browser_page("alice")
    page.goto(f"{CONTACTS}add/")
    project, labels = page.locator("#id_project"), page.locator("#id_labels")
    expect(project.locator("option")).to_have_count(101)  # nobody's, and the first hundred
    expect(labels.locator("option")).to_have_count(100)
    page.locator('[aria-controls="id_project"]').press_sequentially("acme 14")
    expect(project.locator("option")).to_have_text(["—", *(f"Acme {n}" for n in range(140, 150))])
    project.select_option(label="Acme 142")
    # What is chosen stays while one looks for something else; another organisation's is never found.
    page.locator('[aria-controls="id_project"]').fill("rivals")
    expect(project.locator("option")).to_have_text(["—", "Acme 142"])
    expect(project.locator("option:checked")).to_have_text("Acme 142")
    page.locator('[aria-controls="id_labels"]').fill("label 14")
    expect(labels.locator("option")).to_have_count(10)
    labels.select_option(label=["Acme label 141", "Acme label 149"])
    page.get_by_label("Full name").fill("Ada Byron")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_role("button", name=re.compile("^(Save|Add)")).first.click()
    row = page.get_by_role("row", name=re.compile("Ada Byron"))
    expect(row).to_contain_text("Acme 142")
    expect(row).to_contain_text("Acme label 141")
    row.get_by_role("link").first.click()
    expect(page.locator("#id_project option:checked")).to_have_text("Acme 142")
    expect(page.locator("#id_labels option:checked")).to_have_text(["Acme label 141", "Acme label 149"])


@pytest.mark.thorough
def test_a_filter_by_a_row_beyond_the_list_holds_and_is_called_by_its_name(
    browser_page: Pages, server: Site
) -> None:
    found = "from tests.crm.models import Project; print(Project.objects.get(name='Acme 140').pk)"
    project = server.manage("shell", "-c", found).strip().splitlines()[-1]
    page = browser_page("alice")
    page.goto(f"{CONTACTS}?crm_contacts-is-project={project}")
    table = page.locator("#table-crm_contacts")
    expect(table.get_by_role("cell", name="Contact 140")).to_be_visible()
    expect(table.get_by_role("cell", name="Contact 7")).to_have_count(0)
    chips = page.get_by_role("list", name="Filters in force")
    expect(chips).to_contain_text("Acme 140")
    # The next one is found by its name, beside the one that is asked for.
    table.locator("summary", has_text="Filter").click()
    listed = page.locator("#table-crm_contacts-project-is")
    page.locator('[aria-controls="table-crm_contacts-project-is"]').fill("acme 007")
    expect(listed.locator("option")).to_have_text(["Acme 140", "Acme 007"])
    listed.select_option(label=["Acme 140", "Acme 007"])
    table.get_by_role("button", name="Apply").first.click()
    expect(chips).to_contain_text("Acme 140 or Acme 007")
    expect(table.get_by_role("cell", name="Contact 7")).to_be_visible()
    assert "q=" not in page.url
