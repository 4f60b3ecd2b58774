"""What a browser may ask of a column: which conditions fit it, and how each is read from an address.

Conditions on one column are alternatives, of which one has to hold: "open or new", "no value, or 3 to 5".
What is asked of several columns has to hold together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from capsule.json_values import instant
from collections_app.columns import column_type_of
from collections_app.columns.base import short_text
from collections_app.declarations import Column

__all__ = ["HOW", "OPERATORS", "Condition", "Kind", "Operator", "kind_of", "operators_of", "read_condition"]

Operator = Literal["is", "has", "from", "to", "all", "unset"]
OPERATORS: tuple[Operator, ...] = ("is", "has", "from", "to", "all", "unset")
Kind = Literal["choice", "tags", "range", "text", "value"]

# In a form without a script one select says how the text beside it is meant; links say it by the key.
HOW: dict[Kind, tuple[str, ...]] = {"text": ("has", "is", "unset"), "tags": ("is", "all", "unset")}

TEXT_LIMIT = 200  # characters of a text that is looked for
UNSET = "yes"


@dataclass(frozen=True)
class Condition:
    """One condition on a column: ``text`` as the address has it, and the lookups that it means.

    With a ``problem`` it means nothing that could be asked: the sentence says why.
    """

    column: Column
    operator: Operator
    text: str
    lookups: tuple[tuple[str, Any], ...] = ()
    problem: str = ""


def kind_of(column: Column) -> Kind:
    """How a column is asked for: by its options, tags, a range, a text, or a value."""
    kind = column_type_of(column)
    if kind.holds_many:
        return "tags"
    if kind.storage == "boolean" or column.options or kind.has_choices:
        return "choice"
    if "gte" in kind.operators:
        return "range"
    return "text" if "icontains" in kind.operators else "value"


def operators_of(column: Column) -> tuple[Operator, ...]:
    """The conditions that fit a column."""
    known = column_type_of(column).operators
    fitting: dict[Operator, bool] = {
        "is": "eq" in known,
        "has": "icontains" in known,
        "from": "gte" in known,
        "to": "lte" in known,
        "all": column_type_of(column).holds_many,
        "unset": "isnull" in known,
    }
    return tuple(operator for operator in OPERATORS if fitting[operator])


def read_condition(column: Column, operator: Operator, text: str, typed_in: str = "") -> Condition:
    """A condition as an address names it; one that means nothing keeps its text and says why.

    With ``typed_in`` the text is what a person of that language typed, and the condition has it as any
    address would.
    """
    try:
        plain = _plain(column, operator, text, typed_in)
        return Condition(column, operator, plain, _lookups(column, operator, plain))
    except ValidationError as error:
        return Condition(column, operator, text, problem=" ".join(error.messages))


def _plain(column: Column, operator: Operator, text: str, typed_in: str) -> str:
    kind = column_type_of(column)
    if operator not in ("is", "from", "to"):
        return text
    if typed_in:
        with translation.override(typed_in):
            return kind.read(column, text)
    try:
        kind.parse(column, text)
    except ValidationError:  # written into an address by hand, perhaps
        return kind.read(column, text)
    return text


def _lookups(column: Column, operator: Operator, text: str) -> tuple[tuple[str, Any], ...]:
    if operator == "unset":
        if text != UNSET:
            raise ValidationError(_("Give “yes”, or leave it out."))
        return (("isnull", True),)
    if operator == "has":
        wanted = short_text(text, TEXT_LIMIT)
        if not wanted:
            raise ValidationError(_("Give a text to look for."))
        return (("icontains", wanted),)
    value = column_type_of(column).parse(column, text)
    if column.type == "date" and not column.options:
        return _days(column, operator, value)
    return (({"from": "gte", "to": "lte"}.get(operator, "eq"), value),)


def _days(column: Column, operator: Operator, value: str) -> tuple[tuple[str, Any], ...]:
    """A day that is asked for is the whole day: of a column of moments the person's own."""
    if len(value) != len("2026-11-23"):
        return (({"from": "gte", "to": "lte"}.get(operator, "eq"), value),)
    day = date.fromisoformat(value)
    bounds: list[tuple[str, Any]] = []
    if operator in ("is", "from"):
        bounds.append(("gte", _beginning(column, day)))
    if operator in ("is", "to"):
        if day == date.max:
            raise ValidationError(_("Enter a date such as 2026-11-23."))
        bounds.append(("lt", _beginning(column, day + timedelta(days=1))))
    return tuple(bounds)


def _beginning(column: Column, day: date) -> str:
    if column.format != "datetime":
        return day.isoformat()
    try:
        return instant(timezone.make_aware(datetime.combine(day, time.min)))
    except OverflowError:  # before the first day, or after the last, in the person's time zone
        raise ValidationError(_("Enter a date such as 2026-11-23.")) from None


def by_column(conditions: Sequence[Condition]) -> list[tuple[Column, list[Condition]]]:
    """The conditions of each column together, in the order of the first of each."""
    grouped: dict[str, list[Condition]] = {}
    for condition in conditions:
        grouped.setdefault(condition.column.key, []).append(condition)
    return [(found[0].column, found) for found in grouped.values()]
