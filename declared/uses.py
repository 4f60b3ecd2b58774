"""What a function uses of what is declared, read from its source: nobody has to say it a second time.

Seen is what the function names, and what the application's own functions and classes name that it names in
turn; sources and settings that a widget is given by name; and what a data handler reads, for whoever shows
it. Not seen are names that are made while it runs, and what a template names.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import FunctionType
from typing import Any, Final

from capsule.widgets import Widget
from collections_app.aggregates import Measure
from collections_app.declarations import Column
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.queries.query import Query
from conversations.declarations import message_handlers
from declared.sources import MISSING, Mention, chain, functions_of, meant, source_of, text_of
from handlers.actions import Action, actions_registry
from handlers.declarations import Handler, handlers_registry
from pages.declarations import pages
from pages.ui import ChatPanel, SettingsPanel
from settings_app.by_name import Settings
from settings_app.declarations import Setting, settings_registry
from settings_app.index import section_of

__all__ = ["Use", "WidgetCall", "actions_of", "uses_of", "widgets_of"]

Use = tuple[str, str]  # a layer, and a name in it

# What makes a query of a collection, and of a query.
NARROWING: Final = frozenset(
    ("all", "exclude", "filter", "limit", "matching", "offset", "order_by", "reverse", "search")
)


@dataclass(frozen=True)
class WidgetCall:
    """A widget as a function makes it: its class, and what it is given by name, as it is written."""

    kind: type[Widget]
    given: Mapping[str, ast.expr]
    function: FunctionType
    line: int

    @property
    def place(self) -> str:
        """Where it is made: ``module:line``."""
        return f"{self.function.__module__}:{self.line}"

    def value(self, name: str) -> Any:
        """What an argument is, as far as its source says: a text, or what a name means; else ``MISSING``."""
        node = self.given.get(name)
        if isinstance(node, ast.Call) and len(node.args) == 1:
            node = node.args[0]  # _("Team")
        return self._meant(node)

    def values(self, name: str) -> list[Any]:
        """The same of each in a list that is written there, or that a name means."""
        node = self.given.get(name)
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self._meant(one) for one in node.elts]
        value = self._meant(node)
        return [*value] if isinstance(value, (list, tuple)) else []

    def collection(self, name: str) -> Collection | None:
        """The collection that an argument is, names, or is a query of; ``None`` where that is not known."""
        node = self.given.get(name)
        while (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in NARROWING
        ):
            node = node.func.value
        value = self._meant(node)
        if isinstance(value, str) and value in collections and value not in handlers_registry:
            value = collections.get(value)
        value = value.collection if isinstance(value, Query) else value
        return value if isinstance(value, Collection) else None

    def keys(self, name: str) -> list[str]:
        """The columns that an argument names, as far as they are written: by themselves, or for a measure."""
        node = self.given.get(name)
        if isinstance(node, ast.Dict):
            nodes = node.values
        else:
            nodes = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node] if node else []
        return [key for one in nodes for key in _keys(self._made(one))]

    def _made(self, node: ast.expr) -> Any:
        """What is meant; of ``Column("paid")`` and ``Sum("fee")`` what these are made with."""
        if isinstance(node, ast.Call) and node.args:
            kind = self._meant(node.func)
            is_of_key = isinstance(kind, type) and issubclass(kind, (Column, Measure))
            return self._meant(node.args[0]) if is_of_key else MISSING
        return self._meant(node)

    def text(self, name: str) -> str:
        """What an argument is that is written as a text; else nothing."""
        return text_of(self.given.get(name))

    def _meant(self, node: ast.expr | None) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        names = chain(node) if node is not None else ()
        if not names or names[0] in source_of(self.function).bound:
            return MISSING  # known when it is called
        value, rest = meant(names, self.function)
        return MISSING if rest else value


def uses_of(function: Callable[..., Any], packages: frozenset[str]) -> frozenset[Use]:
    """What ``function`` (or a class of views) uses; functions of these packages are followed.

    Example: ``("settings", "show_closed") in uses_of(overview, frozenset({"desk"}))``
    """
    reading = _Reading(packages)
    reading.follow(function)
    return frozenset(reading.found)


def actions_of(function: Callable[..., Any], packages: frozenset[str]) -> list[Action[..., Any]]:
    """The actions that ``function``, and what it calls of these packages, name; in order of name."""
    reading = _Reading(packages)
    reading.follow(function)
    return [reading.actions[name] for name in sorted(reading.actions)]


def widgets_of(function: Callable[..., Any], packages: frozenset[str]) -> list[WidgetCall]:
    """The widgets that ``function`` makes, and those that functions of these packages make for it."""
    reading = _Reading(packages)
    reading.follow(function)
    return reading.widgets


class _Reading:
    def __init__(self, packages: frozenset[str]) -> None:
        self.packages = packages
        self.found: set[Use] = set()
        self.actions: dict[str, Action[..., Any]] = {}
        self.widgets: list[WidgetCall] = []
        self.page_functions = {id(page.function) for page in pages}
        self.met: set[int] = set()

    def follow(self, thing: Any) -> None:
        """Read a function, or the functions of a class, once."""
        if id(thing) in self.met:
            return
        self.met.add(id(thing))
        for function in functions_of(thing):
            for mention in source_of(function).mentions:
                self._mention(mention, function)

    def _mention(self, mention: Mention, function: FunctionType) -> None:
        value, rest = meant(mention.names, function)
        call = mention.call
        if id(value) in self.page_functions and (rest or call is None):
            return  # only its address is wanted
        self._value(value)
        if call is not None and isinstance(value, Settings) and call.args:
            self._add("settings", text_of(call.args[0]))
        if call is not None and isinstance(value, type) and issubclass(value, Widget):
            line = function.__code__.co_firstlineno + call.lineno - 1
            self._widget(WidgetCall(value, _arguments(value, call), function, line))

    def _value(self, value: Any) -> None:
        if isinstance(value, Collection):
            self._add("collections", value.name)
        elif isinstance(value, Query):
            self._add("collections", value.collection.name)
        elif isinstance(value, Handler):
            self._add("handlers", value.name)
            self.follow(value.function)
        elif isinstance(value, Setting):
            self._add("settings", value.name)
        elif isinstance(value, ChatPanel):
            self._chat(value.handler)
        elif isinstance(value, Action):
            self.actions[value.name] = value
            self._add("actions", value.name)
            self._own(value)
        elif isinstance(value, Widget):
            for field in fields(value):
                self._value(getattr(value, field.name))
        elif isinstance(value, (list, tuple, set, frozenset)):
            for item in value:
                self._value(item)
        elif isinstance(value, Mapping):
            for item in value.values():
                self._value(item)
        else:
            self._own(value)

    def _own(self, value: Any) -> None:
        """Follow what the application itself wrote: a function, a class, or the class of an object."""
        thing = value if isinstance(value, (FunctionType, type)) else type(value)
        function = inspect.unwrap(value) if callable(value) and not isinstance(value, type) else thing
        for one in (thing, function):
            if str(getattr(one, "__module__", "")).split(".")[0] in self.packages:
                self.follow(one)

    def _widget(self, call: WidgetCall) -> None:
        """What a widget is given by name: ``ui.Table("threads")``, ``ui.Toggle(setting="show_closed")``."""
        self.widgets.append(call)
        given = call.given
        if issubclass(call.kind, ChatPanel):
            self._conversation(given.get("handler"))
            return
        if issubclass(call.kind, SettingsPanel):
            self._panel(call.value("section") if "section" in given else None)
            return
        for action in (call.value("action"), *call.values("actions")):
            if isinstance(action, str) and action in actions_registry:
                self._value(actions_registry.get(action))
        source = text_of(given.get("source"))
        if source in handlers_registry:
            self._value(handlers_registry.get(source))
        else:
            self._add("collections", source)
        self._add("settings", text_of(given.get("setting")))

    def _panel(self, section: Any) -> None:
        """The settings of the section; all of them where it names none."""
        for setting in settings_registry:
            if section is None or str(section) == section_of(setting):
                self._add("settings", setting.name)

    def _conversation(self, handler: ast.expr | None) -> None:
        self._chat(None if handler is None else text_of(handler))

    def _chat(self, handler: str | None) -> None:
        if handler is not None:
            self._add("conversations", handler)
            return
        for declared in message_handlers:
            if declared.is_default:
                self._add("conversations", declared.name)

    def _add(self, layer: str, name: str) -> None:
        if name in _REGISTRIES[layer]:
            self.found.add((layer, name))


_REGISTRIES: Final[dict[str, Any]] = {
    "collections": collections,
    "handlers": handlers_registry,
    "actions": actions_registry,
    "settings": settings_registry,
    "conversations": message_handlers,
}


def _arguments(kind: type[Widget], call: ast.Call) -> dict[str, ast.expr]:
    """What the call gives, by the names of the widget's fields."""
    positional = [field.name for field in fields(kind) if field.init and not field.kw_only]
    given = dict(zip(positional, call.args, strict=False))
    return given | {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def _keys(value: Any) -> list[str]:
    """The keys in what an argument is."""
    if isinstance(value, (list, tuple)):
        return [key for one in value for key in _keys(one)]
    key = value.key if isinstance(value, (Column, Measure)) else value
    return [key] if isinstance(key, str) and key else []
