"""A small desk: the demo's own seed, with fewer records."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Organization, User
from capsule_testing import as_user
from collections_app import Row
from demo import seed
from demo.declarations import threads
from tests.browser.harness import browser_page, chromium, chromium_path, second_server
from tests.conftest import signed_in
from tests.serving import Site, prepared

__all__ = [
    "browser_page",
    "chromium",
    "chromium_path",
    "client_of",
    "desk",
    "person",
    "second_server",
    "server",
]

FEW_THREADS = 60
FEW_CONTACTS = 12
FEW_PACKAGES = 40


@pytest.fixture
def desk(db: None, monkeypatch: pytest.MonkeyPatch) -> Organization:
    """The demo with 60 threads of Acme Support."""
    all_packages = seed.packaged
    monkeypatch.setattr(seed, "THREADS", FEW_THREADS)
    monkeypatch.setattr(seed, "CONTACTS", FEW_CONTACTS)
    monkeypatch.setattr(seed, "packaged", lambda: islice(all_packages(), FEW_PACKAGES))
    seed.seed(lambda sentence: None)
    return Organization.objects.get(slug="acme-support")


@pytest.fixture
def alice(desk: Organization) -> User:
    return User.objects.get(name="Alice")


@pytest.fixture
def bob(desk: Organization) -> User:
    return User.objects.get(name="Bob")


@pytest.fixture
def charlie(desk: Organization) -> User:
    return User.objects.get(name="Charlie")


@pytest.fixture
def row(alice: User) -> Row:
    """One open thread of Acme Support."""
    with as_user(alice):
        found = threads.find_one({"status": "open"})
        assert found is not None
        found.patch({"priority": 1, "assignee": None})
        return found


def person(name: str) -> User | None:
    """One of the demo's people, by their name, or nobody: for ``page(url, as_=person("alice"))``."""
    return None if name == "nobody" else User.objects.get(email=f"{name}@example.com")


def client_of(name: str, acme: Organization) -> Client:
    """A client signed in as one of the demo's people, or as nobody."""
    if name == "nobody":
        return Client()
    organization = acme if seed.PEOPLE[name] is not None else None
    return signed_in(User.objects.get(email=f"{name}@example.com"), organization)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Site]:
    """The site as `make run` serves it: the demo was loaded because the database was empty."""
    folder = tmp_path_factory.mktemp("demo") / "var"
    with prepared(Site(folder, log="demo", DJANGO_SETTINGS_MODULE="tests.demo.settings"), shared) as site:
        assert "Alice, Bob, Charlie, Dana" in site.output
        yield site
    assert "Traceback" not in site.output, site.output
