"""A place in a document. Each segment of a path is an object's key, whatever it looks like."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.json_values import SAFE_INTEGER

__all__ = ["MISSING", "Path", "copied", "is_operator", "put", "remove", "value_at"]

Path = tuple[str, ...]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


def is_operator(key: object) -> bool:
    """Whether an object's key is the name of an operator, which no outermost key of a document can be."""
    return isinstance(key, str) and key.startswith("$")


def value_at(document: Any, path: Path) -> Any:
    """The value at a path, or ``MISSING``: also where something on the way is no object."""
    for segment in path:
        if not isinstance(document, dict) or segment not in document:
            return MISSING
        document = document[segment]
    return document


def put(document: dict[str, Any], path: Path, value: Any) -> None:
    """Set the value at a path, making the objects on the way.

    Raises ``ValidationError`` by key where something on the way is no object.
    """
    for at, segment in enumerate(path[:-1]):
        inside = document.setdefault(segment, {})
        if not isinstance(inside, dict):
            place = ".".join(path[: at + 1])
            raise ValidationError({path[0]: [_("%(place)s is not an object.") % {"place": place}]})
        document = inside
    document[path[-1]] = value


def remove(document: dict[str, Any], path: Path) -> Any:
    """Take the value at a path away and return it, or ``MISSING`` where there is none."""
    parent = value_at(document, path[:-1])
    return parent.pop(path[-1], MISSING) if isinstance(parent, dict) else MISSING


def copied(value: Any) -> Any:
    """A stored JSON value to work on.

    A double beyond 2^53 comes back from PostgreSQL as a whole number, which no document may have: it is
    made what it was.
    """
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return float(value) if type(value) is int and abs(value) > SAFE_INTEGER else value
