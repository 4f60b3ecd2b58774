"""Every page lives under the strict policy: the header says so, and nothing in the page would break it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.alike]

PATHS = [
    "/",
    "/test-gallery/",
    "/test-mishaps/",
    "/test-twins/",
    "/test-tabs/",
    "/test-probes/",
    "/test-template/",
    "/test-parameters/?count=x",
    "/test-staff/",
    "/nowhere/",
    "/sign-in/",
    "/account/",
    "/settings/",
    "/admin/",
    "/admin/accounts/user/",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("person", ["nobody", "alice", "dana"])
def test_nothing_inline_and_nothing_unsafe(
    path: str, person: str, client: Client, alice_client: Client, dana_client: Client
) -> None:
    asking = {"nobody": client, "alice": alice_client, "dana": dana_client}[person]
    response = asking.get(path)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "script-src 'self'" in policy and "style-src 'self'" in policy
    assert response["X-Frame-Options"] == "DENY" and response["X-Content-Type-Options"] == "nosniff"
    assert_nothing_inline(response.content.decode())


def assert_nothing_inline(html: str) -> None:
    assert not re.search(r"<[^>]*\sstyle\s*=", html)
    assert "<style" not in html
    assert not re.search(r"<[a-z][^>]*\son[a-z]+\s*=", html)
    for script in re.findall(r"<script\b[^>]*>", html):
        assert "src=" in script or 'type="application/json"' in script
    assert not re.search(r'(?:href|src|action)="\s*(?:javascript|https?):', html)


@pytest.mark.parametrize("path", ["/test-mishaps/", "/test-probes/"])
def test_a_part_too(path: str, client: Client) -> None:
    response = client.get(path, headers={"HX-Request": "true", "HX-Target": "div#probe-crash"})
    assert "unsafe" not in response["Content-Security-Policy"]
    assert_nothing_inline(response.content.decode())
