"""What a function uses of what is declared, read from its source: nobody has to say it a second time.

Seen is what the function names, and what the application's own functions and classes name that it names in
turn; sources and settings that a widget is given by name; and what a data handler reads, for whoever shows
it. Not seen are names that are made while it runs, and what a template names.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from types import FunctionType, ModuleType
from typing import Any, Final

from capsule.widgets import Widget
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.queries.query import Query
from conversations.declarations import message_handlers
from handlers.declarations import Handler, handlers_registry
from pages.declarations import pages
from pages.ui import ChatPanel
from settings_app.declarations import Setting, Settings, settings_registry

__all__ = ["Use", "uses_of"]

Use = tuple[str, str]  # a layer, and a name in it

MISSING: Final = object()


@dataclass(frozen=True)
class Mention:
    """A name with the attributes behind it, ``("ui", "Table")``, and how it is called if it is."""

    names: tuple[str, ...]
    call: ast.Call | None = None


def uses_of(function: Callable[..., Any], packages: frozenset[str]) -> frozenset[Use]:
    """What ``function`` (or a class of views) uses; functions of these packages are followed.

    Example: ``("settings", "show_closed") in uses_of(overview, frozenset({"desk"}))``
    """
    reading = _Reading(packages)
    reading.follow(function)
    return frozenset(reading.found)


class _Reading:
    def __init__(self, packages: frozenset[str]) -> None:
        self.packages = packages
        self.found: set[Use] = set()
        self.page_functions = {id(page.function) for page in pages}
        self.met: set[int] = set()

    def follow(self, thing: Any) -> None:
        """Read a function, or the functions of a class, once."""
        if id(thing) in self.met:
            return
        self.met.add(id(thing))
        for function in _functions(thing):
            for mention in _mentions(function):
                self._mention(mention, function)

    def _mention(self, mention: Mention, function: FunctionType) -> None:
        name, *rest = mention.names
        value = _named(name, function)
        while rest and isinstance(value, ModuleType):
            value = getattr(value, rest.pop(0), MISSING)
        call = mention.call
        if id(value) in self.page_functions and (rest or call is None):
            return  # only its address is wanted
        self._value(value)
        if call is not None and isinstance(value, Settings) and call.args:
            self._add("settings", _text(call.args[0]))
        if call is not None and isinstance(value, type) and issubclass(value, Widget):
            self._widget(value, call)

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

    def _widget(self, kind: type[Widget], call: ast.Call) -> None:
        """What a widget is given by name: ``ui.Table("threads")``, ``ui.Toggle(setting="show_closed")``."""
        positional = [field.name for field in fields(kind) if field.init and not field.kw_only]
        given = dict(zip(positional, call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        if issubclass(kind, ChatPanel):
            self._conversation(given.get("handler"))
            return
        source = _text(given.get("source"))
        if source in handlers_registry:
            self._value(handlers_registry.get(source))
        else:
            self._add("collections", source)
        self._add("settings", _text(given.get("setting")))

    def _conversation(self, handler: ast.expr | None) -> None:
        if handler is not None:
            self._add("conversations", _text(handler))
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
    "settings": settings_registry,
    "conversations": message_handlers,
}


def _text(node: ast.expr | None) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text else ""  # type: ignore[union-attr]


def _named(name: str, function: FunctionType) -> Any:
    """What the name means inside the function: of a function around it, or of its module."""
    for free, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if free == name:
            try:
                return cell.cell_contents
            except ValueError:  # not assigned yet
                return MISSING
    return function.__globals__.get(name, MISSING)


def _functions(thing: Any) -> Iterator[FunctionType]:
    """The function itself, or all that stand in a class."""
    if not isinstance(thing, type):
        function = inspect.unwrap(thing)
        if isinstance(function, FunctionType):
            yield function
        return
    for member in vars(thing).values():
        inner = member
        if isinstance(member, (staticmethod, classmethod)):
            inner = member.__func__
        elif isinstance(member, property):
            inner = member.fget
        elif isinstance(member, cached_property):
            inner = member.func
        if isinstance(inner, FunctionType):
            yield inspect.unwrap(inner)


@lru_cache(maxsize=4096)
def _mentions(function: FunctionType) -> tuple[Mention, ...]:
    """All that the function names and does not bind itself; nothing where its source is not there."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return ()
    visitor = _Visitor()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            visitor.read(node)
            break
    return tuple(one for one in visitor.mentions if one.names[0] not in visitor.bound)


class _Visitor(ast.NodeVisitor):
    def __init__(self) -> None:
        self.mentions: list[Mention] = []
        self.bound: set[str] = set()

    def read(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        """The body and the parameters: not the decorators, which say who may, nor the annotations."""
        self.visit(node.args)
        for part in node.body if isinstance(node.body, list) else [node.body]:
            self.visit(part)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.bound.add(node.name)
        self.read(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.bound.add(node.name)
        self.read(node)

    def visit_arg(self, node: ast.arg) -> None:
        self.bound.add(node.arg)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.mentions.append(Mention((node.id,)))
        else:
            self.bound.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        names = _chain(node)
        if names:
            self.mentions.append(Mention(names))
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        names = _chain(node.func)
        if names:
            self.mentions.append(Mention(names, node))
        else:
            self.visit(node.func)
        for argument in [*node.args, *node.keywords]:
            self.visit(argument)


def _chain(node: ast.expr) -> tuple[str, ...]:
    """``ui.Table`` -> ``("ui", "Table")``; nothing where it does not begin with a name."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        before = _chain(node.value)
        return (*before, node.attr) if before else ()
    return ()
