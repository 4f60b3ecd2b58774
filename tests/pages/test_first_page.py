"""What stands at ``/``: the first page that one may see, the sign-in, or what to do next."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.test import Client, RequestFactory

from accounts.models import User
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


def test_a_site_where_nothing_is_declared_says_what_to_do(
    only: Pages, client: Client, alice_client: Client, dana_client: Client, settings: LazySettings
) -> None:
    User.objects.filter(is_superuser=True).update(is_superuser=False)
    for person, words in (
        (client, "Nobody administers this site yet"), (alice_client, "Nobody administers this site yet"),
    ):  # fmt: skip
        response = person.get("/")
        html = response.content.decode()
        assert response.status_code == 200 and "Which layer?" in html and "docs/choosing.md" in html
        assert "all_tasks" in html and views.file_to_write() in html
        assert words in html and "make admin" in html and "make run" in html
        assert "make new NAME=desk" in html
    User.objects.filter(is_staff=True).update(is_superuser=True)
    assert "administration</a>" in dana_client.get("/").content.decode()
    assert "makes you an administrator" in alice_client.get("/").content.decode()
    assert "to see rows of your own" in client.get("/").content.decode()
    settings.CAPSULE_DEV = True
    assert "this page turns into yours:" in client.get("/").content.decode()


def test_elsewhere_only_the_staff_learns_how_it_is_built(
    only: Pages, client: Client, alice_client: Client, dana_client: Client, settings: LazySettings
) -> None:
    settings.CAPSULE_LOCAL = False
    for person in (client, alice_client):
        html = person.get("/").content.decode()
        assert "has just been set up" in html and "declarations.py" not in html and "make admin" not in html
    assert "Sign in" in client.get("/").content.decode()
    assert "declarations.py" in dana_client.get("/").content.decode()


def test_the_first_app_of_ones_own_is_where_one_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    own = [config for config in apps.get_app_configs() if not config.name.startswith(("tests.", "demo"))]
    monkeypatch.setattr(apps, "get_app_configs", lambda: own)
    assert views.file_to_write() == "capsule_site/declarations.py"
    monkeypatch.setattr(apps, "get_app_configs", lambda: [*own, apps.get_app_config("testapp")])
    assert views.file_to_write() == "tests/testapp/declarations.py"


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
