"""The policy's header is built once, and anew where a view or a template wants another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from csp import decorators, middleware
from csp.constants import NONCE, SELF
from csp.exceptions import CSPNonceError
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from capsule_site import policy
from capsule_site.policy import PolicyMiddleware

HEADER = "Content-Security-Policy"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was built, by whomever."""
    found: list[Any] = []

    def counted(*args: Any, **options: Any) -> str:
        found.append(options)
        return build_policy(*args, **options)

    monkeypatch.setattr(middleware, "build_policy", counted)
    monkeypatch.setattr(policy, "build_policy", counted)
    return found


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def directives(response: Any) -> set[str]:
    return set(response[HEADER].split("; "))


def test_it_is_built_once_for_all_answers(rf: RequestFactory, built: list[Any], settings: Any) -> None:
    kept: Any = PolicyMiddleware(plain)
    first = kept(rf.get("/"))
    assert directives(first) == directives(middleware.CSPMiddleware(plain)(rf.get("/")))
    built.clear()
    assert kept(rf.get("/"))[HEADER] == kept(rf.post("/"))[HEADER] == first[HEADER]
    assert not built
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": [SELF]}}
    assert kept(rf.get("/"))[HEADER] == "default-src 'self'"


@decorators.csp_update({"img-src": ["https://maps.example"]})
def with_maps(request: HttpRequest) -> HttpResponse:
    return HttpResponse("maps")


@decorators.csp_replace({"frame-ancestors": ["'self'"]})
def framed(request: HttpRequest) -> HttpResponse:
    return HttpResponse("framed")


@decorators.csp({"default-src": [SELF]})
def of_its_own(request: HttpRequest) -> HttpResponse:
    return HttpResponse("own")


@decorators.csp_exempt()
def exempt(request: HttpRequest) -> HttpResponse:
    return HttpResponse("exempt")


@decorators.csp({"default-src": [SELF]}, REPORT_ONLY=True)
def reported(request: HttpRequest) -> HttpResponse:
    return HttpResponse("reported")


@decorators.csp_update({"script-src": [NONCE]})
def with_a_nonce(request: Any) -> HttpResponse:
    return HttpResponse(str(request.csp_nonce))


def with_its_header(request: HttpRequest) -> HttpResponse:
    return HttpResponse("file", headers={HEADER: "sandbox"})


@pytest.mark.parametrize("view", [with_maps, framed, of_its_own, exempt, reported, with_its_header])
def test_what_a_view_adds_is_as_django_csp_says(
    view: Callable[[HttpRequest], HttpResponse], rf: RequestFactory
) -> None:
    kept: Any = PolicyMiddleware(view)
    usual: Any = middleware.CSPMiddleware(view)
    for _ in range(2):
        ours, theirs = kept(rf.get("/")), usual(rf.get("/"))
        for header in (HEADER, f"{HEADER}-Report-Only"):
            assert set(ours.get(header, "").split("; ")) == set(theirs.get(header, "").split("; "))


def test_a_nonce_is_of_its_request_alone_and_not_had_afterwards(rf: RequestFactory) -> None:
    kept: Any = PolicyMiddleware(with_a_nonce)
    answers = [kept(rf.get("/")) for _ in range(2)]
    for answer in answers:
        assert f"'nonce-{answer.content.decode()}'" in answer[HEADER]
    assert answers[0][HEADER] != answers[1][HEADER]
    request: Any = rf.get("/")
    PolicyMiddleware(plain)(request)
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)
