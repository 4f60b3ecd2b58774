"""``docs/errors.md`` is made of mistakes: each is done here as it stands there, and so is what mends it."""

from __future__ import annotations

import ast
import linecache
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from itertools import groupby
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from django import forms
from django.apps import apps
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.checks import CheckMessage
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.template import RequestContext, Template
from django.test import Client, RequestFactory, override_settings

from accounts.models import Organization, User
from capsule import Identity, PageRequest, acting_as
from capsule.errors import DOCS, NotDeclared, explained, sentence_of
from capsule.registry import Registry
from capsule.system_checks import anchor_of
from capsule.widgets import Widget
from collections_app import Column, Count, Row, Sum, collection
from collections_app.checks import check_collections, check_models, check_statuses
from collections_app.declaring import collections
from conversations import Files, Message, Session, SessionData, SyncSession, enter, message
from conversations.checks import check_handlers as check_message_handlers
from conversations.checks import check_limits, check_middleware
from conversations.declarations import hooks, message_handlers
from conversations.ownership import begin
from conversations.saying import _suggested
from conversations.sessions import ConversationStore
from declared.checks import check_widgets
from handlers import action, data
from handlers.actions import actions_registry
from handlers.checks import check_actions, check_handlers
from handlers.declarations import handlers_registry
from handlers.fetching import fetch_json
from handlers.outcomes import answer
from handlers.running import HandlerWrites
from pages import link, page, ui
from pages.checks import check_links, check_pages
from pages.declarations import links, pages
from pages.keeping import pack
from pages.rendering import _claim, render_widget
from settings_app import declarations as setting_declarations
from settings_app import setting, settings, values
from settings_app.checks import check_settings
from settings_app.declarations import keep_values_in, settings_registry
from tests.crm.models import Contact, Label, Member, Project, Reminder
from tests.test_architecture import ROOT, modules
from tests.testapp.declared.collections import letters, members, threads, unremembered
from tests.testapp.declared.settings import font_size, show_closed

PAGE = (ROOT / DOCS).read_text()
PLACE = f"<{DOCS}>"  # where the lines of an example stand, for whoever reads its source

# What no lines of an application can do alone is done where it is tested: entry -> the test's file.
ELSEWHERE = {
    "collections_app-e018": "tests/collections_app/test_checks.py",
    "collections_app-w001": "tests/collections_app/test_storage.py",
    "collections_app-w006": "tests/collections_app/test_renaming.py",
    "collections_app-w007": "tests/collections_app/test_changed_types.py",
    "collections_app-e011": "tests/collections_app/test_text.py",
    "collections_app-e012": "tests/collections_app/test_text.py",
    "collections_app-e014": "tests/collections_app/test_search.py",
    "collections_app-w002": "tests/collections_app/test_search.py",
    "handlers-e013": "tests/handlers/test_actions.py",
    "pages-e010": "tests/pages/test_checks.py",
    "capsule_site-e001": "tests/capsule_site/test_settings.py",
    "capsule_site-e002": "tests/capsule_site/test_settings.py",
    "capsule_site-e003": "tests/capsule_site/test_settings.py",
    "invalidjson": "tests/capsule/test_json_values.py",
    "invalidpattern": "tests/collections_app/test_patterns.py",
    "improperlyconfigured": "tests/capsule_site/test_settings.py",
    "notanswered": "tests/pages/test_wizard.py",
    "idtaken": "tests/collections_app/test_history.py",
    "unscopedstatement": "tests/collections_app/test_columns_meanwhile.py",
    "toomanygroups": "tests/collections_app/test_aggregates.py",
    "changedmeanwhile": "tests/settings_app/test_history.py",
    "toocostly": "tests/capsule/test_deadlines.py",
    "timedout": "tests/capsule/test_time_limits.py",
    "busy": "tests/handlers/test_time.py",
    "unavailable": "tests/handlers/test_fetching.py",
    "nofile": "tests/collections_app/files/test_keeping.py",
    "sessionconflict": "tests/conversations/test_merging.py",
    "messagerefused": "tests/conversations/test_admin.py",
    "badreply": "tests/conversations/test_streaming.py",
    "stillstreaming": "tests/conversations/test_streaming.py",
    "replytoolong": "tests/conversations/test_streaming.py",
}
# A warning of ours, and what Django and Python say themselves.
OTHERS = ["handlerwrites", "validationerror", "permissiondenied", "typeerror", "improperlyconfigured"]
# Errors that no developer causes, or that nobody is told of by this text.
WITHOUT_ENTRY = {
    "AnswerInstead": "an answer that takes the place of a page, caught where it is drawn",
    "BadDump": "said by load_documents, with the line of the file",
    "InvitationRefused": "a sentence for the person who was invited",
    "LastAdmin": "a sentence for the person who would leave",
    "NotTaken": "the reply to a person: what an action did not take",
    "NoSeat": "answered 503 by whoever seats",
    "TurnLost": "between a runner and its turn",
    "TurnRefused": "between a runner and its turn; the person reads a sentence",
    "Unanswered": "of one try to fetch; what is raised is FetchFailed",
}


# The page, read -----------------------------------------------------------------------------------------


@dataclass
class Entry:
    """One heading: its anchors, and its examples as (flags, wrong, what is said, right)."""

    group: str
    title: str
    anchors: list[str]
    text: str
    examples: list[tuple[str, str, str, str]] = field(default_factory=list)


EXAMPLE = re.compile(
    r"^```python wrong(?P<flags>[a-z ]*)\n(?P<wrong>.*?)^```\n\n> (?P<said>[^\n]+)\n"
    r"(?:\n```python right[a-z ]*\n(?P<right>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)


def slug(title: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@cache
def entries() -> list[Entry]:
    found: list[Entry] = []
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        group = part.partition("\n")[0]
        pieces = re.split(r"^((?:<a id=\"[\w-]+\"></a>)+\n\n)?### ", part, flags=re.MULTILINE)
        for ids, text in zip(pieces[1::2], pieces[2::2], strict=True):
            title = text.partition("\n")[0]
            anchors = re.findall(r'id="([\w-]+)"', ids or "") or [slug(title)]
            entry = Entry(group, title, anchors, text)
            entry.examples = [
                (one["flags"].strip(), one["wrong"], one["said"], one["right"] or "")
                for one in EXAMPLE.finditer(text)
            ]
            found.append(entry)
    return found


# Where it is tried --------------------------------------------------------------------------------------

REGISTRIES: list[Registry[Any]] = [
    collections, settings_registry, handlers_registry, actions_registry,
    pages, links, message_handlers, hooks,
]  # fmt: skip
CHECKS: list[Callable[..., list[CheckMessage]]] = [
    check_collections, check_models, check_statuses, check_settings, check_handlers, check_actions,
    check_message_handlers, check_limits, check_middleware, check_pages, check_links, check_widgets,
]  # fmt: skip


@contextmanager
def declared_for_now(*, alone: bool) -> Iterator[None]:
    """What is declared within the block is gone after it; ``alone``: nothing else is declared meanwhile."""
    before = [(one, one._declared, one._places) for one in REGISTRIES]
    try:
        for one, declared, places in before:
            one._declared, one._places = ({}, {}) if alone else (dict(declared), dict(places))
        yield
    finally:
        for one, declared, places in before:
            one._declared, one._places = declared, places


@contextmanager
def while_importing() -> Iterator[None]:
    """As while modules are imported: no setting can be read."""
    setting_declarations._stores.clear()
    try:
        yield
    finally:
        keep_values_in(values)


class WhoForm(forms.Form):
    name = forms.CharField()


def draw(request: Any, *widgets: Widget) -> None:
    """On one page, where what goes wrong is not caught by a widget's frame."""
    for widget in widgets:
        _claim(widget.dom_id, widget, request)
        widget.render(request)


@pytest.fixture
def names(alice: User, acme: Organization, rf: RequestFactory) -> dict[str, Any]:
    """What the page takes for granted."""
    request: Any = rf.get("/reports/")
    request.user, request.identity = alice, Identity.of(user=alice, organization=acme)
    request.request_id, request._messages = "the-id", CookieStorage(request)
    request.COOKIES["csrf"] = "c" * 32
    kept = ConversationStore(conversation_id=begin(request.identity).pk)
    request.conversation = type("Conversation", (), {"data": SessionData(kept)})()

    def activity(request: PageRequest, period: Literal["7d", "30d"] = "7d") -> list[dict[str, object]]:
        return [{"day": "Mon", "opened": 5}]

    with declared_for_now(alone=False):
        declared = data("thread_activity_of_errors")(activity)
    own = {
        "Column": Column, "Contact": Contact, "Count": Count, "Files": Files, "Identity": Identity,
        "Label": Label, "Literal": Literal, "Member": Member, "Message": Message, "PageRequest": PageRequest,
        "Project": Project, "Reminder": Reminder, "RequestContext": RequestContext, "Row": Row,
        "Session": Session,
        "Sum": Sum, "SyncSession": SyncSession, "Template": Template, "WhoForm": WhoForm,
        "HttpResponse": HttpResponse,
        "acme": acme, "acting_as": acting_as, "action": action, "activity": declared, "alice": alice,
        "apps": apps, "draw": partial(draw, request),
        "press": lambda pressed: answer(request, pressed, pressed()),
        "session": SimpleNamespace(show_suggestions=_suggested),
        "collection": collection, "data": data, "enter": enter, "fetch_json": fetch_json, "letters": letters,
        "link": link, "members": members, "message": message, "notes": unremembered, "pack": pack,
        "page": page, "request": request, "setting": setting, "settings": settings, "size": font_size,
        "show_closed": show_closed, "threads": threads, "ui": ui,
    }  # fmt: skip
    return {"__name__": "tests.testapp.errors", **own}


def run(lines: str, names: dict[str, Any], flags: str) -> None:
    """Do what stands there, as an application would, and leave nothing behind."""
    own = dict(names)
    names["request"].__dict__.pop("rendered_widgets", None)  # another page
    bound: AbstractContextManager[Any] = nullcontext()
    if "unbound" not in flags:
        bound = acting_as(names["request"].identity)
    imported = while_importing() if "import" in flags else nullcontext()
    with transaction.atomic(), bound, imported, warnings.catch_warnings():
        warnings.simplefilter("error", HandlerWrites)
        linecache.cache[PLACE] = (len(lines), None, lines.splitlines(keepends=True), PLACE)
        exec(compile(lines, PLACE, "exec", dont_inherit=True), own)
        transaction.set_rollback(True)


def messages_of(lines: str, names: dict[str, Any], flags: str) -> list[CheckMessage]:
    """What the checks say of these lines alone."""
    with ExitStack() as stack:
        stack.enter_context(declared_for_now(alone=True))
        if "settings" in flags:
            own: dict[str, Any] = {}
            exec(lines, own)
            stack.enter_context(override_settings(**{k: v for k, v in own.items() if k.isupper()}))
        else:
            run(lines, names, flags)
        return [one for check in CHECKS for one in check(app_configs=None)]


def text_of(error: BaseException) -> str:
    """What a traceback ends with: the error's text, and its notes."""
    return " ".join([str(error), *getattr(error, "__notes__", ())])


GROUPS = [name for name, _entries in groupby(entries(), lambda one: one.group)]


def is_check(anchor: str) -> bool:
    return re.search(r"-[ew]\d{3}$", anchor) is not None


@pytest.mark.trips_the_wire
@pytest.mark.django_db
@pytest.mark.parametrize("group", GROUPS)
def test_each_mistake_is_told_as_the_page_says_and_mended_as_it_says(
    group: str, names: dict[str, Any], settings: Any
) -> None:
    settings.CAPSULE_DOUBTS = True  # as where one builds
    problems: list[str] = []
    for entry in entries():
        for flags, wrong, said, right in entry.examples if entry.group == group else []:
            tried = _checked if is_check(entry.anchors[0]) else _raised
            try:
                tried(entry, flags, wrong, said, right, names)
            except AssertionError as problem:
                problems.append(f"{entry.title}: {problem}")
    assert not problems, "\n".join(["", *problems])


def _checked(entry: Entry, flags: str, wrong: str, said: str, right: str, names: dict[str, Any]) -> None:
    found = messages_of(wrong, names, flags)
    assert {anchor_of(str(one.id)) for one in found} == set(entry.anchors), f"says {found}"
    assert any(said in f"{one.msg} {one.hint}" for one in found), f"says {found}"
    for one in found:
        assert str(one.hint).endswith(f"See {DOCS}#{anchor_of(str(one.id))}"), f"ends otherwise: {one}"
    assert right, "has no lines that are right"
    assert messages_of(right, names, flags) == [], "its mend is a mistake too"


def _raised(entry: Entry, flags: str, wrong: str, said: str, right: str, names: dict[str, Any]) -> None:
    with declared_for_now(alone=False):
        error = _error_of(partial(run, wrong, names, flags))
    text = text_of(error) if error else ""
    assert said in text, f"raises {error!r}"
    if "django" in flags:  # whose errors name no place of ours
        assert type(error).__name__ == entry.title, f"raises {error!r}"
    else:
        anchor = getattr(error, "anchor", "")
        assert anchor in entry.anchors, f"raises {error!r}"
        assert text.endswith(f"See {DOCS}#{anchor}"), f"ends otherwise: {text!r}"
    with declared_for_now(alone=False):
        mended = _error_of(partial(run, right, names, flags))
    assert mended is None, f"its mend is a mistake too: {mended!r}"


def _error_of(done: Callable[[], None]) -> BaseException | None:
    try:
        done()
    except Exception as error:
        return error
    return None


# Which layer? -------------------------------------------------------------------------------------------

LAYERS = {
    "sessiondataerror": ("Records that outlive a conversation belong in a collection.", "#which-layer"),
    "settings_app-e003": (
        "Records belong in a collection(), values computed from others in a",
        "#which-layer",
    ),
    "handlerwrites": ("compute here, write in an action", "handlers.md#it-only-reads"),
    "notready": ("read inside a function: a page, a view, a handler", "inside a function"),
}


@pytest.mark.django_db
def test_where_one_chooses_the_error_says_which_layer(names: dict[str, Any]) -> None:
    """Each is raised above; here, that it says what it has to, and that its entry leads on from there."""
    by_anchor = {entry.anchors[0]: entry for entry in entries()}
    for anchor, (said, onwards) in LAYERS.items():
        entry = by_anchor[anchor]
        flags, wrong, *_more = entry.examples[0]
        if is_check(anchor):
            texts = [str(one.hint) for one in messages_of(wrong, names, flags)]
        else:
            with declared_for_now(alone=False):
                texts = [str(_error_of(partial(run, wrong, names, flags)))]
        assert any(said in text and text.endswith(f"See {DOCS}#{anchor}") for text in texts), texts
        assert onwards in entry.text


# Everything has its entry -------------------------------------------------------------------------------


@cache
def check_ids() -> frozenset[str]:
    """The ids of all checks, as they stand in the code."""
    found = set()
    for name, module in modules().items():
        package = name.split(".")[0]
        for node in ast.walk(module.tree):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and re.fullmatch(r"[EW]\d{3}", value):
                found.add(f"{package}.{value}")
            elif isinstance(value, str) and re.fullmatch(r"[a-z_]+\.[EW]\d{3}", value):
                found |= {value} if value.split(".")[0] in _OURS else set()
            elif name == "settings_app.checks" and isinstance(node, ast.Call) and len(node.args) > 1:
                number = getattr(node.args[1], "value", None)  # _error(setting, 3, ...)
                found |= {f"settings_app.E{number:03}"} if type(number) is int else set()
    return frozenset(found)


_OURS = {name.split(".")[0] for name in modules()}


@cache
def error_classes() -> dict[str, str]:
    """The names of all classes of ``CapsuleError``, and the modules in which they stand."""
    bases = {
        (node.name, name): {ast.unparse(base).split(".")[-1] for base in node.bases}
        for name, module in modules().items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"CapsuleError": "capsule.errors"}
    while more := {one: at for (one, at), of in bases.items() if of & set(found) and one not in found}:
        found |= more
    del found["CapsuleError"]
    return found


def test_every_check_and_every_error_has_its_entry_and_every_entry_its_cause() -> None:
    causes = {anchor_of(id): id.replace(".", " ") for id in check_ids()} | dict.fromkeys(OTHERS, "")
    for name, module in error_classes().items():
        if name not in WITHOUT_ENTRY:
            anchor = getattr(import_module(module), name).anchor
            assert anchor, f"{module}.{name} has no anchor: give it one, and an entry in {DOCS}"
            causes[anchor] = name
    told = {anchor for entry in entries() for anchor in entry.anchors}
    for anchor, cause in causes.items():
        assert anchor in told, f"{cause} has no entry: write a heading '### {cause}' into {DOCS}"
    assert sorted(told - set(causes)) == [], f"in {DOCS}, and nowhere in the code"
    assert set(WITHOUT_ENTRY) <= set(error_classes())


def test_an_error_stands_in_its_entry_by_its_name() -> None:
    by_anchor = {anchor: entry for entry in entries() for anchor in entry.anchors}
    for name, module in error_classes().items():
        anchor = getattr(import_module(module), name).anchor
        if name not in WITHOUT_ENTRY and anchor == name.lower():
            assert name in by_anchor[anchor].text, name


def test_every_entry_is_tried_here_or_where_it_says() -> None:
    tried = {anchor for entry in entries() if entry.examples for anchor in entry.anchors[:1]}
    told = {anchor for entry in entries() for anchor in entry.anchors}
    assert told - tried - set(ELSEWHERE) == set()
    by_anchor = {anchor: entry for entry in entries() for anchor in entry.anchors}
    anchors = {one: getattr(import_module(at), one).anchor for one, at in error_classes().items()}
    for anchor, place in ELSEWHERE.items():
        cause = next((id for id in check_ids() if anchor_of(id) == anchor), None)
        named = [one for one, its in anchors.items() if its == anchor] or [by_anchor[anchor].title]
        words = [cause.split(".")[1]] if cause else named
        assert any(word in (ROOT / place).read_text() for word in words), f"{place}: {anchor}"


def test_an_entry_is_short() -> None:
    for entry in entries():
        assert len(re.sub(r"```.*?```", "", entry.text, flags=re.DOTALL).splitlines()) <= 24, entry.title
        for _flags, wrong, _said, right in entry.examples:
            assert max(len(wrong.splitlines()), len(right.splitlines())) <= 12, entry.title


# The text itself ----------------------------------------------------------------------------------------


def test_a_sentence_for_people_says_nothing_of_the_page() -> None:
    error = NotDeclared("No page is named 'x'.")
    assert str(error) == "No page is named 'x'. See docs/errors.md#notdeclared"
    assert sentence_of(error) == "No page is named 'x'."
    assert sentence_of(PermissionDenied("No.")) == "No."
    assert explained("No.", "") == "No."


def test_an_error_for_people_says_it_beside_its_text() -> None:
    for name, module in error_classes().items():
        kind: Any = getattr(import_module(module), name)
        wanted = [f"See {DOCS}#{kind.anchor}"] if kind.for_people else []
        assert getattr(kind.__new__(kind), "__notes__", []) == wanted, name


ASKED = [
    "/collections/test_threads/?filter=%7B%22status%22%3A%7B%22%24gtt%22%3A1%7D%7D",
    "/collections/test_threads/?filter=%7B%22nothing%22%3A1%7D",
    "/collections/test_threads/?filter=%5B1%5D",
    "/collections/test_threads/?cursor=elsewhere",
    "/collections/test_threads/?sort=nothing",
    "/collections/test_letters/?q=a",
    "/collections/test_letters/?test_letters-q=a",
    "/collections/nothing/",
    "/data/nothing",
    "/settings/nothing/",
]


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_nobody_at_an_address_reads_of_the_page(accept: str, alice_client: Client) -> None:
    for address in ASKED:
        answer = alice_client.get(address, headers={"Accept": accept})
        assert DOCS not in answer.content.decode(), address
        assert answer.status_code < 500, address


@pytest.mark.django_db
def test_nobody_before_a_widget_that_fails_reads_of_the_page(names: dict[str, Any]) -> None:
    request = names["request"]
    mistaken = [
        ui.Table(threads, columns=["nothing"]), ui.Table("nothing"), ui.SettingsPanel("nothing"),
        ui.Chart(threads, x="nothing", y="subject"), ui.Table(threads.all(), key="b", page_size=-1),
        ui.Table(threads), ui.Table(threads),
    ]  # fmt: skip
    with acting_as(request.identity):
        drawn = [str(render_widget(widget, request)) for widget in mistaken]
    assert [DOCS in html for html in drawn] == [False] * len(drawn)
    assert "Give one of them another" in drawn[-1] and "has no column" in drawn[0]


# Plain errors, which name no place ----------------------------------------------------------------------

PLAIN = ("ValueError", "TypeError", "RuntimeError", "LookupError", "KeyError", "IndexError")
# What is caught where it is raised, or is said of what no application does: module -> why.
INTERNAL = {
    "capsule_site.dev.state": "what no page of ours asks for, answered 404",
    "capsule_site.redis_cache": "in Django's own words: a key that a cache has not",
    "accounts.access": "a request without the middleware, which no site has",
    "accounts.managers": "in Django's own words: create_user without an address",
    "capsule.formats.numbers": "caught by the type of a column, which says it with its column",
    "collections_app.dump_lines": "caught line by line, and said with the line",
    "collections_app.dumping": "caught line by line, and said with the line",
    "collections_app.history.carrying": "caught line by line, and said with the line",
    "collections_app.files.carrying": "caught line by line, and said with the line",
    "collections_app.models": "a model of the house, which no application writes",
    "collections_app.queries.expressions": "a key past every door, which none lets through",
    "collections_app.queries.query": "Python's own protocol: a sequence ends with an IndexError",
    "collections_app.queries.sql": "a template of the house that has other parts",
    "collections_app.queries.tagging": "a key past every door, which none lets through",
    "collections_app.storage.managers": "the house's own managers",
    "collections_app.storage.unique_indexes": "a key past every door, which none lets through",
    "collections_app.tables.linking": "why a metric has no link, caught and said by it",
    "collections_app.updates.results": "Python's own protocol: a result reads as a dict",
    "conversations.answering": "sys.exit() in a handler: logged, and the person reads a sentence",
    "conversations.sessions": "the house's own store",
    "handlers.readers": "why an annotation cannot be read, caught and said by a check",
    "handlers.running": "sys.exit() in a handler: logged, and the person reads a sentence",
    "live.tokens": "the house's own names of topics",
    "pages.gallery.states": "the house's own gallery",
    "pages.wizards.files": "a file that is gone between two statements",
}


def _is_for_people(call: ast.Call) -> bool:
    """Whether its text is a translated sentence: what a form or an address says."""
    return "gettext" in ast.unparse(call) or "_(" in ast.unparse(call)


def test_what_an_application_can_cause_is_an_error_with_a_place() -> None:
    found: dict[str, list[int]] = {}
    for name, module in modules().items():
        if name.split(".")[0] in ("demo", "capsule_testing"):
            continue
        for node in ast.walk(module.tree):
            made = getattr(node, "exc", None) if isinstance(node, ast.Raise) else getattr(node, "value", None)
            if not isinstance(node, (ast.Raise, ast.Return)) or not isinstance(made, ast.Call):
                continue
            if getattr(made.func, "id", "") in PLAIN and not _is_for_people(made):
                found.setdefault(name, []).append(node.lineno)
    assert set(found) - set(INTERNAL) == set(), {name: found[name] for name in set(found) - set(INTERNAL)}
    assert set(INTERNAL) <= set(found)
