"""The text of a declaration, as it stands in its file: of the project's own files, and of no others."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from capsule.places import file_of

__all__ = ["Place", "place_of"]

LONGEST: Final = 60  # lines


@dataclass(frozen=True)
class Place:
    """Where something is declared: its file, its line (0 where none is known), and the lines themselves.

    ``text`` is empty for a file that is not of this project; ``is_cut`` where there is more of it.
    """

    file: str
    line: int
    text: str = ""
    is_cut: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


def place_of(place: str, *, with_text: bool = True) -> Place:
    """The place that ``module:line`` names, with the whole statement that stands there.

    Example: ``place_of("demo.declarations:33").text.startswith("threads = collection(")``
    """
    module, _colon, number = place.rpartition(":")
    if not number.isdigit():  # of a class: "module.Name"
        return Place(place, 0)
    file, line = file_of(module), int(number)
    path = _own_file(module) if with_text else None
    if path is None:
        return Place(file, line)
    try:
        lines = _statement(str(path), path.stat().st_mtime_ns, line)
    except (OSError, SyntaxError, ValueError):  # it is being edited: the place is right all the same
        return Place(file, line)
    return Place(file, line, "\n".join(lines[:LONGEST]), len(lines) > LONGEST)


def _own_file(module: str) -> Path | None:
    """The file of a module, if it is one of the project's: below its folder, and no installed package's."""
    path = Path(getattr(sys.modules.get(module), "__file__", None) or "").resolve()
    roots = [Path(root).resolve() for root in (settings.BASE_DIR, Path.cwd())]
    root = next((root for root in roots if path.is_relative_to(root)), None)
    if path.suffix != ".py" or root is None:
        return None
    inside = path.relative_to(root).parts
    return None if "site-packages" in inside or any(part.startswith(".") for part in inside) else path


@lru_cache(maxsize=64)
def _statement(path: str, _written_at: int, line: int) -> tuple[str, ...]:
    """The lines of the innermost statement that holds this one, decorators included."""
    text = Path(path).read_text(encoding="utf-8")
    spans = [span for span in _spans(ast.parse(text)) if span[0] <= line <= span[1]]
    if not spans:
        return ()
    first, last = min(spans, key=lambda span: span[1] - span[0])
    return tuple(text.splitlines()[first - 1 : last])


def _spans(tree: ast.AST) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(one.lineno for one in decorators)])
            yield first, node.end_lineno or node.lineno
