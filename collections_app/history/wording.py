"""An entry of the history in words: what was done, from where, and what of it a person may see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule.errors import problems_by_field
from collections_app.columns import cell_of
from collections_app.declarations import Column, Declaration
from collections_app.fitting import in_a_line, problems_shown
from collections_app.history.entries import Change

__all__ = ["ACTIONS", "ShownChange", "reasons_of", "visible_changes", "when_in_words"]

SHOWN = 500  # characters of a value
RECENT = timedelta(days=7)

ACTIONS: Mapping[str, Promise] = {
    "insert": gettext_lazy("Added"),
    "update": gettext_lazy("Changed"),
    "restore": gettext_lazy("Restored"),
    "delete": gettext_lazy("Deleted"),
    "undelete": gettext_lazy("Brought back"),
    "move": gettext_lazy("Moved here"),
}
ShownChange = tuple[str, str, str]  # the column, its value before, and after


def visible_changes(
    declaration: Declaration, changes: Mapping[str, Change], *, sees_others: bool
) -> list[ShownChange]:
    """What a person may see: declared columns as cells. No hidden column.

    Then other keys as JSON, for whoever ``sees_others``: those who may change the record (``record_form``).
    """
    declared = declaration.hidden_keys.union(column.key for column in declaration.columns)
    shown = [
        (column.title, _cell(column, changes[column.key].before), _cell(column, changes[column.key].after))
        for column in declaration.visible_columns
        if column.key in changes
    ]
    others = [
        (key, _as_json(change.before), _as_json(change.after))
        for key, change in changes.items()
        if sees_others and key not in declared
    ]
    return [change for change in [*shown, *others] if change[1] or change[2]]


def _cell(column: Column, value: Any) -> str:
    return "" if value is None else cell_of(column, {column.key: _bounded(value)})


def _bounded(value: Any) -> Any:
    return f"{value[:SHOWN]}…" if isinstance(value, str) and len(value) > SHOWN else value


def _as_json(value: Any) -> str:
    return "" if value is None else _bounded(json.dumps(value, ensure_ascii=False))


def reasons_of(error: ValidationError, declaration: Declaration) -> str:
    """Why a value does not fit, in one line. Of a hidden column it says no more than that one does not."""
    problems = problems_shown(error, declaration)
    if declaration.hidden_keys.isdisjoint(getattr(error, "error_dict", ())):
        problems = problems_by_field(error)
    return in_a_line(problems)


def when_in_words(at: datetime) -> str:
    """How long ago, within a week; then the day."""
    now = timezone.now()
    age = now - at
    if age < timedelta(minutes=1):
        return _("just now")
    if age < RECENT:
        return _("%(time)s ago") % {"time": timesince(at, now, depth=1)}
    return date_format(timezone.localtime(at), "DATE_FORMAT")
