"""Every declaration as an entry of the map: what it is, whose, for whom, and where it stands.

All of it comes from the registries; nothing asks the database, and nothing changes unless a declaration does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Final, get_args
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from capsule.access import access_in_words, access_name
from capsule.places import app_label_of, file_of
from capsule.scopes import SCOPE_WORDS
from collections_app.declarations import OF_ONE_SCOPE, Column, Declaration
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.problems import problems_of
from collections_app.storage.naming import table_name
from collections_app.storage.permissions import ACTIONS
from conversations.declarations import MessageHandler, Moment, hook_of, message_handlers
from declared.uses import Use, actions_of, uses_of
from handlers.actions import Action, actions_registry
from handlers.declarations import Handler, handlers_registry
from handlers.parameters import BadSignature, Parameters
from pages.declarations import PageDeclaration, pages
from pages.parameters import parameters_of
from settings_app.access import editable_in_words, editable_name
from settings_app.declarations import Setting, settings_registry

__all__ = ["LAYERS", "Entry", "entries"]

MOMENTS: Final[tuple[Moment, ...]] = get_args(Moment)
LAYERS: Final = ("collections", "handlers", "actions", "settings", "pages", "conversations")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One declaration. ``details`` are JSON values that only its layer has; ``scope`` is empty where none is.

    ``uses`` is what its function uses, by layer; ``pages`` are the names of the pages that use it.
    """

    layer: str
    name: str
    label: str
    app: str
    file: str
    line: int
    access: str
    access_words: str
    scope: str = ""
    scope_words: str = ""
    details: Mapping[str, Any]
    uses: Mapping[str, tuple[str, ...]] | None = None
    pages: tuple[str, ...] = ()


def entries() -> list[Entry]:
    """The whole map: by layer, in each by name."""
    reading = _reading_of(tuple(map(id, _declared())))
    found = [
        *(_collection(handle, reading) for handle in collections),
        *(_handler(handler, reading) for handler in handlers_registry),
        *(_action(action, reading) for action in actions_registry),
        *(_setting(setting, reading) for setting in settings_registry),
        *(_page(page, reading) for page in pages),
        *(_conversation(handler, reading) for handler in message_handlers),
    ]
    return sorted(found, key=lambda entry: (LAYERS.index(entry.layer), entry.name))


def _declared() -> list[Any]:
    return [
        *collections, *handlers_registry, *actions_registry, *settings_registry, *pages, *message_handlers,
    ]  # fmt: skip


class _Reading:
    """What the functions use, each read once."""

    def __init__(self) -> None:
        self.declared = _declared()
        self.packages = frozenset(one.place.split(".")[0].split(":")[0] for one in self.declared)
        # By the function's own id: the function beside it keeps that from becoming another's.
        self._used: dict[int, tuple[Callable[..., Any], frozenset[Use]]] = {}
        self._acted: dict[int, tuple[Callable[..., Any], list[Action[..., Any]]]] = {}
        self.of_pages: dict[str, frozenset[Use]] = {page.name: self._of(page.function) for page in pages}

    def _of(self, function: Callable[..., Any]) -> frozenset[Use]:
        if id(function) not in self._used:
            self._used[id(function)] = function, uses_of(function, self.packages)
        return self._used[id(function)][1]

    def _actions(self, function: Callable[..., Any]) -> list[Action[..., Any]]:
        if id(function) not in self._acted:
            self._acted[id(function)] = function, actions_of(function, self.packages)
        return self._acted[id(function)][1]

    def by_layer(self, *functions: Callable[..., Any]) -> dict[str, tuple[str, ...]]:
        """What ``functions`` use: names by layer, without the layers of which they use nothing."""
        used = {use for function in functions for use in self._of(function)}
        named = {layer: tuple(sorted(name for one, name in used if one == layer)) for layer in LAYERS}
        return {layer: names for layer, names in named.items() if names}

    def actions_in(self, *functions: Callable[..., Any]) -> list[dict[str, str]]:
        """The actions that ``functions`` name, a question's ``then=`` say, and who may do each."""
        named = {action.name: action for function in functions for action in self._actions(function)}
        return [
            {
                "name": name,
                "access": access_name(named[name].access),
                "access_words": access_in_words(named[name].access),
            }
            for name in sorted(named)
        ]

    def pages_with(self, layer: str, name: str) -> tuple[str, ...]:
        """The pages that use a declaration."""
        return tuple(sorted(page for page, used in self.of_pages.items() if (layer, name) in used))


@lru_cache(maxsize=1)
def _reading_of(declared: tuple[int, ...]) -> _Reading:
    """What was read, as long as the same is declared: code that is loaded does not change.

    ``declared`` are the ids of the declarations, which the reading holds, so that no other gets one of them.
    """
    return _Reading()


def _collection(handle: Collection, reading: _Reading) -> Entry:
    declaration = handle.declaration
    shown = {"name", "columns", "scope", "access", "editable", "label", "module", "line", "app_label"}
    shown |= {"indexes", *OF_ONE_SCOPE}  # those of the table follow; what one scope changes is not declared
    details = {
        "editable": {action: _who_may(declaration, action) for action in ACTIONS[1:]},
        "editable_words": _who_edits(declaration),
        **_options(declaration, but=shown | {"model"}),
        **_model(declaration),
        "columns": [_column(column, declaration) for column in declaration.columns],
        "indexes": _indexes(handle),
        "permissions": [declaration.permission(action) for action in ACTIONS],
        "table": table_name(declaration.name)
        if declaration.model is None
        else declaration.model._meta.db_table,
    }
    return Entry(
        layer="collections",
        label=declaration.title,
        app=declaration.app_label,
        scope=declaration.scope,
        scope_words=SCOPE_WORDS.get(declaration.scope, ""),
        details=details,
        **_common("collections", declaration, reading),
    )


def _model(declaration: Declaration) -> dict[str, Any]:
    return {} if declaration.model is None else {"model": declaration.model._meta.label}


def _who_may(declaration: Declaration, action: Any) -> str:
    editable = declaration.editable_by(action)
    if isinstance(editable, bool):
        return access_name(declaration.access) if editable else "nobody"
    return access_name(editable)


def _who_edits(declaration: Declaration) -> str:
    """Who may add, change and delete: in one word where it is the same for all three."""
    words = {
        _("add"): _in_words(declaration.editable_by("add")),
        _("change"): _in_words(declaration.editable_by("change")),
        _("delete"): _in_words(declaration.editable_by("delete")),
    }
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return "; ".join(f"{action}: {who}" for action, who in words.items())


def _in_words(editable: Any) -> str:
    if isinstance(editable, bool):
        return _("whoever may read it") if editable else _("nobody, in a browser")
    return access_in_words(editable)


def _column(column: Column, declaration: Declaration) -> dict[str, Any]:
    resolved = {
        "key": column.key,
        "type": column.type,
        "label": column.title,
        "sortable": declaration.is_sortable(column.key),
        "filterable": declaration.is_filterable(column.key),
    }
    return {**resolved, **_options(column, but={*resolved, "help_text", "field", "relations"})}


def _indexes(handle: Collection) -> list[dict[str, Any]]:
    """The indexes that the declaration asks for; none where it is not sound, and so has no table."""
    if problems_of(handle.declaration) or handle.declaration.model is not None:
        return []
    model = handle.model
    plain = [
        {"name": index.name, "on": list(index.fields) or [str(part) for part in index.expressions]}
        for index in model._meta.indexes
    ]
    tags = [{"name": index.name, "on": [index.column]} for index in model.tag_indexes]
    unique = [{"name": key.name, "on": list(key.keys), "unique": True} for key in model.unique_keys]
    searched = model.search_index
    search = [] if searched is None else [{"name": searched.gin().name, "on": list(searched.keys)}]
    return sorted([*plain, *tags, *unique, *search], key=lambda index: str(index["name"]))


def _handler(handler: Handler[..., Any], reading: _Reading) -> Entry:
    return Entry(
        layer="handlers",
        label=handler.name.replace("_", " ").strip().capitalize(),
        app=app_label_of(_module(handler.place)),
        details={
            "address": f"/data/{handler.name}",
            "description": handler.description,
            "asynchronous": handler.is_async,
            "parameters": _parameters(lambda: handler.parameters),
        },
        uses=reading.by_layer(handler.function),
        **_common("handlers", handler, reading),
    )


def _action(action: Action[..., Any], reading: _Reading) -> Entry:
    function = getattr(action.function, "view_class", action.function)
    return Entry(
        layer="actions",
        label=str(action.label),
        app=app_label_of(_module(action.place)),
        details={
            "address": f"/actions/{action.name}/",
            "description": action.description,
            "asynchronous": action.is_async,
            **({} if action.confirm is None else {"confirm": str(action.confirm)}),
            "parameters": _parameters(lambda: action.parameters),
        },
        uses=reading.by_layer(function),
        **_common("actions", action, reading),
    )


def _setting(setting: Setting[Any], reading: _Reading) -> Entry:
    shown = {"name", "scope", "type", "label", "help_text", "access", "editable", "module", "line"}
    details = {
        "editable": editable_name(setting),
        "editable_words": editable_in_words(setting),
        "type": getattr(setting.type, "__name__", str(setting.type)),
        **_options(setting, but=shown),
    }
    return Entry(
        layer="settings",
        label=setting.title,
        app=setting.app_label,
        scope=setting.scope,
        scope_words=SCOPE_WORDS.get(setting.scope, ""),
        details=details,
        **_common("settings", setting, reading),
    )


def _page(page: PageDeclaration, reading: _Reading) -> Entry:
    is_view = isinstance(page.function, type)
    return Entry(
        layer="pages",
        label=str(page.label),
        app=page.app_label,
        details={
            "address": f"/{page.route}",
            "in_sidebar": page.is_listed,
            "parameters": []
            if is_view  # it reads its own
            else _parameters(lambda: parameters_of(page.function, page.route_names)),
        },
        uses=reading.by_layer(page.function),
        **_common("pages", page, reading),
    )


def _conversation(handler: MessageHandler, reading: _Reading) -> Entry:
    found = {moment: hook_of(moment, handler) for moment in MOMENTS}
    hooks = {moment: hook.function for moment, hook in found.items() if hook is not None}
    return Entry(
        layer="conversations",
        label=str(handler.label),
        app=app_label_of(handler.module),
        details={
            "description": handler.description,
            "asynchronous": handler.is_async,
            "default": handler.is_default,
            **({} if handler.files is None else {"files": _options(handler.files, but=())}),
            **{moment: access_name(function) for moment, function in hooks.items()},
            "actions": reading.actions_in(handler.function, *hooks.values()),
        },
        uses=reading.by_layer(handler.function, *hooks.values()),
        **_common("conversations", handler, reading),
    )


def _common(layer: str, declared: Any, reading: _Reading) -> dict[str, Any]:
    module, _colon, line = declared.place.rpartition(":")
    return {
        "name": declared.name,
        "file": file_of(module or line),
        "line": int(line) if line.isdigit() else 0,
        "access": access_name(declared.access),
        "access_words": access_in_words(declared.access),
        "pages": reading.pages_with(layer, declared.name),
    }


def _module(place: str) -> str:
    return place.partition(":")[0]


def _parameters(read: Callable[[], Parameters]) -> list[dict[str, Any]]:
    """What comes from the query string. A default may be another one tomorrow, and is left out."""
    try:
        described = [field.described() for field in read().fields.values()]
    except BadSignature:  # the system checks say so
        return []
    return [
        {"name": one.pop("name"), **{key: one[key] for key in sorted(one) if key != "default"}}
        for one in described
    ]


def _options(declared: Any, *, but: Iterable[str]) -> dict[str, Any]:
    """All other fields that say something as JSON values, also those that a later version adds."""
    names = [field.name for field in fields(declared) if field.name not in set(but)]
    said = ((name, getattr(declared, name)) for name in names)
    return {name: _plain(value) for name, value in said if value is not None}


def _plain(value: Any) -> Any:
    """A JSON value that says the same at every start: of an object that is none, what it is."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, (Promise, date, time, timedelta, Decimal, UUID)):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, map(_plain, value)))
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return access_name(value) if callable(value) else f"{type(value).__module__}.{type(value).__qualname__}"
