"""A dict of operators -> an ``Update``. What is not understood is an error that lists what is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from capsule.json_values import DOCUMENT, instant
from capsule.registry import the_legal
from collections_app.documents import DocumentCleaner
from collections_app.errors import BadUpdate
from collections_app.paths import Path, copied, is_operator
from collections_app.queries.matching import as_stored
from collections_app.queries.mongo import from_document
from collections_app.queries.tree import parse_path
from collections_app.updates.arrays import ELEMENT, AddToSet, Pop, Pull, Push, SortKey
from collections_app.updates.numbers import amount_of
from collections_app.updates.operators import (
    Arithmetic,
    Change,
    CurrentDate,
    Extreme,
    Rename,
    Set,
    Unset,
    as_json,
)

__all__ = ["OPERATORS", "PUSH_MODIFIERS", "Update", "parse_update"]

PUSH_MODIFIERS = ("$each", "$position", "$slice", "$sort")


@dataclass(frozen=True, slots=True)
class Update:
    """A parsed update. ``on_insert`` is done only to a document that an upsert makes."""

    changes: tuple[Change, ...]
    on_insert: tuple[Change, ...] = ()
    id: str | None = None  # what the update says that the row's id is

    @property
    def keys(self) -> list[str]:
        """The outermost keys that it writes: of one that is renamed the new name, of one taken away none."""
        return [
            change.paths[-1][0]
            for change in (*self.changes, *self.on_insert)
            if not isinstance(change, Unset | Pull | Pop)
        ]

    def revised(self, document: dict[str, Any], id: str, cleaner: DocumentCleaner) -> dict[str, Any]:
        """The document of the row ``id`` after this update, clean. Raises ``ValidationError`` by key."""
        if self.id is not None and self.id != id:
            raise ValidationError({"_id": [_("The row's id cannot be changed: leave _id out.")]})
        changed = _applied(self.changes, copied(document), cleaner)
        return cleaner.changed(changed, sorted({path[0] for change in self.changes for path in change.paths}))

    def created(self, document: dict[str, Any], cleaner: DocumentCleaner) -> dict[str, Any]:
        """The document that an upsert makes of ``document``, clean. Raises ``ValidationError`` by key."""
        if self.id is not None:
            raise ValidationError({"_id": [_("The row's id is made here; a document cannot set it.")]})
        return cleaner.document(_applied((*self.changes, *self.on_insert), document, cleaner))


def _applied(
    changes: tuple[Change, ...], document: dict[str, Any], cleaner: DocumentCleaner
) -> dict[str, Any]:
    for change in changes:
        change.apply(document, cleaner)
    return document


def parse_update(update: Mapping[str, Any]) -> Update:
    """Plain keys are a ``$set``; else operators.

    Raises ``ValueError`` for an empty update, a mixture of both kinds, an unknown operator or modifier, and
    two changes that meet; ``ValidationError`` by key for a value that no document can hold.
    """
    if not isinstance(update, Mapping):
        raise BadUpdate(f"An update is a dict of keys or of operators, not a {type(update).__name__}.")
    if not update:
        raise BadUpdate("An update names at least one key or operator.")
    operators = [key for key in update if is_operator(key)]
    if not operators:
        return _update({"$set": update})
    if len(operators) != len(update):
        raise BadUpdate("An update is either plain keys (a $set) or operators, not both.")
    for name in operators:
        if name not in OPERATORS:
            raise BadUpdate(_unknown(name, tuple(OPERATORS)))
    return _update(update)


def _update(operators: Mapping[str, Any]) -> Update:
    changes: list[Change] = []
    on_insert: list[Change] = []
    ids: list[str] = []
    now = instant(timezone.now())  # one moment, whatever it is written to
    for name, operands in operators.items():
        if not isinstance(operands, Mapping):
            raise BadUpdate(f"{name} takes a dict of keys and values.")
        for key, operand in operands.items():
            if key == "_id" and name in ("$set", "$setOnInsert"):
                ids.append(str(operand))
                continue
            change = OPERATORS[name](_path(key), operand)
            if isinstance(change, CurrentDate):
                change = Set(change.path, now)
            (on_insert if name == "$setOnInsert" else changes).append(change)
    _refuse_meetings([path for change in (*changes, *on_insert) for path in change.paths])
    if not (changes or on_insert or ids):
        raise BadUpdate("An update names at least one key.")
    return Update(tuple(changes), tuple(on_insert), ids[0] if ids else None)


def _path(key: Any) -> Path:
    if not isinstance(key, str):
        raise BadUpdate(f"An update's keys are strings, not {type(key).__name__}.")
    path = parse_path(key)
    if path[0] == "_id":
        raise BadUpdate("The row's id cannot be changed: leave _id out.")
    return path


def _refuse_meetings(paths: list[Path]) -> None:
    if len(paths) > DOCUMENT.keys:
        raise BadUpdate(f"An update may change {DOCUMENT.keys:,} keys.")
    # In order, whatever lies below a path follows it at once.
    for path, following in pairwise(sorted(paths)):
        if following[: len(path)] == path:
            raise BadUpdate(f"Two changes of one update meet at {'.'.join(path)[:64]!r}.")


def _unknown(name: str, legal: tuple[str, ...]) -> str:
    name = str(name)[:64]
    return f"{name!r} is not an operator here. {the_legal(name, legal)}"


# What each operator takes ------------------------------------------------------------------------------


def _set(path: Path, value: Any) -> Change:
    if _names(value):
        # Stored, it would look like a filter; and most often it is an operator in the wrong place.
        raise BadUpdate(f"{_shown(path)}: operators stand outermost, as in {{'$inc': {{'n': 1}}}}.")
    return Set(path, value)


def _unset(path: Path, _value: Any) -> Change:
    return Unset(path)


def _arithmetic(name: str, sign: Literal["+", "*"]) -> Callable[[Path, Any], Change]:
    def parse(path: Path, value: Any) -> Change:
        amount = amount_of(value)
        if amount is None:
            raise BadUpdate(f"{name} of {_shown(path)} takes a finite number, a whole one within 2^53.")
        return Arithmetic(path, sign, amount)

    return parse


def _min(path: Path, value: Any) -> Change:
    return Extreme(path, True, value)


def _max(path: Path, value: Any) -> Change:
    return Extreme(path, False, value)


def _rename(path: Path, name: Any) -> Change:
    return Rename(path, _path(name))


def _current_date(path: Path, kind: Any) -> Change:
    if kind is not True and kind not in ({"$type": "date"}, {"$type": "timestamp"}):
        raise BadUpdate(f"$currentDate of {_shown(path)} takes True, {{'$type': 'date'}} or 'timestamp'.")
    return CurrentDate(path)


def _push(path: Path, operand: Any) -> Change:
    modifiers = _modifiers(path, operand, "$push", PUSH_MODIFIERS)
    if modifiers is None:
        return Push(path, (as_json(path, operand),))
    return Push(
        path,
        _each(path, modifiers),
        _whole(path, modifiers, "$position"),
        _sort(path, modifiers["$sort"]) if "$sort" in modifiers else (),
        _whole(path, modifiers, "$slice"),
    )


def _add_to_set(path: Path, operand: Any) -> Change:
    modifiers = _modifiers(path, operand, "$addToSet", ("$each",))
    return AddToSet(path, (as_json(path, operand),) if modifiers is None else _each(path, modifiers))


def _modifiers(path: Path, operand: Any, name: str, legal: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The operand's modifiers, or ``None`` for a value."""
    if not _names(operand):
        return None
    for key in operand:
        if key not in legal:
            raise BadUpdate(f"{name} of {_shown(path)}: {_unknown(key, legal)}")
    if "$each" not in operand:
        raise BadUpdate(f"{name} of {_shown(path)}: modifiers stand beside $each.")
    return dict(operand)


def _each(path: Path, modifiers: Mapping[str, Any]) -> tuple[Any, ...]:
    values = modifiers["$each"]
    if not isinstance(values, (list, tuple)):
        raise BadUpdate(f"$each of {_shown(path)} takes a list of values.")
    return tuple(as_json(path, list(values)))


def _whole(path: Path, modifiers: Mapping[str, Any], name: str) -> int | None:
    if name not in modifiers:
        return None
    value = modifiers[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadUpdate(f"{name} of {_shown(path)} takes a whole number, not a {type(value).__name__}.")
    # Python's slices end where memory does.
    return max(-DOCUMENT.size, min(value, DOCUMENT.size))


def _sort(path: Path, spec: Any) -> tuple[SortKey, ...]:
    """``1``, ``-1``, or those by the paths within elements that are objects."""
    named = spec.items() if isinstance(spec, Mapping) else [("", spec)]
    if not named or any(type(direction) is not int or abs(direction) != 1 for _name, direction in named):
        raise BadUpdate(f"$sort of {_shown(path)} takes 1 or -1, or a dict such as {{'score': -1}}.")
    return tuple((parse_path(name) if name else (), direction == -1) for name, direction in named)


def _pull(path: Path, operand: Any) -> Change:
    if _names(operand) or isinstance(operand, (Mapping, re.Pattern)):
        wanted = {"$regex": operand} if isinstance(operand, re.Pattern) else operand
        condition = as_stored(from_document({ELEMENT: {"$elemMatch": wanted}}))
        # A dict without operators describes objects: {} is any object, and no number.
        return Pull(path, condition=condition, objects_only=not _names(wanted))
    return Pull(path, as_json(path, operand))


def _pop(path: Path, end: Any) -> Change:
    if type(end) is not int or end not in (1, -1):
        raise BadUpdate(f"$pop of {_shown(path)} takes 1 (the last element) or -1 (the first).")
    return Pop(path, 1 if end == 1 else -1)


def _names(value: Any) -> bool:
    """Whether a dict names operators."""
    return isinstance(value, Mapping) and any(is_operator(key) for key in value)


def _shown(path: Path) -> str:
    return repr(".".join(path)[:64])


OPERATORS: dict[str, Callable[[Path, Any], Change]] = {
    "$set": _set,
    "$unset": _unset,
    "$inc": _arithmetic("$inc", "+"),
    "$mul": _arithmetic("$mul", "*"),
    "$min": _min,
    "$max": _max,
    "$rename": _rename,
    "$push": _push,
    "$pull": _pull,
    "$addToSet": _add_to_set,
    "$pop": _pop,
    "$currentDate": _current_date,
    "$setOnInsert": _set,
}
