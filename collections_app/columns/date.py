"""Dates and instants: ``2026-11-23``, or ``2026-11-23T10:00:00.000000Z`` in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from html import escape
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from capsule.formats.dates import FORMATS, date_writer, problem_with
from capsule.json_values import instant
from collections_app.columns.base import (
    EQUALITY,
    RANGES,
    Cell,
    ColumnType,
    checked_option,
    column_type,
    missing_cell,
)
from collections_app.columns.fields import ColumnField
from collections_app.declarations import Column

__all__ = ["DateColumn"]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WRITTEN = "2026-11-23T10:00:00.000000Z"
_MOMENT_STORED = re.compile(r"[1-9]\d{3}-\d\d-\d\dT[0-2]\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)


class DateField(ColumnField):
    """A day, or a moment in the person's own time zone."""

    def to_python(self, value: Any) -> Any:
        moment = _moment(value.strip()) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is None:
            value = timezone.make_aware(moment)
        return super().to_python(value)


class DateOrMoment(forms.DateInput):
    """The browser's picker for a day; for a value with a time, its picker for a moment."""

    input_type = "date"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if isinstance(value, str) and "T" in value:
            context["widget"]["type"] = "datetime-local"
        return context


@column_type
class DateColumn(ColumnType):
    """A day or an instant: its exact text, which the browser makes relative ("3 hours ago") within a week.

    ``format``: ``"relative"`` always is, ``"datetime"`` and ``"date"`` (the day alone) never, nor are
    Django's letters (``"j M Y"``).
    """

    name = "date"
    shared = True
    operators: ClassVar[tuple[str, ...]] = EQUALITY + RANGES
    formats: ClassVar[tuple[str, ...]] = FORMATS
    index_bytes: ClassVar[int] = 32
    field_class: ClassVar[type[ColumnField]] = DateField

    def clean(self, column: Column, value: object) -> Any:
        stored = _stored(value)
        return stored if column.options is None or stored is None else checked_option(column, stored)

    def cell(self, column: Column) -> Cell:
        missing, legal = missing_cell(), column.options
        zone = timezone.get_current_timezone()
        relative, write_day, write_moment, write_title = _written(column.format)

        def cell(value: Any) -> str:
            if type(value) is not str or not value:
                return missing if value is None or value == "" else self.odd(column, value)
            try:
                if legal is not None and value not in legal:
                    return self.odd(column, value)
                # What Python reads as one of these two holds digits and -+:.TZ only: nothing to escape.
                if len(value) == 10 and value[4] == value[7] == "-":
                    return f'<time datetime="{value}"{relative}>{write_day(date.fromisoformat(value))}</time>'
                # A moment that is written otherwise is the same to a person, but not to a filter.
                if len(value) == len(WRITTEN) and _MOMENT_STORED.fullmatch(value):
                    moment = datetime.fromisoformat(value).astimezone(zone)
                    title = f' title="{write_title(moment)}"' if write_title is not None else ""
                    return f'<time datetime="{value}"{relative}{title}>{write_moment(moment)}</time>'
            except (ValueError, OverflowError):
                pass
            return self.odd(column, value)

        return cell

    def form_value(self, column: Column, value: Any) -> Any:
        moment = _moment(value) if isinstance(value, str) and column.options is None else None
        if (
            moment is None or moment.tzinfo is None
        ):  # one of few, a day, what somebody has just typed, or old data
            return self.export(column, value)
        try:
            local = moment.astimezone(timezone.get_current_timezone())
        except OverflowError:  # in this zone it lies past the last year, or before the first
            return self.export(column, value)
        # Pickers know no fractions of a second.
        return local.replace(microsecond=0, tzinfo=None).isoformat(
            timespec="seconds" if local.second else "minutes"
        )

    def form_widget(self, column: Column) -> forms.Widget:
        if column.format == "datetime":
            return forms.DateTimeInput({"type": "datetime-local"})
        return DateOrMoment()

    def problem_with(self, column: Column) -> str | None:
        return None if column.format is None else problem_with(column.format)


def _stored(value: object) -> str | None:
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise _not_a_date()
    return _from_text(value.strip())


def _moment(text: str) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return None


def _from_text(text: str) -> str | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _not_a_date() from None
    moment = _moment(text)
    if moment is None:
        raise _not_a_date()
    return _instant(moment)


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValidationError(_("Add a time zone to this moment, such as 2026-11-23T10:00Z."))
    try:
        if moment.astimezone(UTC).year < 1000:
            raise _not_a_date()  # strftime writes years before 1000 with fewer digits
        return instant(moment)
    except OverflowError:
        raise _not_a_date() from None


def _not_a_date() -> ValidationError:
    return ValidationError(_("Enter a date such as 2026-11-23."))


Writer = Callable[[date], str]


class Written(NamedTuple):
    """How a column's dates are written. The clock is the browser's: what is sent may be shown at any time."""

    relative: str  # an attribute: whether the browser says "3 hours ago", and for how long
    day: Writer
    moment: Writer
    title: Writer | None  # of a moment whose text is not exact


def _written(spec: str | None) -> Written:
    day = date_writer(str(get_format("DATE_FORMAT")))
    exact = date_writer(str(get_format("DATETIME_FORMAT")))
    if spec is None:
        return Written(' data-relative="week"', day, exact, None)
    if spec == "relative":
        return Written(' data-relative="always"', day, exact, None)
    if spec == "datetime":
        return Written("", day, exact, None)
    if spec == "date":
        return Written("", day, day, exact)
    own = _own(spec)
    return Written("", own if _knows_days(spec) else day, own, exact)


def _own(pattern: str) -> Writer:
    write = date_writer(pattern)

    def written(value: date) -> str:
        try:
            return escape(write(value))
        except (TypeError, ValueError):
            return value.isoformat()

    return written


@lru_cache(maxsize=128)
def _knows_days(pattern: str) -> bool:
    """Whether a pattern asks nothing of a day that only a moment has: its hour was never said."""
    return not set(re.sub(r"\\.", "", pattern)) & set("aAcefgGhHiIOPrsTuUZ")
