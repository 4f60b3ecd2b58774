"""Lines of Python as they stand in their file, for a page to show: the demo explains itself by its source."""

from __future__ import annotations

import ast
import inspect
import io
import keyword
import tokenize
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import ClassVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from capsule.widgets import Widget

__all__ = ["DECLARATIONS", "Example", "Lines", "Source", "coloured", "lines_of"]

DECLARATIONS = Path(__file__).resolve().parent / "declarations.py"
Example = Callable[[], Widget]


@dataclass(frozen=True)
class Code(Widget):
    """Some Python. Override ``lines`` to say which."""

    kind: ClassVar[str] = "source"
    styles: ClassVar[tuple[str, ...]] = ("demo/demo.css",)

    @property
    @abstractmethod
    def lines(self) -> str:
        """Override to give the Python."""

    def render(self, request: HttpRequest) -> SafeString:
        return render_to_string("demo/_source.html", {"code": coloured(self.lines)})


@dataclass(frozen=True)
class Lines(Code):
    """The lines of ``demo/declarations.py`` that declare these names, as they stand there.

    Raises ``LookupError`` for a name that the file does not declare.

    Example: ``Lines("show_closed", "shown_threads")``
    """

    names: tuple[str, ...]

    @property
    def lines(self) -> str:
        return "\n\n".join(lines_of(name) for name in self.names)


@dataclass(frozen=True)
class Source(Code):
    """The lines of a function, read from its file: any app may have widgets of its own."""

    function: Example

    @property
    def lines(self) -> str:
        """The function's body, without what stands around it."""
        _head, _arrow, body = inspect.getsource(self.function).partition("-> Widget:\n")
        # Not dedent(): a text of several lines begins at the margin.
        lines = [line.removeprefix("    ") for line in body.splitlines()]
        return "\n".join(lines).removeprefix("return ").strip()


# Finding ----------------------------------------------------------------------------------------------


@cache
def lines_of(name: str) -> str:
    """The lines of ``demo/declarations.py`` that declare ``name``, decorators included."""
    text = DECLARATIONS.read_text(encoding="utf-8")
    for statement in ast.parse(text).body:
        if name in _declared_by(statement):
            first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))])
            return "\n".join(text.splitlines()[first - 1 : statement.end_lineno])
    raise LookupError(f"{DECLARATIONS.name} declares no '{name}'.")


def _declared_by(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


# Colouring --------------------------------------------------------------------------------------------


@cache
def coloured(lines: str) -> SafeString:
    """Python with its words coloured, as an editor would; what is no Python comes as it is."""
    try:
        pieces = [*_pieces(lines)]
    except (tokenize.TokenError, SyntaxError):
        pieces = [lines]
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _pieces(lines: str) -> Iterator[str]:
    """The text in order, with an element around each word that has a colour."""
    rows = lines.splitlines(keepends=True)
    starts = [0, *accumulate(len(row) for row in rows)]
    done = 0
    for token in tokenize.generate_tokens(io.StringIO(lines).readline):
        if colour := _colour(token):
            start, end = (starts[row - 1] + column for row, column in (token.start, token.end))
            yield lines[done:start]
            yield format_html('<span class="code-{}">{}</span>', colour, lines[start:end])
            done = end
    yield lines[done:]


def _colour(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.STRING:
        return "string"
    if token.type == tokenize.NUMBER or token.string in ("True", "False", "None"):
        return "value"
    return "keyword" if token.type == tokenize.NAME and keyword.iskeyword(token.string) else ""
