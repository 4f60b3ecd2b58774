"""Pieces of SQL that carry their parameters with them, so that no value is ever text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["FALSE", "TRUE", "Sql", "alternatives", "bound", "write"]


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and the parameters of its placeholders, in order."""

    text: str
    params: tuple[Any, ...] = ()


FALSE, TRUE = Sql("(1 = 0)"), Sql("(1 = 1)")  # as either database takes them


def bound(value: Any) -> Sql:
    """A value, as a parameter."""
    return Sql("%s", (value,))


def write(template: str, *parts: Sql) -> Sql:
    """``template`` with each ``{}`` replaced by a part; its parameters follow in the same order.

    Example: ``write("{} > {}", Sql("x"), bound(5)) == Sql("x > %s", (5,))``
    """
    texts = template.split("{}")
    if len(texts) != len(parts) + 1:
        raise ValueError(f"{len(parts)} parts do not fit {template!r}.")
    text = texts[0] + "".join(part.text + after for part, after in zip(parts, texts[1:], strict=True))
    return Sql(text, tuple(value for part in parts for value in part.params))


def alternatives(parts: list[Sql]) -> Sql:
    """Any of ``parts``; of none, false."""
    if not parts:
        return FALSE
    return write("(" + " OR ".join(["{}"] * len(parts)) + ")", *parts)
