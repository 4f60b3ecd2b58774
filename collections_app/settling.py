"""A conflict, value by value: what is asked of the person, and what their answer makes of the form.

Of a field the two values are one question; of the other data each key is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from capsule.json_values import InvalidJSON, parse_json
from capsule.words import Words
from collections_app.columns import cell_of
from collections_app.columns.cells import missing_cell
from collections_app.errors import Conflict
from collections_app.files.fields import FileField
from collections_app.forms import OTHER, SEEN, SETTLE, SETTLE_KEY, DocumentForm, as_json, posted_seen
from collections_app.record_form import pretty

__all__ = ["Disputed", "code", "disputes", "resubmission", "settled"]

# The button that answers for every value: "settle=theirs".
WHOLE = "settle"


class Disputed(NamedTuple):
    """A value that somebody else changed meanwhile: whose it is, and both as a person reads them."""

    answer: str  # the name of the input that says which of them it shall be
    label: Words
    mine: SafeString
    theirs: SafeString


def disputes(form: DocumentForm, conflict: Conflict) -> list[Disputed]:
    """What is in dispute, in the order of the form."""
    found: list[Disputed] = []
    for name, field in form.fields.items():
        if name == OTHER:
            found += _other_disputes(form, conflict)
        elif (column := form.columns[name]).key in conflict.fields:
            mine = cell_of(column, {column.key: form.cleaned_data[name]})
            found.append(
                Disputed(f"{SETTLE}{name}", field.label or name, mine, cell_of(column, conflict.current))
            )
    return found


def _other_disputes(form: DocumentForm, conflict: Conflict) -> list[Disputed]:
    mine, theirs = form.cleaned_data[OTHER], conflict.current
    return [
        Disputed(f"{SETTLE_KEY}{quote(key, safe='')}", key, _value(mine, key), _value(theirs, key))
        for key in _other_keys(form, conflict)
    ]


def _other_keys(form: DocumentForm, conflict: Conflict) -> list[str]:
    known = {*form.seen[OTHER], *form.cleaned_data[OTHER]}
    return [key for key in conflict.fields if key in known]


def _value(values: Mapping[str, Any], key: str) -> SafeString:
    return code(values[key]) if key in values else SafeString(missing_cell())


def code(value: Any) -> SafeString:
    """A value that has no column, as JSON."""
    return format_html("<pre>{}</pre>", pretty(value))


def resubmission(form: DocumentForm, conflict: Conflict) -> list[tuple[str, str]]:
    """The hidden inputs of the form that settles a conflict: all that was changed, and theirs as seen."""
    pairs: list[tuple[str, str]] = []
    for name in form.changed_data:
        pairs.append((f"{SEEN}{name}", as_json(_seen_now(form, name, conflict))))
        field = form.fields[name]
        if isinstance(field, FileField):  # what was chosen has been kept
            pairs.extend((name, value) for value in field.resent(form.cleaned_data.get(name)))
        else:
            pairs.extend((name, value) for value in form.data.getlist(name))  # type: ignore[attr-defined]
    return pairs


def _seen_now(form: DocumentForm, name: str, conflict: Conflict) -> Any:
    """What the person has seen of a field, once the conflict was shown to them."""
    seen, current = form.seen[name], conflict.current
    if name == OTHER:
        keys = _other_keys(form, conflict)
        return {key: value for key, value in seen.items() if key not in keys} | {
            key: current[key] for key in keys if key in current
        }
    key = form.columns[name].key
    return current.get(key) if key in conflict.fields else seen


def settled(data: QueryDict) -> QueryDict:
    """What was posted, without the values of which the person takes theirs.

    Raises ``BadInput`` for seen values that no form of ours has sent.
    """
    asked = [key for key in data if key.startswith((SETTLE, SETTLE_KEY))]
    if not asked:
        return data
    rest, whole = data.copy(), data.get(WHOLE)
    theirs = [key for key in asked if (whole or data.get(key)) == "theirs"]
    for key in theirs:
        if key.startswith(SETTLE):
            name = key.removeprefix(SETTLE)
            rest.pop(name, None)
            rest.pop(f"{SEEN}{name}", None)
    if keys := [unquote(key.removeprefix(SETTLE_KEY)) for key in theirs if key.startswith(SETTLE_KEY)]:
        rest[OTHER] = _with_theirs(data, keys)
    return rest


def _with_theirs(data: QueryDict, keys: list[str]) -> str:
    """The other data as typed, but for these keys, which are as they were seen."""
    text, seen = data.get(OTHER, ""), posted_seen(data, OTHER)
    try:
        typed = parse_json(text)
    except InvalidJSON:
        return text  # the form says what is wrong with it
    if not isinstance(typed, dict) or not isinstance(seen, dict):
        return text
    kept = {key: value for key, value in typed.items() if key not in keys}
    return pretty(kept | {key: seen[key] for key in keys if key in seen})
