"""What a pattern is made of, whoever reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from collections_app.queries.patterns.characters import Ranges

__all__ = [
    "EMPTY",
    "Alternatives",
    "Assertion",
    "Characters",
    "Node",
    "Place",
    "Repeat",
    "Sequence",
    "has_no_length",
    "may_be_empty",
    "size",
]

Place = Literal["start", "end", "word edge", "no word edge"]


@dataclass(frozen=True, slots=True)
class Characters:
    """One character: of the ranges, or if ``negated`` any other."""

    ranges: Ranges
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place between characters."""

    place: Place


@dataclass(frozen=True, slots=True)
class Sequence:
    """All parts, one after another; of none, the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Any one of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part, at least ``least`` times and at most ``most``; ``None`` is any number."""

    part: Node
    least: int
    most: int | None


Node = Characters | Assertion | Sequence | Alternatives | Repeat
EMPTY = Sequence(())


def size(node: Node) -> int:
    """How many characters stand in the pattern once its repetitions are written out."""
    if isinstance(node, Characters):
        return 1
    if isinstance(node, Assertion):
        return 0
    if isinstance(node, Repeat):
        return size(node.part) * max(node.least + (node.most is None), node.most or 0)
    return sum(size(part) for part in node.parts)


def has_no_length(node: Node) -> bool:
    """Whether it can only match at a place: repeated, it is that place again."""
    if isinstance(node, Characters):
        return False
    if isinstance(node, Assertion):
        return True
    if isinstance(node, Repeat):
        return node.most == 0 or has_no_length(node.part)
    return all(has_no_length(part) for part in node.parts)


def may_be_empty(node: Node) -> bool:
    """Whether it can match the empty text, at some place or at any."""
    if isinstance(node, Characters):
        return False
    if isinstance(node, Assertion):
        return True
    if isinstance(node, Repeat):
        return node.least == 0 or may_be_empty(node.part)
    empty = (may_be_empty(part) for part in node.parts)
    return any(empty) if isinstance(node, Alternatives) else all(empty)
