"""The nodes of a pattern -> the text that an engine reads, with nothing left to its defaults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collections_app.queries.patterns.characters import Ranges
from collections_app.queries.patterns.nodes import (
    Assertion,
    Characters,
    Node,
    Place,
    Repeat,
    Sequence,
)

__all__ = ["postgresql", "re2"]


@dataclass(frozen=True)
class _Dialect:
    number: str  # how a character is written by its number
    places: dict[Place, str]


_RE2 = _Dialect(r"\x{%X}", {"start": r"\A", "end": r"\z", "word edge": r"\b", "no word edge": r"\B"})
_POSTGRESQL = _Dialect(r"\U%08X", {"start": r"\A", "end": r"\Z", "word edge": r"\y", "no word edge": r"\Y"})


def re2(node: Node) -> str:
    """The pattern for RE2, with what may stand before and after it: it is to match whole texts.

    To know only whether a text matches is ten times faster than to know where; and RE2, which would look
    for a match from each byte on, could find "no word edge" within a character.
    """
    return f"(?s:.*)(?:{_write(node, _RE2)})(?s:.*)"


def postgresql(node: Node) -> str:
    """The pattern for PostgreSQL's own engine, an "advanced" regular expression under COLLATE "C"."""
    return _write(node, _POSTGRESQL)


def _write(node: Node, dialect: _Dialect) -> str:
    if isinstance(node, Characters):
        return _write_characters(node, dialect)
    if isinstance(node, Assertion):
        return dialect.places[node.place]
    if isinstance(node, Repeat):
        return f"(?:{_write(node.part, dialect)}){_write_counts(node)}"
    if isinstance(node, Sequence):
        # In brackets even if it is the empty one: nothing may stand alone before a quantifier.
        return "".join(_write(part, dialect) for part in node.parts) or "(?:)"
    return f"(?:{'|'.join(_write(part, dialect) for part in node.parts)})"


def _write_counts(node: Repeat) -> str:
    if node.most is None and node.least < 2:
        return "*+"[node.least]
    most = "" if node.most is None else node.most
    return f"{{{node.least},{most}}}"


def _write_characters(node: Characters, dialect: _Dialect) -> str:
    if not node.negated and _is_one(node.ranges):
        return _write_point(node.ranges[0][0], dialect)
    return f"[{'^' if node.negated else ''}{''.join(_write_ranges(node.ranges, dialect))}]"


def _is_one(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _write_ranges(ranges: Ranges, dialect: _Dialect) -> Iterator[str]:
    for first, last in ranges:
        hyphen = "-" if last > first + 1 else ""
        yield _write_point(first, dialect)
        if last > first:
            yield hyphen + _write_point(last, dialect)


def _write_point(point: int, dialect: _Dialect) -> str:
    character = chr(point)
    if character.isascii():
        if character.isalnum():
            return character
        if character.isprintable() and character != " ":
            return f"\\{character}"
    return dialect.number % point
