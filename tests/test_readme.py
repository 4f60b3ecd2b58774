"""What the README shows, runs: pasted into one declarations.py it declares, is shown and answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client, override_settings
from django.urls import include, path

from accounts.models import Organization
from capsule import Identity
from capsule.registry import Registry
from capsule_site import urls as site_urls
from collections_app.declaring import collections
from collections_app.storage.building import build_model
from collections_app.storage.syncing import apply
from conversations.declarations import message_handlers
from handlers.declarations import handlers_registry
from pages import urls as page_urls
from pages.declarations import pages
from pages.urls import patterns_of
from settings_app.declarations import settings_registry

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
REGISTRIES: tuple[Registry[Any], ...] = (
    collections, handlers_registry, message_handlers, pages, settings_registry,
)  # fmt: skip


@pytest.fixture
def pasted(transactional_db: None) -> Iterator[dict[str, Any]]:
    """The README's snippets, declared for one test."""
    before = [set(registry.names()) for registry in REGISTRIES]
    names: dict[str, Any] = {"__name__": "tests.testapp.pasted"}
    for snippet in SNIPPETS:
        exec(compile("from __future__ import annotations\n" + snippet, "README.md", "exec"), names)
    build_model(names["tickets"].declaration)
    apply(verbosity=0)
    yield names
    for registry, known in zip(REGISTRIES, before, strict=True):
        for name in set(registry.names()) - known:
            del registry._declared[name], registry._places[name]
    del apps.get_app_config("collections_store").models["tickets"]
    apps.clear_cache()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE capsule_c_tickets")


def test_the_page_shows_what_was_inserted_to_its_owner_alone(
    pasted: dict[str, Any], alice_client: Client, charlie_client: Client, acme: Organization
) -> None:
    pasted["tickets"].in_scope_of(_identity(alice_client)).insert_one({"subject": "Printer on fire"})
    shown = patterns_of(pages.get("ticket_overview"))
    # As the site's own, the page declared just now included: of two equal name-spaces the first one counts.
    addresses = [path("", include(([*shown, *page_urls.urlpatterns], "pages"))), *site_urls.urlpatterns]
    with override_settings(ROOT_URLCONF=type("Pasted", (), {"urlpatterns": addresses})):
        mine = alice_client.get("/ticket-overview/").content.decode()
        theirs = charlie_client.get("/ticket-overview/").content.decode()
        assert "Printer on fire" in mine
        assert "Show closed tickets" in mine
        assert 'id="select-period"' in mine
        assert "Printer on fire" not in theirs
        answered = alice_client.get("/data/ticket_activity?period=7d")
        assert answered.json() == [{"day": "Mon", "opened": 5, "closed": 3}]


def _identity(client: Client) -> Identity:
    session = client.session
    return Identity(user_id=session["_auth_user_id"], organization_id=session["organization"])


def test_every_file_that_it_links_exists() -> None:
    root = Path(__file__).resolve().parent.parent
    linked = re.findall(r"\]\(([\w/.-]+)\)", README)
    assert linked
    assert [name for name in linked if not (root / name).exists()] == []


def test_every_picture_is_shown_with_its_words_and_all_are_small() -> None:
    root = Path(__file__).resolve().parent.parent
    shown = set()
    for page in (root / "README.md", *(root / "docs").glob("*.md")):
        text = page.read_text()
        pairs = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", text)
        pairs += [(words, name) for name, words in re.findall(r'<img src="([^"]+)"[^>]* alt="([^"]+)"', text)]
        assert len(pairs) == text.count("![") + text.count("<img "), f"{page.name}: a picture without words"
        shown |= {(page.parent / name).resolve() for _words, name in pairs}
    pictures = set((root / "docs" / "images").iterdir())
    assert shown == pictures
    assert sum(picture.stat().st_size for picture in pictures) < 1_200_000
