"""``docs/django.md``: its snippets make one app, whose template is drawn and whose tests pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import include, path

from accounts.models import Organization, User
from capsule import acting_as
from capsule.registry import Registry
from collections_app.declaring import collections
from handlers.declarations import handlers_registry
from pages import urls as page_urls
from pages.declarations import PageDeclaration
from pages.urls import patterns_of
from settings_app.declarations import settings_registry
from tests.pages.conftest import MakeRequest

PAGE = (settings.BASE_DIR / "docs" / "django.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
TEMPLATES = re.findall(r"```django\n(.*?)```", PAGE, re.DOTALL)
WIDGETS = ("metric-companies", "chart-doc_activity", "setting-doc_show_all", "table-doc_companies")
REGISTRIES: tuple[Registry[Any], ...] = (collections, handlers_registry, settings_registry)


@pytest.fixture
def app(declared_pages: Registry[PageDeclaration], db: None) -> Iterator[dict[str, Any]]:
    """What the snippets declare, for one test."""
    before = [set(registry.names()) for registry in REGISTRIES]
    names: dict[str, Any] = {"__name__": "tests.testapp.plain.docs"}
    for snippet in PYTHON:
        exec(compile(snippet, "docs/django.md", "exec", dont_inherit=True), names)
    yield names
    for registry, known in zip(REGISTRIES, before, strict=True):
        for name in set(registry.names()) - known:
            del registry._declared[name], registry._places[name]


def test_the_snippets_make_an_app(
    app: dict[str, Any],
    declared_pages: Registry[PageDeclaration],
    admin_client: Client,
    bob_client: Client,
    client: Client,
    bob: User,
    acme: Organization,
    tmp_path: Path,
) -> None:
    for name, source in {"board": TEMPLATES[0], "new": "{% load capsule %}{% form form %}"}.items():
        (tmp_path / "desk").mkdir(exist_ok=True)
        (tmp_path / "desk" / f"{name}.html").write_text(source)
    [engine] = settings.TEMPLATES
    found_here = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]
    addresses = [*app["urlpatterns"], path("board/", app["board"]), path("new/", app["new"])]
    shown = [pattern for one in declared_pages for pattern in patterns_of(one)]
    # Of two equal name-spaces the first one counts.
    pages = path("", include(([*shown, *page_urls.urlpatterns], "pages")))
    site = [*addresses, pages, path("", include("tests.urls"))]
    with override_settings(ROOT_URLCONF=type("Docs", (), {"urlpatterns": site}), TEMPLATES=found_here):
        for address in ("/board/", "/doc-reports/", "/docsummary/"):
            html = admin_client.get(address).content.decode()
            for widget in WIDGETS:
                assert f'id="{widget}"' in html, (address, widget)
            assert "widget-notice" not in html, address
        headers = {"HX-Request": "true", "HX-Target": "section#table-doc_companies"}
        assert "Acme" in bob_client.get("/board/?doc_companies-sort=-name", headers=headers).content.decode()
        assert client.get("/board/", headers=headers).status_code in (302, 401)
        assert bob_client.get("/activity/?period=30d").json() == [{"day": "Mon", "opened": 30}]
        assert bob_client.get("/activity/?period=8d").status_code == 400
        assert client.get("/activity/").status_code == 401
        assert bob_client.get("/load/?times=2").json() == {"hours": 16}
        assert bob_client.post("/new/", {"subject": ""}).status_code == 422
        app["test_the_address"](admin_client)
    app["test_the_function"]()


def test_what_stands_beside_them(
    app: dict[str, Any],
    declared_pages: Registry[PageDeclaration],
    make_request: MakeRequest,
    bob: User,
    acme: Organization,
) -> None:
    assert declared_pages.names() == ["doc_reports", "DocSummary"]
    assert declared_pages.get("doc_reports").access == "staff"
    with acting_as(user=bob, organization=acme):
        assert "ACME" in app["drawn"].render(make_request())


def test_every_heading_that_the_table_names_is_there() -> None:
    headings = {
        re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in re.findall(r"^## (.*)$", PAGE, re.M)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) == headings
