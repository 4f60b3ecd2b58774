"""Where other services may be: what is named, by no detour; and what may go along there."""

from __future__ import annotations

import socket
from threading import Event
from time import monotonic
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from handlers.fetching import PlaceRefused
from handlers.fetching.asking import Unanswered, ask, may_be_told
from handlers.fetching.places import addresses_of, check_place


@pytest.mark.parametrize(
    ("allowed", "url", "passes"),
    [
        ([], "https://api.example.org/", False),
        (["api.example.org"], "https://api.example.org/", True),
        (["api.example.org"], "http://API.example.org./x", True),
        (["api.example.org"], "https://api.example.org:8443/", False),
        (["api.example.org:8443"], "https://api.example.org:8443/", True),
        (["api.example.org"], "https://example.org/", False),
        (["api.example.org"], "https://api.example.org.evil.test/", False),
        (["*.example.org"], "https://api.example.org/", True),
        (["*.example.org"], "https://evilexample.org/", False),
        (["api.example.org"], "https://api.example.org@evil.test/", False),
        (["api.example.org"], "https://evil.test#api.example.org", False),
        (["api.example.org"], "https://user:word@api.example.org/", False),
        (["api.example.org"], "ftp://api.example.org/", False),
        (["api.example.org"], "file:///etc/passwd", False),
        (["10.0.0.0/8"], "http://10.1.2.3/", True),
        (["10.0.0.0/8"], "http://11.1.2.3/", False),
        (["10.0.0.0/8"], "http://10.1.2.3:6379/", False),
        (["10.0.0.0/8:6379"], "http://10.1.2.3:6379/", True),
        (["localhost"], "http://127.0.0.1:6379/", False),
        (["127.0.0.1"], "http://[::ffff:127.0.0.1]/", False),
        (["127.0.0.1"], "http://2130706433/", False),
        (["*.example.org"], "http://127.0.0.1/", False),
        (["[::1]:8000"], "http://[::1]:8000/", True),
    ],
)
def test_only_what_is_named(allowed: list[str], url: str, passes: bool, settings: Any) -> None:
    settings.FETCH_ALLOWED = allowed
    if passes:
        check_place(httpx.URL(url))
    else:
        with pytest.raises(PlaceRefused):
            check_place(httpx.URL(url))


def leading_to(address: str) -> Any:
    """Within the block ``api.example.org`` has this address."""
    known = socket.getaddrinfo

    def found(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        return known(address if host == "api.example.org" else host, port, *args, **kwargs)

    return patch("socket.getaddrinfo", found)


# Ways to write a private address that the system, or a network on the way, sees through; and many at once.
DETOURS = [
    "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::",
    "::7f00:1", "::ffff:0:7f00:1", "fec0::1", "224.0.0.1", "ff02::1",
]  # fmt: skip


def test_no_detour_leads_to_a_private_address_and_everybodys_are_reached(settings: Any) -> None:
    """Of IPv4 also by way of a translator, which is how a network without it reaches anything."""
    settings.FETCH_ALLOWED = ["api.example.org"]
    for address in ("93.184.216.34", "2606:4700::1111", "64:ff9b::808:808"):
        with leading_to(address):
            assert addresses_of("api.example.org", 443) == [address]
    for address in DETOURS:
        with leading_to(address), pytest.raises(PlaceRefused, match="private network"):
            addresses_of("api.example.org", 443)


@pytest.mark.parametrize(
    ("asked", "onwards", "are_carried"),
    [
        ("https://a.test/x", "https://a.test:443/y", True),
        ("http://a.test/x", "https://a.test/y", True),
        ("https://a.test/x", "http://a.test/y", False),
        ("https://a.test/x", "https://a.test:8443/y", False),
        ("http://a.test/x", "https://a.test:8443/y", False),
        ("https://a.test/x", "https://b.a.test/y", False),
    ],
)
def test_what_is_secret_goes_no_further_than_to_whom_it_was_given(
    asked: str, onwards: str, are_carried: bool
) -> None:
    assert may_be_told(httpx.URL(asked), httpx.URL(onwards)) is are_carried


@pytest.mark.parametrize("known", [False, True])
def test_a_name_that_is_not_found_takes_no_longer_than_said(settings: Any, known: bool) -> None:
    settings.FETCH_ALLOWED = ["api.example.org"]
    goes_on, began = Event(), monotonic()

    def finds(*_asked: Any, **_options: Any) -> Any:
        if known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        goes_on.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with patch("socket.getaddrinfo", finds), pytest.raises(Unanswered) as problem:
        ask("https://api.example.org/rates", {}, {}, timeout=0.3, retries=0)
    goes_on.set()
    assert monotonic() - began < 10
    assert ("not known" in str(problem.value)) is known


@pytest.mark.parametrize("host", ["a" * 64 + ".example.org", "a..example.org", "xn--a.example.org"])
def test_a_name_that_none_can_have_is_no_failure_of_ours(settings: Any, host: str) -> None:
    settings.FETCH_ALLOWED = ["*.example.org"]
    with pytest.raises((Unanswered, PlaceRefused)):
        ask(f"https://{host}/", {}, {}, timeout=2, retries=0)
