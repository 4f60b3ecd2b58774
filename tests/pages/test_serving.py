"""A declared page as a view: who may see it, where it answers, what it may return."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from capsule import PageRequest
from capsule.failures import described
from capsule.registry import Registry
from pages import link, page, ui
from pages.declarations import Link, PageDeclaration, listed, pages
from pages.errors import NotAPage
from pages.serving import serve
from tests.pages.conftest import MakeRequest
from tests.testapp.declared import pages as declared

pytestmark = pytest.mark.django_db

Pages = Registry[PageDeclaration]


@pytest.fixture
def clients(
    client: Client, alice_client: Client, charlie_client: Client, dana_client: Client
) -> dict[str, Client]:
    """nobody, a member, a stranger without an organisation, and a superuser."""
    return {"nobody": client, "alice": alice_client, "charlie": charlie_client, "dana": dana_client}


@pytest.mark.parametrize(
    ("path", "seen_by"),
    [
        ("/test-public/", ["nobody", "alice", "charlie", "dana"]),
        ("/test-probes/", ["alice", "charlie", "dana"]),
        ("/test-bare/", ["alice", "charlie", "dana"]),
        ("/test-staff/", ["dana"]),
        ("/test-permission/", ["dana"]),
        ("/test-own-rule/", ["alice"]),
    ],
)
def test_who_sees_a_page(path: str, seen_by: list[str], clients: dict[str, Client]) -> None:
    for name, client in clients.items():
        response = client.get(path)
        if name in seen_by:
            assert response.status_code == 200, (name, path)
        elif name == "nobody":
            assert response.status_code == 302 and response["Location"].startswith("/sign-in/?next=")
        else:
            assert response.status_code == 403, (name, path)


def test_a_permission_opens_its_page(charlie: User, charlie_client: Client) -> None:
    charlie.user_permissions.add(Permission.objects.get(codename="change_user"))
    assert charlie_client.get("/test-permission/").status_code == 200


def test_a_refused_part_is_a_notice_with_a_link_and_never_a_sign_in_page(client: Client) -> None:
    headers = {
        "HX-Request": "true",
        "HX-Target": "div#probe-one",
        "HX-Current-URL": "http://testserver/test-probes/",
    }
    response = client.get("/test-probes/", headers=headers)
    assert response.status_code == 401
    assert "capsule-error" in response.content.decode() and "<!doctype" not in response.content.decode()
    assert "/sign-in/?next=/test-probes/" in response.content.decode().replace("%2F", "/")


def test_a_page_answers_with_and_without_its_slash(client: Client) -> None:
    assert client.get("/test-public").status_code == client.get("/test-public/").status_code == 200


def test_the_decorated_name_knows_its_view_and_address(rf: object) -> None:
    assert declared.test_public.url() == "/test-public/"
    assert declared.test_parameters.url(period="30d", day=None) == "/test-parameters/?period=30d"
    assert declared.test_record.url(id=7) == "/test-records/7/"
    assert declared.test_record.url(id=7, shown="few & more") == "/test-records/7/?shown=few+%26+more"
    assert isinstance(declared.test_public(None), ui.Page)  # type: ignore[arg-type]
    assert declared.TestClass.url() == "/testclass/"  # type: ignore[attr-defined]


def test_a_route_fills_the_functions_arguments(client: Client) -> None:
    html = client.get("/test-records/7/?shown=few&id=9").content.decode()
    assert "Record 7, few." in html and "<title>Record 7 ·" in html


@pytest.mark.parametrize(
    "path", ["/test-records/x/", "/test-records/", "/test-records/-1/", "/no-such-page/"]
)
def test_an_address_that_is_no_page_is_a_404_of_the_house(path: str, client: Client) -> None:
    response = client.get(path)
    assert response.status_code == 404 and "There is nothing here" in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_page_of_widgets_is_for_reading(method: str, client: Client) -> None:
    response = getattr(client, method)("/test-public/")
    assert response.status_code == 405 and response["Allow"] == "GET, HEAD"


def test_head_is_answered(client: Client) -> None:
    assert client.head("/test-public/").status_code == 200


def test_a_function_that_returns_a_response_is_an_ordinary_view(client: Client) -> None:
    assert client.post("/test-form/").content == b"POST taken"
    assert client.get("/testclass/").content == b"from a class"
    assert client.post("/testclass/").status_code == 405
    html = client.get("/test-template/").content.decode()
    assert "&lt;i&gt;from a view&lt;/i&gt;" in html and '<aside id="sidebar"' in html


def test_an_error_in_the_page_itself_is_the_500_page_without_its_text(client: Client) -> None:
    client.raise_request_exception = False
    response = client.get("/test-broken/")
    assert response.status_code == 500
    html = response.content.decode()
    assert "Something went wrong" in html and "secret detail" not in html
    assert response["X-Request-ID"] in html


def test_what_is_no_page_is_an_error_that_says_what_to_return(client: Client) -> None:
    with pytest.raises(TypeError, match="returned dict; return a ui.Page or a Django response"):
        client.get("/test-nothing/")


def test_a_page_that_forgets_its_return_is_named_with_its_file_and_line(
    declared_pages: Pages, make_request: MakeRequest
) -> None:
    @page("Forgetful", access="public")
    def forgetful(request: PageRequest):  # type: ignore[no-untyped-def]
        ui.Page([])

    wanted = r"'forgetful' \(tests/pages/test_serving\.py:\d+\) returned None, .* without a `return`"
    with pytest.raises(NotAPage, match=wanted) as raised:
        serve(declared_pages.get("forgetful"), make_request("/forgetful/"))  # type: ignore[arg-type]
    shown = described(raised.value)
    assert shown.file == "tests/pages/test_serving.py"
    assert [one.text.strip() for one in shown.excerpt if one.is_meant] == [
        '@page("Forgetful", access="public")'
    ]


def test_a_page_is_private_and_varies(client: Client) -> None:
    response = client.get("/test-public/")
    assert "private" in response["Cache-Control"]
    assert {"Accept", "Cookie", "HX-Request", "HX-Target"} <= set(response["Vary"].split(", "))


def test_the_label_comes_from_the_function_where_none_is_given() -> None:
    assert pages.get("test_unnamed").label == "Test unnamed"
    assert pages.get("test_bare").label == "Test bare"


def test_pages_with_an_order_stand_first_and_links_after_pages(
    declared_pages: Pages,
) -> None:
    for name, order in (("late", 5), ("unordered", None), ("early", 1)):
        page(name, order=order)(make_function(name))
    link("Elsewhere", "/x/")
    link("Before all", "/y/", order=0)
    assert [str(item.label) for item in listed()] == ["Before all", "early", "late", "unordered", "Elsewhere"]
    assert isinstance(listed()[0], Link)


def make_function(name: str) -> Callable[..., ui.Page]:
    def function(request: object) -> ui.Page:
        return ui.Page()

    function.__name__ = name
    return function


def test_two_pages_of_one_name_are_an_error(declared_pages: Pages) -> None:
    page("One")(make_function("same"))
    with pytest.raises(ValueError, match="page 'same' is declared twice: .*:.* and .*:"):
        page("Two")(make_function("same"))
