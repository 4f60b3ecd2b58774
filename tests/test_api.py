"""``docs/api.md`` is all that an application is written with: it names everything, and what it shows runs."""

from __future__ import annotations

import inspect
import re
import shlex
import sys
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import clear_url_caches, include, path

from accounts.models import Membership, Organization, Role, User
from capsule import acting_as
from capsule.errors import DOCS
from capsule_testing import Browser, declared
from collections_app import Collection
from collections_app.declarations import COLUMN_TYPES
from collections_app.queries.lookups import LOOKUPS
from collections_app.queries.mongo import GROUPS, LEGAL
from collections_app.updates.parsing import OPERATORS, PUSH_MODIFIERS
from pages.templatetags.capsule import register
from scripts.reference.api import FILE, written_api
from scripts.reference.public import Shown, all_shown, is_error, is_made_by_applications, members_of
from scripts.reference.tables import OF_DJANGO, commands
from settings_app import settings as settings_by_name
from settings_app.snapshots import process_memory
from tests.test_architecture import ROOT

PAGE = FILE.read_text()
WORDS = set(re.findall(r"\w+", PAGE))
# Where each stands, and its code, with as many empty lines before it as there are on the page.
SNIPPETS = [
    (match[1], "\n" * PAGE.count("\n", 0, match.start(2)) + match[2])
    for match in re.finditer(r"```python\n# ([^\n]+)\n(.*?)```", PAGE, re.DOTALL)
]
_BEGIN, COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
TEMPLATE = re.findall(r"```django\n(.*?)```", PAGE, re.DOTALL)[0]
DECLARATIONS, VIEWS, URLS = (f"workshop/{name}.py" for name in ("declarations", "views", "urls"))
TESTS, ACTING = "workshop/tests/test_workshop.py", "where somebody acts"
LONGEST = 1175  # lines: it is to be read in one go


# What it names ------------------------------------------------------------------------------------------


def test_what_is_made_in_it_is_what_the_code_says() -> None:
    assert written_api() == PAGE, "Run `make reference`, and commit docs/api.md."
    assert PAGE.count("\n") < LONGEST


def test_every_public_name_and_every_argument_stands_there() -> None:
    names = {one.name for one in all_shown() if one.module != "pages.ui"}
    widgets = {one.name for one in all_shown() if one.module == "pages.ui"}
    missing = {f"{one.name}({name}=)" for one in all_shown() for name in arguments(one) - WORDS}
    missing |= (names - WORDS) | {name for name in widgets if not re.search(rf"\bui\.{name}\(", PAGE)}
    assert missing == set()


def arguments(one: Shown) -> set[str]:
    """The names of all that a public name, and each of its public methods, takes."""
    called = [one.thing] if callable(one.thing) and not isinstance(one.thing, type) else []
    if isinstance(one.thing, type):
        called += [one.thing] if is_made_by_applications(one) and not is_error(one.thing) else []
        called += [member.function for member in members_of(one.thing)]
        if one.module in ("collections_app.columns", "capsule.widgets", "collections_app.modelled.searching"):
            return set()  # for whoever writes a type, a widget or an index: the guides have these
    return {
        parameter.name
        for function in called
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in ("self", "cls")
    }


def test_every_type_operator_lookup_tag_and_command_stands_there() -> None:
    tags = {*register.tags, *register.filters}
    words = {
        *COLUMN_TYPES,
        *LOOKUPS,
        *tags,
        *(name for name, _command in commands() if name not in OF_DJANGO),
    }
    assert words - WORDS == set()
    operators = {*LEGAL, *GROUPS, *OPERATORS, *PUSH_MODIFIERS}
    assert {one for one in operators if not re.search(rf"{re.escape(one)}\b", PAGE)} == set()


def test_every_error_that_has_an_entry_stands_there() -> None:
    titles = re.findall(r"^### (.+)$", (ROOT / DOCS).read_text(), re.MULTILINE)
    errors = {word for title in titles for word in title.split() if not re.search(r"^[EW]\d{3}$", word)}
    assert {one for one in errors if one[0].isupper()} - WORDS == set()


# What it shows ------------------------------------------------------------------------------------------


def test_every_snippet_says_where_it_stands() -> None:
    assert len(SNIPPETS) == PAGE.count("```python\n") > 20
    assert {place for place, _code in SNIPPETS} == {DECLARATIONS, VIEWS, URLS, TESTS, ACTING}


def executed(place: str, names: dict[str, Any]) -> dict[str, Any]:
    """All that stands in one file, in its order."""
    for where, code in SNIPPETS:
        if where == place:
            exec(compile(code, "docs/api.md", "exec", dont_inherit=True), names)
    return names


def application() -> dict[str, ModuleType]:
    """The files of the page as modules, ready to be imported."""
    made: dict[str, ModuleType] = {}
    sys.modules["workshop"] = ModuleType("workshop")
    for place in (DECLARATIONS, VIEWS, URLS):
        name = place.removesuffix(".py").replace("/", ".")
        module = sys.modules[name] = made[name] = ModuleType(name)
        # What is declared belongs to an app that is installed; that of the suites has the place of workshop/.
        vars(module)["__name__"] = "tests.testapp.workshop"
        executed(place, vars(module))
    return made


@pytest.fixture
def workshop(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    for name in ("workshop", "workshop.declarations", "workshop.views", "workshop.urls"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    with declared(application) as made:
        yield made


def test_it_runs_as_it_stands(
    workshop: dict[str, ModuleType],
    alice: User,
    acme: Organization,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """In one test, for its tables are made once: each snippet and each test in a transaction of its own."""
    the_checks_pass()
    names = {**vars(workshop["workshop.declarations"]), "__name__": "tests.testapp.workshop", "date": date}
    with transaction.atomic(), acting_as(user=alice, organization=acme):
        executed(ACTING, names)
        transaction.set_rollback(True)
    process_memory.clear()
    found = executed(TESTS, {"__name__": "workshop.tests"})
    tests = [one for name, one in found.items() if name.startswith("test_")]
    assert len(tests) == PAGE.count("\ndef test_") > 4
    for test in tests:
        with transaction.atomic():
            test(**{name: request.getfixturevalue(name) for name in inspect.signature(test).parameters})
            transaction.set_rollback(True)
        process_memory.clear()
    the_views_answer(workshop, alice)
    monkeypatch.chdir(tmp_path)
    the_commands_do(tmp_path, workshop["workshop.declarations"].repairs)


def the_checks_pass() -> None:
    problems: list[CheckMessage] = [
        one for one in run_checks() if "workshop" in f"{one.obj} {one.msg}" or "shop_" in f"{one.msg}"
    ]
    assert problems == []


def the_commands_do(folder: Path, repairs: Collection) -> None:
    """What is typed, on a file and for a person as it names them."""
    (folder / "bicycles.csv").write_text("bicycle,hours\nTandem,3\n")
    bikes = Organization.objects.create(name="Bikes", slug="bikes")
    ana = User.objects.create_user("ana@example.com", name="Ana")
    Membership.objects.create(organization=bikes, user=ana, role=Role.ADMIN)
    typed = [line.partition(" # ")[0] for line in COMMANDS.splitlines()]
    assert len(typed) == 3
    for line in typed:
        call_command(*shlex.split(line)[2:], stdout=StringIO())
    with acting_as(user=ana, organization=bikes):
        assert repairs.all().one()["hours"] == 3
        assert settings_by_name.get("shop_rate") == 50


def the_views_answer(workshop: dict[str, ModuleType], alice: User) -> None:
    """The page's own views, at its addresses, with its template."""
    own = workshop["workshop.urls"]
    patterns = [
        path("", include((own.urlpatterns, own.app_name))),
        *import_module(settings.ROOT_URLCONF).urlpatterns,
    ]
    templates = [{**settings.TEMPLATES[0], "APP_DIRS": False}]
    loaders = [
        ("django.template.loaders.locmem.Loader", {"workshop/board.html": TEMPLATE}),
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ]
    templates[0]["OPTIONS"] = {**settings.TEMPLATES[0]["OPTIONS"], "loaders": loaders}
    with override_settings(ROOT_URLCONF=type("Workshop", (), {"urlpatterns": patterns}), TEMPLATES=templates):
        clear_url_caches()
        browser = Browser(alice)
        board = browser.open("/board/")
        assert board.errors == [] and board.title == "Board"
        assert board.metric("Repairs").value == 0 and board.table("repairs").rows == []
        browser.post("/bell/", {"tone": "dong", "next": "/bell/"})
        assert browser.open("/bell/").text == "1 times"
        assert browser.open("/due/?days=3", headers={"Accept": "application/json"}).json == {
            "days": 3,
            "repairs": 0,
        }
        for page in (
            "/workshop/",
            "/find-repairs/",
            "/everything/",
            "/wishes/",
            "/talk-page/",
            "/take-in-page/",
        ):
            assert browser.open(page).errors == [], page


@pytest.mark.django_db
def test_a_program_signs_in_and_writes_as_it_says(alice: User, alice_client: Client) -> None:
    alice.set_password("six brass bells ring")
    alice.save()
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in/")
    typed = {"username": alice.email, "password": "six brass bells ring"}
    signed_in = client.post("/sign-in/", typed, headers=token_of(client))
    assert signed_in.status_code == 302 and {"sid", "csrf"} <= signed_in.cookies.keys()
    sent: dict[str, Any] = {"data": {"subject": "Said"}, "content_type": "application/json"}
    added = client.post("/collections/test_threads/", **sent, headers=token_of(client))
    assert added.status_code == 201
    address = f"/collections/test_threads/{added.json()['_id']}/"
    for version, status in (("1", 400), ('"7"', 412), ('"1"', 200)):
        wanted = {**token_of(client), "If-Match": version}
        assert client.patch(address, **sent, headers=wanted).status_code == status
    assert client.post("/collections/test_threads/", **sent).status_code == 403
    for accept, kind in ((None, "json"), ("*/*", "json"), ("text/html,*/*;q=0.8", "html")):
        asked = alice_client.get("/data/activity", headers={"Accept": accept} if accept else {})
        assert kind in asked["Content-Type"]


def token_of(client: Client) -> dict[str, str]:
    """What each write of a program carries."""
    return {"X-CSRFToken": client.cookies["csrf"].value}
