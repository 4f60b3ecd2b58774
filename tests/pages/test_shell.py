"""What stands around every page: the sidebar, the person's menu, the theme, and how all of it is reached."""

from __future__ import annotations

import re

import pytest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from accounts.models import Organization, User
from capsule.http import error_response
from pages.declarations import pages
from pages.shell import Shell

pytestmark = pytest.mark.django_db


def html_of(client: Client, path: str = "/test-public/") -> str:
    return client.get(path).content.decode()


def sidebar(client: Client) -> list[str]:
    html = html_of(client)
    return re.findall(r'<a class="shell-link" href="([^"]*)"', html)


def test_the_sidebar_shows_the_pages_that_one_may_see(
    client: Client, alice_client: Client, charlie_client: Client, dana_client: Client
) -> None:
    assert "/test-probes/" not in sidebar(client)
    assert "/test-own-rule/" in sidebar(alice_client) and "/test-staff/" not in sidebar(alice_client)
    assert "/test-own-rule/" not in sidebar(charlie_client) and "/test-probes/" in sidebar(charlie_client)
    assert "/test-staff/" in sidebar(dana_client) and "/test-permission/" in sidebar(dana_client)
    for one in (client, alice_client, dana_client):
        assert "/test-public/" in sidebar(one)


def test_hidden_and_parametrised_pages_are_not_in_it(dana_client: Client) -> None:
    assert not {"/test-hidden/", "/test-required/"} & set(sidebar(dana_client))
    assert not any(address.startswith("/test-records/") for address in sidebar(dana_client))


def test_links_stand_in_it_where_access_allows(client: Client, dana_client: Client) -> None:
    assert "/sign-in/" in sidebar(client) and "/admin/" not in sidebar(client)
    assert "/admin/" in sidebar(dana_client)


def test_the_page_where_one_is_says_so(client: Client) -> None:
    assert html_of(client).count('aria-current="page"') == 1
    assert '<a class="shell-link" href="/test-public/" aria-current="page">' in html_of(client)


def test_a_page_of_no_entry_marks_the_page_that_one_came_from(client: Client) -> None:
    marked = '<a class="shell-link" href="/test-public/" aria-current="page">'
    assert marked in html_of(client, "/nowhere/?next=/test-public/%3Fpage%3D2")
    assert 'aria-current="page"' not in html_of(client, "/nowhere/?next=//test-public/")
    # A page that is an entry itself needs no other.
    assert html_of(client, "/test-public/?next=/sign-in/").count('aria-current="page"') == 1


def test_an_address_with_too_many_parameters_still_gets_a_page_of_the_house(client: Client) -> None:
    html = html_of(client, "/nowhere/?" + "&".join(["a=1"] * 1100))
    assert 'class="shell-link"' in html


def test_the_menu_names_the_person_and_their_organisations(alice_client: Client, acme: Organization) -> None:
    html = html_of(alice_client)
    assert "Alice" in html and "<small>Acme</small>" in html
    assert f'name="organization" value="{acme.pk}" aria-current="true"' in html
    assert 'name="organization" value=""' in html and "Personal" in html
    assert 'action="/organization/switch/"' in html and 'action="/sign-out/"' in html


def test_everything_that_changes_something_is_a_form_that_posts(alice_client: Client) -> None:
    forms = re.findall(r"<form[^>]*>.*?</form>", html_of(alice_client), re.DOTALL)
    assert len(forms) == 3  # switching, the look, signing out
    for form in forms:
        assert 'method="post"' in form and "csrfmiddlewaretoken" in form


def test_personal_is_always_there(charlie_client: Client) -> None:
    html = html_of(charlie_client)
    assert "<small>Personal</small>" in html and 'name="organization" value="" aria-current="true"' in html


def test_hostile_names_stay_text(alice: User, acme: Organization, alice_client: Client) -> None:
    User.objects.filter(pk=alice.pk).update(name="<script>alert(1)</script>")
    Organization.objects.filter(pk=acme.pk).update(name='"><img src=x>')
    html = html_of(alice_client)
    assert "<script>alert(1)" not in html and "<img src=x>" not in html


def test_nobody_gets_a_way_in_that_comes_back(client: Client) -> None:
    html = html_of(client, "/test-public/?a=1")
    assert 'href="/sign-in/?next=%2Ftest-public%2F%3Fa%3D1"' in html and "/sign-out/" not in html


def test_only_staff_is_led_to_the_administration(alice_client: Client, dana_client: Client) -> None:
    assert ">Administration<" not in html_of(alice_client)
    assert re.search(r"</svg>Administration</a>", html_of(dana_client))


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_chosen_look_is_in_the_page_before_any_script(look: str, alice: User, alice_client: Client) -> None:
    User.objects.filter(pk=alice.pk).update(theme=look)
    html = html_of(alice_client)
    assert f'data-look="{look}" data-bs-theme="{look}"' in html
    assert re.search(rf'value="{look}"[^>]*aria-pressed="true"', html)


def test_a_look_that_follows_the_system_is_left_to_the_browser(client: Client) -> None:
    html = html_of(client)
    assert 'data-look="auto">' in html and "data-bs-theme" not in html
    assert html.index("capsule/first.js") < html.index("tabler.min.css")


def test_a_visitors_look_is_in_a_cookie_and_a_forged_one_counts_nothing(client: Client) -> None:
    client.cookies["theme"] = "dark"
    assert 'data-bs-theme="dark"' in html_of(client)
    client.cookies["theme"] = '"><script>'
    assert 'data-look="auto"' in html_of(client)


def test_a_page_can_be_used_by_keyboard_and_screen_reader(alice_client: Client) -> None:
    html = html_of(alice_client)
    assert html.index('href="#main"') < html.index("<aside")
    assert re.search(r'<main id="main"[^>]*tabindex="-1"', html)
    assert 'popovertarget="sidebar" aria-label="Menu"' in html and '<aside id="sidebar"' in html
    assert re.search(r'id="toasts"[^>]*role="status"[^>]*aria-live="polite"', html)
    assert '<html lang="en"' in html and html.count("<h1") == 1
    for button in re.findall(r"<button[^>]*>\s*<svg", html):
        assert any(name in button for name in ("aria-label=", "shell-menu-item", "live-pill"))


def test_the_page_carries_the_token_for_htmx(alice_client: Client) -> None:
    assert re.search(r"hx-headers:inherited='{\"X-CSRFToken\": \"\w{64}\"}'", html_of(alice_client))


def test_a_page_costs_few_queries(alice_client: Client, django_assert_max_num_queries: object) -> None:
    html_of(alice_client)
    # The session, the person, the membership, the switcher; two for permissions, where a page asks for one.
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        html_of(alice_client)


def test_a_request_refused_before_anybody_is_known_still_gets_a_page(rf: RequestFactory) -> None:
    request: HttpRequest = rf.get("/x/")
    response = error_response(request, 400, "bad_request", "No.")
    assert b"That request cannot be used" in response.content
    assert Shell(request).links == [] and Shell(request).theme == "auto"


def test_an_address_that_is_too_long_gets_the_houses_page(client: Client) -> None:
    response = client.get("/test-public/?x=" + "a" * 9000)
    assert response.status_code == 414 and b"too long" in response.content


@pytest.mark.parametrize("level", ["success", "error", "warning", "info"])
def test_a_message_is_text_in_a_toast(level: str, rf: RequestFactory) -> None:
    message = type("Message", (), {"level_tag": level, "__str__": lambda self: "<b>Saved</b>"})()
    html = render_to_string("capsule/_messages.html", {"messages": [message]})
    assert f"capsule-toast-{level}" in html and "&lt;b&gt;Saved&lt;/b&gt;" in html and "data-dismiss" in html


def test_every_declared_page_of_the_suite_has_its_own_address() -> None:
    addresses = [declared.route for declared in pages]
    assert len(addresses) == len(set(addresses))
