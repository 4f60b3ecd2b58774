"""What is public: which names stand on which page, and which of their members are the house's own."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Model

from capsule.widgets import Widget
from scripts.reference.signatures import annotation

OURS = (
    "accounts", "capsule", "capsule_testing", "collections_app", "conversations", "handlers", "live", "pages",
    "settings_app",
)  # fmt: skip

# Members without an underscore that are for the house's other modules, and for no application.
INTERNAL: dict[str, set[str]] = {
    "accounts.models.User": {"get_full_name", "get_short_name", "get_session_auth_hash", "save"},
    "capsule.date_ranges.DateRange": {"digest_key", "start", "end", "written"},
    "capsule.identity.Identity": {"resuming"},
    "capsule.widgets.Widget": {"digest", "gives_back", "refreshed_every"},
    "capsule_testing.browsing.Page": {"main", "person_name", "root"},
    "capsule_testing.forms.Form": {"buttons", "called", "names", "send"},
    "capsule_testing.tables.Cell": {"of"},
    "capsule_testing.tables.Table": {"headings", "keys"},
    "capsule_testing.widgets.Parameter": {"asked"},
    "collections_app.handle.Collection": {
        "by_scope", "chunks_of", "cleaner", "digest_key", "in_force", "insert_clean", "is_of_nobody",
        "is_of_whoever_acts", "looked_through", "model", "number", "one_scope", "place_values",
        "placed_rows", "queryset", "reading", "reversed_order", "rows_of", "scope_key", "scope_read",
        "scoped_queryset", "topics", "writer",
    },
    "collections_app.modelled.searching.SearchedText": {"as_postgresql"},
    "collections_app.queries.query.Query": {"is_sliced", "queryset"},
    "conversations.data.SessionData": {"pending"},
    "conversations.files.Files": {"accept", "column", "limit", "words"},
    "conversations.files.MessageFile": {"as_json"},
    "handlers.actions.Action": {"admit", "digest_key", "done", "form_class", "parameters", "sent"},
    "handlers.declarations.Handler": {"digest_key", "parameters", "parameters_of", "plain", "settled"},
    "live.changes.Changes": {"end_with"},
    "pages.wizards.answers.Answers": {"add"},
    "settings_app.declarations.Setting": {"app_label", "digest_key", "kind", "layers"},
}  # fmt: skip
# Of a widget an application gives arguments, and calls nothing but this.
CALLED_WIDGETS = {"ChatPanel": {"data"}}
# Of what one is given, those whose fields are there to be read.
READ_FIELDS = {
    "Change", "Columns", "DeleteResult", "Entry", "Message", "MessageFile", "Origin", "UpdateResult",
    "ConversationRequest", "CurrentConversation", "PageRequest", "Reply",
    "Session", "SyncSession", "collections_app.Page",
}  # fmt: skip


class Shown(NamedTuple):
    """A public name: the module that one imports it from, and what it is."""

    module: str
    name: str
    thing: Any

    @property
    def imported(self) -> str:
        """The line that imports it."""
        return f"from {self.module} import {self.name}"


class Member(NamedTuple):
    """A public method or property of a class."""

    name: str
    function: Any
    is_property: bool
    has_twin: bool  # an async one, with ``a`` before its name


@dataclass(frozen=True)
class Source:
    """A module, and which of its names are public: all that it exports, unless they are named."""

    module: str
    names: tuple[str, ...] = ()

    @cached_property
    def shown(self) -> list[Shown]:
        """Its public names, in the order of the alphabet where it exports them."""
        module = import_module(self.module)
        names = self.names or tuple(sorted(module.__all__, key=str.lower))
        found = [Shown(self.module, name, getattr(module, name)) for name in names]
        return [one for one in found if not isinstance(one.thing, ModuleType)]


# By page: what stands on it, in its order.
PAGES: dict[str, tuple[Source, ...]] = {
    "identity.md": (
        Source("capsule"),
        Source("capsule.http", ("safe_next",)),
        Source("capsule.sources", ("coming_from",)),
        Source("capsule.time_limits", ("check_time",)),
        Source("capsule.watching", ("question",)),
        Source("accounts.models", ("User", "Organization", "Membership", "Role")),
        Source("accounts.roles", ("is_organization_admin", "may_manage_owner", "role_in")),
        Source("accounts.versions", ("access_changed",)),
    ),
    "collections.md": (
        Source("collections_app"),
        Source("collections_app.columns", ("ColumnType", "column_type")),
        Source("collections_app.modelled.searching", ("SearchedText",)),
    ),
    "handlers.md": (
        Source("handlers"),
        Source("handlers.fetching", ("fetch_json", "afetch_json")),
        Source("handlers.running", ("HandlerWrites",)),
    ),
    "settings.md": (Source("settings_app"),),
    "conversations.md": (
        Source("conversations"),
        Source("conversations.sessions", ("ConversationStore",)),
    ),
    "pages.md": (
        Source("pages"),
        Source("pages.parameters", ("parameter_of",)),
        Source("pages.rendering", ("render_widget",)),
        Source("pages.row_actions", ("row_address",)),
        Source("pages.icons", ("icon",)),
        Source("capsule.widgets", ("Widget",)),
    ),
    "widgets.md": (Source("pages.ui"),),
    "live.md": (
        Source("live"),
        Source("live.changes", ("changes", "Changes")),
        Source("live.tracking", ("note", "tracking", "Reads")),
        Source("live.marking", ("live_element",)),
        Source("live.keeping", ("Keeper",)),
    ),
    "testing.md": (
        Source("capsule_testing"),
        Source("capsule_testing.tables", ("Table", "Row", "Cell")),
        Source("capsule_testing.widgets", ("Metric", "Chart", "Setting", "Parameter")),
        Source("capsule_testing.forms", ("Form", "Button", "Link")),
        Source("capsule_testing.chats", ("Chat",)),
        Source("capsule_testing.talking", ("Talk", "Answer", "Reply")),
        Source("capsule_testing.watching", ("Announced",)),
        Source("capsule_testing.live", ("LiveBrowser",)),
    ),
}


def all_shown() -> Iterator[Shown]:
    """Every public name."""
    for sources in PAGES.values():
        for source in sources:
            yield from source.shown


def members_of(kind: type) -> list[Member]:
    """What an application may call or read of a class of ours, beside its fields; no async twins."""
    if issubclass(kind, Widget) and kind is not Widget:
        return [one for one in _members(kind) if one.name in CALLED_WIDGETS.get(kind.__name__, ())]
    if issubclass(kind, (BaseException, Model, SessionBase)):
        return []  # an error is caught, and the others are Django's
    return _members(kind)


def _members(kind: type) -> list[Member]:
    found: dict[str, Any] = {}
    for one in kind.__mro__:
        if one.__module__.split(".")[0] not in OURS:
            continue
        for name, value in vars(one).items():
            if not name.startswith("_") and name not in found and name not in internal_of(kind):
                found[name] = value
    return [
        Member(name, function, _is_property(value), f"a{name}" in found)
        for name, value in found.items()
        if (function := _function(value)) is not None and not _is_twin(name, found)
    ]


def internal_of(kind: type) -> set[str]:
    """The members of a class, and of those it inherits from, that are the house's own."""
    return set().union(*(INTERNAL.get(f"{one.__module__}.{one.__qualname__}", set()) for one in kind.__mro__))


def _is_twin(name: str, names: dict[str, Any]) -> bool:
    return name.startswith("a") and name[1:] in names


def _is_property(value: Any) -> bool:
    return isinstance(value, property) or hasattr(value, "attrname")


def _function(value: Any) -> Any:
    if isinstance(value, property):
        return value.fget
    if hasattr(value, "attrname"):  # functools.cached_property
        return value.func
    function = getattr(value, "__func__", value)
    return function if inspect.isfunction(function) else None


def is_error(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseException)


def is_made_by_applications(one: Shown) -> bool:
    """Whether one calls the class oneself; of the others a page says how one gets one."""
    is_given = {one.name, f"{one.module}.{one.name}"} & GIVEN or issubclass(one.thing, (Model, Enum))
    return issubclass(one.thing, Widget) or not is_given


# One is given these: by a declaration, a query, a test.
GIVEN = {
    "Action", "Announced", "Answer", "Answers", "Button", "Cell", "Change", "Changes", "Chat", "Collection",
    "Columns", "ConversationRequest", "CurrentConversation", "DeleteResult", "Entry", "Form", "Handler",
    "Keeper", "Link", "LiveBrowser", "Message", "MessageFile", "Metric", "Origin", "PageFunction",
    "PageRequest", "Parameter", "Query", "Reads", "Reply", "Row", "Session", "SessionData", "Setting",
    "SyncSession", "Table", "Talk", "UpdateResult", "capsule_testing.Page", "capsule_testing.widgets.Chart",
    "collections_app.Page",
}  # fmt: skip


def fields_of(one: Shown) -> list[tuple[str, str]]:
    """What one reads of a thing that one is given: names and types, in their order."""
    if not {one.name, f"{one.module}.{one.name}"} & READ_FIELDS:
        return []
    if is_dataclass(one.thing):
        return [(field.name, annotation(field.type)) for field in fields(one.thing) if field.name[0] != "_"]
    if named := getattr(one.thing, "_fields", ()):
        return [(name, annotation(one.thing.__annotations__[name])) for name in named]
    return [
        (name, annotation(kind))
        for base in reversed(one.thing.__mro__)
        if base.__module__.split(".")[0] in OURS
        for name, kind in vars(base).get("__annotations__", {}).items()
        if name[0] != "_"
    ]
