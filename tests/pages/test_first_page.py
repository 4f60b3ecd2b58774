"""What stands at ``/``: the first page that one may see, the sign-in, or what to do next."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from capsule.registry import Registry
from pages import page, ui, views
from pages.declarations import PageDeclaration, pages
from tests.testapp.declared.pages import EVALUATED

pytestmark = pytest.mark.django_db

Pages = Registry[PageDeclaration]


@pytest.fixture
def only(declared_pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Pages:
    monkeypatch.setattr(views, "pages", declared_pages)
    return declared_pages


def keep(registry: Pages, *names: str) -> None:
    for name in names:
        registry.add(name, pages.get(name))


def test_the_first_page_that_one_may_see_is_shown_in_place(
    only: Pages, alice_client: Client, dana_client: Client, client: Client
) -> None:
    keep(only, "test_staff", "test_probes", "test_public")
    # The order of the sidebar: test_public has a number.
    assert "Anybody may read this." in client.get("/").content.decode()
    with only.temporarily("none", pages.get("test_hidden")):
        assert "Not in the sidebar" not in client.get("/").content.decode()
    assert "Anybody may read this." in dana_client.get("/").content.decode()


def test_a_page_that_is_refused_is_passed_over(
    only: Pages, alice_client: Client, dana_client: Client
) -> None:
    keep(only, "test_staff", "test_probes")
    assert "Staff only." in dana_client.get("/").content.decode()
    html = alice_client.get("/").content.decode()
    assert "probe one" in html
    assert '<a class="shell-link" href="/test-probes/" aria-current="page">' in html


def test_its_parts_are_served_at_the_same_address(only: Pages, alice_client: Client) -> None:
    keep(only, "test_probes")
    response = alice_client.get("/?x=1", headers={"HX-Request": "true", "HX-Target": "div#probe-one"})
    assert 'id="probe-one"' in response.content.decode() and "<main" not in response.content.decode()
    assert EVALUATED == {"one": 1}


def test_nobody_is_sent_to_the_sign_in(only: Pages, client: Client) -> None:
    keep(only, "test_probes")
    response = client.get("/")
    assert response.status_code == 302 and response["Location"] == "/sign-in/?next=%2F"


def test_a_person_with_no_page_is_told_so(only: Pages, alice_client: Client) -> None:
    keep(only, "test_staff")
    response = alice_client.get("/")
    assert response.status_code == 403 and "no page here that you may see yet" in response.content.decode()


def test_a_site_where_nothing_is_declared_says_what_to_do(only: Pages, client: Client) -> None:
    response = client.get("/")
    html = response.content.decode()
    assert response.status_code == 200 and "Which layer?" in html and "docs/choosing.md" in html
    assert "all_tasks" in html


def test_the_lines_to_paste_run(declared_pages: Pages, rf: RequestFactory) -> None:
    assert len(views.SNIPPET.splitlines()) == 5
    collections = views.SNIPPET.splitlines()[2]
    assert collections.startswith("tasks = collection(")
    lines = [line for line in views.SNIPPET.splitlines() if line != collections]
    space: dict[str, object] = {"__name__": "tests.testapp.pasted", "tasks": []}
    exec("\n".join(lines), space)
    assert declared_pages.names() == ["all_tasks"]


def test_an_address_of_the_root_can_be_a_page_of_its_own(declared_pages: Pages) -> None:
    @page("Home", route="")
    def home(request: object) -> ui.Page:
        return ui.Page()

    assert declared_pages.get("home").route == ""
