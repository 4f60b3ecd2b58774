from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from capsule.identity import Identity
from capsule.registry import Registry
from capsule.widgets import Widget
from pages import declarations
from pages.declarations import Link, PageDeclaration
from pages.rendering import render_widget
from tests.testapp.declared.pages import EVALUATED

MakeRequest = Callable[..., HttpRequest]
Render = Callable[..., str]


@pytest.fixture
def make_request(rf: RequestFactory) -> MakeRequest:
    """A request as a page's function sees it, from nobody, without a database."""

    def make(path: str = "/somewhere/", **headers: str) -> HttpRequest:
        request = rf.get(path, headers=headers)
        request.user = AnonymousUser()
        request.identity = Identity()  # type: ignore[attr-defined]
        request.request_id = "the-id"  # type: ignore[attr-defined]
        request.COOKIES["csrf"] = "c" * 32
        return request

    return make


@pytest.fixture
def render(make_request: MakeRequest) -> Render:
    """A widget's HTML."""

    def rendered(widget: Widget, path: str = "/somewhere/") -> str:
        return str(render_widget(widget, make_request(path)))

    return rendered


@pytest.fixture(autouse=True)
def evaluated() -> Iterator[None]:
    EVALUATED.clear()
    yield
    EVALUATED.clear()


@pytest.fixture
def declared_pages(monkeypatch: pytest.MonkeyPatch) -> Registry[PageDeclaration]:
    """A site where nothing is declared, for the pages and links that a test puts into it."""
    pages: Registry[PageDeclaration] = Registry("page")
    links: Registry[Link] = Registry("link")
    monkeypatch.setattr(declarations, "pages", pages)
    monkeypatch.setattr(declarations, "links", links)
    return pages
