"""A conflict, field by field: what is asked of the person, and what their answer makes of the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from collections_app.columns import cell_of
from collections_app.errors import Conflict
from collections_app.files.fields import FileField
from collections_app.forms import OTHER, SEEN, SETTLE, DocumentForm, as_json
from collections_app.record_form import pretty

__all__ = ["Disputed", "disputes", "resubmission", "settled"]

# The button that answers for every field: "settle=theirs".
WHOLE = "settle"


class Disputed:
    """A field that somebody else changed meanwhile: both values as cells, and theirs as a form carries it."""

    def __init__(self, form: DocumentForm, name: str, conflict: Conflict) -> None:
        current = conflict.current
        self.name = name
        self.label = form.fields[name].label
        if name == OTHER:
            keys = [
                key for key in conflict.fields if key in form.seen[OTHER] or key in form.cleaned_data[OTHER]
            ]
            self.mine = _as_code(form.cleaned_data[OTHER], keys)
            self.theirs = _as_code(current, keys)
            now = {key: value for key, value in form.seen[OTHER].items() if key not in keys}
            self.seen = as_json({**now, **{key: current[key] for key in keys if key in current}})
            return
        column = form.columns[name]
        self.mine = cell_of(column, {column.key: form.cleaned_data[name]})
        self.theirs = cell_of(column, current)
        self.seen = as_json(current.get(column.key))


def _as_code(values: Mapping[str, Any], keys: list[str]) -> SafeString:
    return format_html("<pre>{}</pre>", pretty({key: values[key] for key in keys if key in values}))


def disputes(form: DocumentForm, conflict: Conflict) -> list[Disputed]:
    """The fields in dispute, in the order of the form."""
    keys = set(conflict.fields)
    declared = {column.key for column in form.columns.values()}

    def is_disputed(name: str) -> bool:
        return bool(keys - declared) if name == OTHER else form.columns[name].key in keys

    return [Disputed(form, name, conflict) for name in form.fields if is_disputed(name)]


def resubmission(form: DocumentForm, disputed: list[Disputed]) -> list[tuple[str, str]]:
    """The hidden inputs of the form that settles a conflict: all that was changed, and theirs as seen."""
    seen = {item.name: item.seen for item in disputed}
    pairs: list[tuple[str, str]] = []
    for name in form.changed_data:
        pairs.append((f"{SEEN}{name}", seen.get(name, as_json(form.seen[name]))))
        field = form.fields[name]
        if isinstance(field, FileField):  # what was chosen has been kept
            pairs.extend((name, value) for value in field.resent(form.cleaned_data.get(name)))
        else:
            pairs.extend((name, value) for value in form.data.getlist(name))  # type: ignore[attr-defined]
    return pairs


def settled(data: QueryDict) -> QueryDict:
    """What was posted, without the fields of which the person takes theirs."""
    asked = [key for key in data if key.startswith(SETTLE)]
    if not asked:
        return data
    rest, whole = data.copy(), data.get(WHOLE)
    for key in asked:
        if (whole or data.get(key)) == "theirs":
            name = key.removeprefix(SETTLE)
            rest.pop(name, None)
            rest.pop(f"{SEEN}{name}", None)
    return rest
