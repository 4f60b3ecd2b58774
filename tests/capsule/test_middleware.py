from __future__ import annotations

import asyncio
import re

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient, Client

from accounts.models import User
from tests.conftest import signed_in

pytestmark = [pytest.mark.urls("tests.capsule.urls"), pytest.mark.django_db]

SECURITY_HEADERS = [
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "X-Request-ID",
]


def test_every_answer_has_an_id_of_its_own() -> None:
    first, second = (Client().get("/plain/")["X-Request-ID"] for _ in range(2))
    assert first != second
    assert re.fullmatch(r"[0-9a-f]{32}", first)


def test_an_id_from_outside_is_not_taken_over() -> None:
    assert Client().get("/plain/", headers={"X-Request-ID": "mine"})["X-Request-ID"] != "mine"


def test_a_page_is_kept_out_of_shared_caches() -> None:
    response = Client().get("/plain/")
    assert response["Cache-Control"] == "private, no-cache"
    assert {"Cookie", "HX-Request"} <= set(response["Vary"].split(", "))


def test_what_a_view_says_about_caching_holds() -> None:
    assert Client().get("/cached/")["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/plain/", 200),
        ("/nowhere/", 404),
        ("/failing/denied/", 403),
        ("/failing/broken/", 500),
        ("/plain/?q=%00", 400),
        ("/plain/?" + "q" * 9000, 414),
        ("/plain%00/", 404),
    ],
)
def test_every_answer_carries_the_security_headers(path: str, status: int) -> None:
    response = Client(raise_request_exception=False).get(path, headers={"Accept": "text/html"})
    assert response.status_code == status
    assert [name for name in SECURITY_HEADERS if name not in response] == []


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", "[", "x" * 300])
def test_another_name_for_this_site_is_refused(host: str) -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/plain/", headers={"Host": host, "Accept": "text/html"})
    assert response.status_code == 400
    assert "Content-Security-Policy" in response


@pytest.mark.parametrize(
    ("method", "site", "status"),
    [
        ("post", "cross-site", 403),
        ("post", "same-site", 403),
        ("put", "cross-site", 403),
        ("delete", "nonsense", 403),
        ("post", "same-origin", 200),
        ("post", "none", 200),
        ("post", None, 200),
        ("get", "cross-site", 200),
    ],
)
def test_a_write_from_another_site_is_refused(method: str, site: str | None, status: int) -> None:
    headers = {"Accept": "application/json", **({"Sec-Fetch-Site": site} if site else {})}
    response = getattr(Client(), method)("/reading/", headers=headers)
    assert response.status_code == status
    if status == 403:
        assert response.json()["error"] == "cross_site"


def test_a_refusal_is_a_notice_for_htmx_and_a_page_for_people(bob: User) -> None:
    client = signed_in(bob)
    notice = client.post("/reading/", headers={"Sec-Fetch-Site": "cross-site", "HX-Request": "true"})
    assert notice.status_code == 403
    assert "<html" not in notice.text
    page = client.post("/reading/", headers={"Sec-Fetch-Site": "cross-site", "Accept": "text/html"})
    assert "<html" in page.text


def test_an_old_token_is_a_sentence(bob: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/reading/", headers={"Accept": "application/json"})
    assert response.status_code == 403
    assert response.json()["error"] == "csrf_failed"


def test_the_identity_reaches_views_of_both_kinds(bob: User) -> None:
    client = signed_in(bob)
    for path in ("/who/", "/who-async/"):
        assert client.get(path).text == str(bob.pk)
        assert Client().get(path).text == "nobody"


@pytest.mark.django_db(transaction=True)
def test_requests_side_by_side_are_different_people(alice: User, bob: User) -> None:
    cookies = [signed_in(user).cookies for user in (alice, bob)]

    async def ask(number: int) -> str:
        client = AsyncClient()
        client.cookies = cookies[number % 2]
        response = await client.get(("/who/", "/who-async/")[number % 4 // 2])
        return response.content.decode()

    async def all_of_them() -> list[str]:
        answers = await asyncio.gather(*(ask(number) for number in range(12)))
        await sync_to_async(connections.close_all)()  # the views' thread has a connection of its own
        return answers

    assert asyncio.run(all_of_them()) == [str(alice.pk), str(bob.pk)] * 6


@pytest.mark.parametrize("charset", ["base64", "rot13", "utf-16", "latin-1"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain"])
def test_a_body_in_another_encoding_than_utf_8_is_refused(kind: str, charset: str) -> None:
    response = Client().generic("POST", "/plain/", b"--x--", f"{kind}; charset={charset}")
    assert response.status_code == 415
    assert b"UTF-8" in response.content


def test_utf_8_may_be_said_aloud() -> None:
    assert Client().get("/plain/", headers={"Content-Type": "text/plain; charset=UTF8"}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sid", "csrf", "theme"])
def test_a_cookie_with_a_nul_is_refused_before_any_database_sees_it(name: str) -> None:
    response = Client(headers={"cookie": f'{name}="a\\000b"'}).get("/account/")
    assert response.status_code == 400
