"""A day, a time of day and a moment are chosen where the browser has a picker, as in a record's form."""

from __future__ import annotations

import copy
import re
from datetime import date, datetime, time
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.forms.widgets import DateTimeBaseInput

__all__ = ["picker_of"]

# Django's own inputs, of text: the type of the browser's, and the form in which that writes and reads.
PICKERS: Final[dict[type[forms.Widget], tuple[str, str, re.Pattern[str]]]] = {
    forms.DateInput: ("date", "%Y-%m-%d", re.compile(r"\d{4}-\d\d-\d\d")),
    forms.TimeInput: ("time", "%H:%M", re.compile(r"\d\d:\d\d(:\d\d)?")),
    forms.DateTimeInput: (
        "datetime-local",
        "%Y-%m-%dT%H:%M",
        re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?"),
    ),
}


def picker_of(field: BoundField, widget: forms.Widget) -> forms.Widget:
    """The control itself, or as one that has a picker.

    A control that the form has chosen by itself stays; so does a text that no picker could show, with what
    was typed.

    Example: ``field.as_widget(picker_of(field, field.field.widget))``
    """
    known = PICKERS.get(type(widget))
    if known is None or not isinstance(widget, DateTimeBaseInput) or _is_chosen(widget):
        return widget
    kind, form, text = known
    value = field.value()
    if not _is_read(field.field, form) or not _is_shown(value, text):
        return widget
    picker = copy.deepcopy(widget)
    picker.input_type = kind
    picker.format = f"{form}:%S" if getattr(value, "second", 0) else form
    return picker


def _is_chosen(widget: DateTimeBaseInput) -> bool:
    return widget.format is not None or widget.is_localized or "type" in widget.attrs


def _is_read(field: forms.Field, form: str) -> bool:
    """Whether the field takes what a picker sends; of a moment it always takes what ISO 8601 writes."""
    formats = getattr(field, "input_formats", None)
    return isinstance(field, forms.DateTimeField) or (formats is not None and form in list(formats))


def _is_shown(value: Any, text: re.Pattern[str]) -> bool:
    if isinstance(value, str):
        return not value or text.fullmatch(value) is not None
    return value is None or isinstance(value, (date, datetime, time))
