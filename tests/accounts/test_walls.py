"""CSRF, open redirects, and cookies with and without TLS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener
from uuid import uuid4

import pytest
from django.conf import LazySettings, settings
from django.test import Client
from django.urls import reverse

from accounts.models import Organization, User
from accounts.urls import urlpatterns
from tests.conftest import PASSWORD

ARGUMENTS = {
    "organization_id": uuid4(),
    "user_id": uuid4(),
    "invitation_id": uuid4(),
    "token": "a" * 43,
    "uidb64": "MQ",
}
NAMES = sorted({str(pattern.name) for pattern in urlpatterns})


def address_of(name: str) -> str:
    pattern = next(pattern for pattern in urlpatterns if pattern.name == name)
    wanted = pattern.pattern.converters
    return reverse(f"accounts:{name}", kwargs={key: ARGUMENTS[key] for key in wanted})


@pytest.mark.parametrize("name", NAMES)
def test_no_post_without_the_token(alice: User, acme: Organization, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(address_of(name)).status_code == 403
    client.force_login(alice, backend="accounts.backends.AccountBackend")
    assert client.post(address_of(name), {"csrfmiddlewaretoken": "x" * 64}).status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_no_get_changes_anything(alice_client: Client, alice: User, name: str) -> None:
    before = User.objects.filter(pk=alice.pk).values().get(), dict(alice_client.session)
    alice_client.get(address_of(name))
    assert (User.objects.filter(pk=alice.pk).values().get(), dict(alice_client.session)) == before


def test_another_sites_form_does_not_sign_anybody_in(client: Client, alice: User) -> None:
    sent = {"username": alice.email, "password": PASSWORD}
    response = client.post("/sign-in/", sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


@pytest.mark.usefixtures("contexts")
def test_a_form_with_its_token_passes(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get("/sign-in/")
    token = str(page.context["csrf_token"])
    sent = {"username": alice.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/sign-in/", sent).status_code == 302


# Where "next" may lead

ELSEWHERE = [
    "http://evil.example",
    "https://evil.example/",
    "HTTPS://EVIL.EXAMPLE",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\x08//evil.example",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    "https:evil.example",
    "http:\\\\evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "mailto:x@evil.example",
    "http://testserver@evil.example",
    "http://testserver:80@evil.example/",
    "http://testserver.evil.example",
    "http://testserver\\@evil.example",
    "http://evil.example#@testserver",
    "http://evil.example?@testserver",
    "http://[::1]/",
    "http://[evil",
    "http://testserver:8000/",
    "//testserver.evil.example/%2e%2e",
    "http://xn--testserver-.example",
    "x:y",
    "accounts:sign_out",  # the name of a view
    "admin:index",
]
HERE = [
    "/",
    "/account/",
    "/collections/threads/?threads-page=2",
    "/a//b",
    "/%2F%2Fevil.example",
    "http://testserver/x",
]


def test_there_are_forty_shapes() -> None:
    assert len(set(ELSEWHERE)) >= 40


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_nowhere_else(client: Client, alice: User, target: str) -> None:
    sent = {"username": alice.email, "password": PASSWORD}
    assert client.post("/sign-in/", {**sent, "next": target})["Location"] == "/"
    response = client.post(f"/sign-in/?{urlencode({'next': target})}", sent)
    assert response.status_code in (400, 414) or response["Location"] == "/"
    assert client.post("/account/theme/", {"theme": "dark", "next": target})["Location"] == "/"
    assert client.post("/organization/switch/", {"next": target})["Location"] == "/"


@pytest.mark.parametrize(
    ("target", "location"), [("a b", "a%20b"), ("health", "health"), ("\u00e9", "%C3%A9")]
)
def test_a_word_is_an_address_and_never_the_name_of_a_view(
    client: Client, alice: User, target: str, location: str
) -> None:
    sent = {"username": alice.email, "password": PASSWORD, "next": target}
    assert client.post("/sign-in/", sent)["Location"] == location


@pytest.mark.parametrize("target", HERE)
def test_signing_in_leads_back(client: Client, alice: User, target: str) -> None:
    sent = {"username": alice.email, "password": PASSWORD, "next": target}
    assert client.post("/sign-in/", sent)["Location"] == target


# Cookies


@pytest.mark.django_db(transaction=True)
def test_a_browser_that_refuses_secure_cookies_signs_in_over_plain_http(live_server: object) -> None:
    User.objects.create_user("alice@example.com", PASSWORD)
    jar = CookieJar()  # as Safari does, it sends no Secure cookie over plain http, localhost or not
    browser = build_opener(HTTPCookieProcessor(jar))
    page = browser.open(f"{live_server}/sign-in/").read().decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    sent = {
        "username": "alice@example.com",
        "password": PASSWORD,
        "csrfmiddlewaretoken": token,
        "next": "/account/",
    }
    with browser.open(f"{live_server}/sign-in/", urlencode(sent).encode()) as answer:
        assert answer.url == f"{live_server}/account/"
        assert "alice@example.com" in answer.read().decode()
    assert {cookie.name for cookie in jar} >= {"sid", "csrf"}
    assert not any(cookie.secure for cookie in jar)


def test_behind_tls_every_flag_is_there(tmp_path: object) -> None:
    names = [
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_HTTPONLY",
        "SESSION_COOKIE_SAMESITE",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "CAPSULE_LOCAL",
    ]
    code = (
        "import json; from capsule_site import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in {names}}}))"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOST": "0.0.0.0",
        "ALLOWED_HOSTS": "example.com",
        "SECRET_KEY": "x" * 60,
        "CAPSULE_VAR": str(tmp_path),
    }
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == {
        "SESSION_COOKIE_NAME": "__Host-sid",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "CAPSULE_LOCAL": False,
    }


def test_behind_tls_the_cookies_carry_them(client: Client, alice: User, settings: LazySettings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME = "__Host-sid"
    response = client.post("/sign-in/", {"username": alice.email, "password": PASSWORD}, secure=True)
    cookie = response.cookies["__Host-sid"]
    assert cookie["secure"] and cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
    themed = Client().post("/account/theme/", {"theme": "dark"}, secure=True)
    assert themed.cookies["theme"]["secure"]
