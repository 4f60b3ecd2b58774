"""The part of a date that a group is named by, computed from its text in the current time zone."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, TextField, Value
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from collections_app.errors import BadAggregate

__all__ = ["PARTS", "DatePart"]

Part = Literal["year", "quarter", "month", "week", "day", "weekday", "hour"]
PARTS: Final[tuple[str, ...]] = get_args(Part)

# A part is read of what has the form of a date only: a cast of anything else would end the statement. The
# day is added to its month, because 31 February is of the form too; its month is then another.
_FORM = (
    r"^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z)?$"
)
_DAY = "(CAST(left({text}, 7) || '-01' AS date) + (CAST(substr({text}, 9, 2) AS integer) - 1))"
_INSTANT = "((%s + CAST(substr({text}, 12, 15) AS time)) AT TIME ZONE 'UTC' AT TIME ZONE {zone})" % _DAY  # noqa: UP031
_MOMENT = f"CASE WHEN length({{text}}) = 10 THEN CAST({_DAY} AS timestamp) ELSE {_INSTANT} END"
_WRITTEN: Final[dict[str, str]] = {
    "year": "CAST(extract(year FROM {moment}) AS integer)",
    "quarter": """to_char({moment}, 'YYYY-"Q"Q')""",
    "month": "to_char({moment}, 'YYYY-MM')",
    "week": """to_char({moment}, 'IYYY-"W"IW')""",
    "day": "to_char({moment}, 'YYYY-MM-DD')",
    "weekday": "CAST(extract(isodow FROM {moment}) AS integer)",
    "hour": "CAST(extract(hour FROM {moment}) AS integer)",
}


class DatePart(Func):
    """``2026``, ``2026-Q4``, ``2026-11``, ``2026-W48``, ``2026-11-23``, a weekday from 1 (Monday) to 7, or
    an hour from 0 to 23; NULL for what is no date, and for the hour of a day.

    The time zone is the current one, when the statement is made.
    """

    arity = 1
    output_field = TextField()

    def __init__(self, text: Any, part: str) -> None:
        super().__init__(text)
        self.part = part

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        (text,) = self.get_source_expressions()
        named = Func(text, Value(self.part), Value(_zone()), function="capsule_date_part")
        return compiler.compile(named)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        (source,) = self.get_source_expressions()
        text, parameters = compiler.compile(source)
        # Only a named zone comes here, and names of zones hold no quote.
        moment = _MOMENT.format(text=text, zone=f"'{_zone()}'")
        wanted = _WRITTEN[self.part].format(moment=moment)
        day = _DAY.format(text=text)
        valid = f"extract(month FROM {day}) = CAST(substr({text}, 6, 2) AS integer)"
        # In its zone an instant may lie in a year that no date here has.
        wanted = f"CASE WHEN extract(year FROM {moment}) BETWEEN 1 AND 9999 THEN {wanted} END"
        if self.part == "hour":
            valid += f" AND length({text}) > 10"
        sql = f"CASE WHEN {text} ~ '{_FORM}' THEN CASE WHEN {valid} THEN {wanted} END END"
        return sql, list(parameters) * sql.count(text)


def _zone() -> str:
    zone = timezone.get_current_timezone()
    name = str(getattr(zone, "key", "")) or str(zone)
    if name != "UTC" and not getattr(zone, "key", ""):
        raise BadAggregate(f"Parts of a date need a named time zone, such as Europe/Vienna, not {name}.")
    return name
