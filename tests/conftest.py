"""Three names carry the whole permission story: alice and bob share Acme, charlie is a stranger.

alice is Acme's admin, bob a member, dana a superuser in no organisation.
"""

from __future__ import annotations

import gc
import json
import os
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch
from zlib import crc32

import pytest
from django.template import Template
from django.test import Client
from django.test.utils import instrumented_test_render  # type: ignore[attr-defined]
from django.utils.regex_helper import normalize
from hypothesis import settings as hypothesis_settings

from accounts.active import ORGANIZATION_KEY
from accounts.models import Membership, Organization, Role, User
from capsule_testing.people import PASSWORD as PASSWORD  # the suites take it from here
from live.keeping import forget_all
from tests.databases import DATABASES

# No test is about the clock: a busy machine would decide.
hypothesis_settings.register_profile("suites", deadline=None)
hypothesis_settings.load_profile("suites")

# Of what only shows, one in so many is tried on PostgreSQL: enough to see that each part runs there.
SAMPLE = 8
# Of a test that tries the same on more cases than these, `make test` takes one in so many.
MANY = 8
PART = 4
# The parts that have no statement of their own.
SHOWING = ("acceptance", "access", "capsule_testing", "declared", "demo", "handlers", "pages")
WITHOUT_SQL = tuple(f"tests/{part}/" for part in SHOWING)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded by now stays until the end: looking through it for garbage took a fifth of the run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before the markers choose
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks a database is marked so: the rest is the same on every one, and need not run on each."""
    more = more_cases([item.nodeid for item in items])
    for item in items:
        if asks_a_database(item):
            item.add_marker("database")
        if item.nodeid in more:
            item.add_marker("thorough")


def more_cases(nodes: Iterable[str]) -> set[str]:
    """The cases of a test of ours that `make test` leaves out; those of an application all run."""
    by_test: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        if node.startswith("tests/"):
            by_test[node.partition("[")[0]].append(node)
    many = (sorted(cases) for cases in by_test.values() if len(cases) > MANY)
    return {case for cases in many for at, case in enumerate(cases) if at % PART}


def asks_a_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("alike"):
        return False
    if asks_for_pages(item) and not item.get_closest_marker("differs") and not is_of_the_sample(item):
        return False
    if item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(item.fixturenames):  # type: ignore[attr-defined]
        return True
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return any(isinstance(one, str) and one in DATABASES for one in parameters)


def asks_for_pages(item: pytest.Item) -> bool:
    """Whether it is about what is made of an answer of the database: a page, JSON, a refusal.

    The statements behind it are of layers below, which are all tried themselves on every database.
    What commits is never about pages alone.
    """
    fixtures: list[str] = item.fixturenames  # type: ignore[attr-defined]
    asked = item.get_closest_marker("django_db")
    if "transactional_db" in fixtures or (asked and asked.kwargs.get("transaction")):
        return False
    return item.nodeid.startswith(WITHOUT_SQL) or any(one.endswith("client") for one in fixtures)


def is_of_the_sample(item: pytest.Item) -> bool:
    """The same in each run."""
    return crc32(item.nodeid.encode()) % SAMPLE == 0


@pytest.fixture(scope="session", autouse=True)
def templates_are_drawn_as_on_the_site() -> Iterator[None]:
    """Django's client copies the context of each template for ``response.context``, of forty for one page.

    That is a tenth of all pages, and who reads it asks for ``contexts``.
    """
    with patch.object(Template, "_render", lambda self, context: self.nodelist.render(context)):
        yield


@pytest.fixture
def contexts() -> Iterator[None]:
    """Answers to Django's client have a ``context``."""
    with patch.object(Template, "_render", instrumented_test_render):
        yield


@pytest.fixture(scope="session", autouse=True)
def patterns_of_addresses_are_read_once() -> Iterator[None]:
    """A test with addresses of its own makes Django read all of the site's again, in each language."""
    with patch("django.urls.resolvers.normalize", cache(normalize)):
        yield


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Says the figure that a claim of ``docs/proofs.md`` came to; ``make prove`` collects it."""

    def say(result: str) -> None:
        if "PROOFS" in os.environ:
            with Path(os.environ["PROOFS"]).open("a") as file:
                file.write(json.dumps({"test": request.node.nodeid, "result": result}) + "\n")

    return say


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the run: the same for each of its processes."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is kept, as outside of a transaction: that of an ordinary test does not count."""
    forget_all()
    monkeypatch.setattr("live.keeping.within_transaction", lambda: False)
    yield
    forget_all()


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.com", PASSWORD, name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.com", PASSWORD, name="Bob")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.com", PASSWORD, name="Charlie")


@pytest.fixture
def dana(db: None) -> User:
    return User.objects.create_superuser("dana@example.com", PASSWORD, name="Dana")


@pytest.fixture
def acme(alice: User, bob: User) -> Organization:
    organization = Organization.objects.create(name="Acme", slug="acme")
    Membership.objects.create(organization=organization, user=alice, role=Role.ADMIN)
    Membership.objects.create(organization=organization, user=bob, role=Role.MEMBER)
    return organization


def signed_in(user: User, organization: Organization | None = None) -> Client:
    """A client signed in as ``user``, with ``organization`` active."""
    client = Client()
    client.force_login(user, backend="accounts.backends.AccountBackend")
    if organization is not None:
        session = client.session
        session[ORGANIZATION_KEY] = str(organization.pk)
        session.save()
    return client


@pytest.fixture
def alice_client(alice: User, acme: Organization) -> Client:
    return signed_in(alice, acme)


@pytest.fixture
def bob_client(bob: User, acme: Organization) -> Client:
    return signed_in(bob, acme)


@pytest.fixture
def charlie_client(charlie: User) -> Client:
    return signed_in(charlie)


@pytest.fixture
def dana_client(dana: User) -> Client:
    return signed_in(dana)
