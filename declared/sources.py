"""What stands in a function's source: the names that it mentions, and what they mean there."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import FunctionType, ModuleType
from typing import Any, Final

__all__ = ["MISSING", "Mention", "Source", "chain", "functions_of", "meant", "source_of", "text_of"]

MISSING: Final = object()


@dataclass(frozen=True)
class Mention:
    """A name with the attributes behind it, ``("ui", "Table")``, and how it is called if it is."""

    names: tuple[str, ...]
    call: ast.Call | None = None


def meant(names: tuple[str, ...], function: FunctionType) -> tuple[Any, list[str]]:
    """What a name means inside the function, through the modules it names; and the attributes behind that."""
    name, *rest = names
    value = _named(name, function)
    while rest and isinstance(value, ModuleType):
        value = getattr(value, rest.pop(0), MISSING)
    return value, rest


def _named(name: str, function: FunctionType) -> Any:
    """What the name means inside the function: of a function around it, or of its module."""
    for free, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if free == name:
            try:
                return cell.cell_contents
            except ValueError:  # not assigned yet
                return MISSING
    return function.__globals__.get(name, MISSING)


def functions_of(thing: Any) -> Iterator[FunctionType]:
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


@dataclass(frozen=True)
class Source:
    """All that a function names and does not bind itself, and what it binds."""

    mentions: tuple[Mention, ...] = ()
    bound: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def source_of(function: FunctionType) -> Source:
    """What stands in the function; nothing where its source is not there."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return Source()
    visitor = _Visitor()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            visitor.read(node)
            break
    mentions = tuple(one for one in visitor.mentions if one.names[0] not in visitor.bound)
    return Source(mentions, frozenset(visitor.bound))


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
        names = chain(node)
        if names:
            self.mentions.append(Mention(names))
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        names = chain(node.func)
        if names:
            self.mentions.append(Mention(names, node))
        else:
            self.visit(node.func)
        for argument in [*node.args, *node.keywords]:
            self.visit(argument)


def chain(node: ast.expr) -> tuple[str, ...]:
    """``ui.Table`` -> ``("ui", "Table")``; nothing where it does not begin with a name."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        before = chain(node.value)
        return (*before, node.attr) if before else ()
    return ()


def text_of(node: ast.expr | None) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text else ""  # type: ignore[union-attr]
