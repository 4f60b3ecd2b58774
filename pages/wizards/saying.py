"""Answers as a person would read them, for the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.utils.formats import date_format, number_format, time_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from collections_app.files.showing import drawn
from pages.wizards.files import KeptUpload

__all__ = ["spoken"]


def spoken(form: BaseForm) -> list[tuple[str, str]]:
    """Each question of a valid form, and its answer in words; an empty one where there is none."""
    return [
        (str(field.label), _said(field, form.cleaned_data.get(field.name))) for field in form.visible_fields()
    ]


def _said(field: BoundField, value: Any) -> str:
    if isinstance(field.field, forms.ChoiceField) and not isinstance(field.field, forms.ModelChoiceField):
        return _chosen(field, field.field)
    return words_of(value)


def _chosen(field: BoundField, chooser: forms.ChoiceField) -> str:
    """The labels of what was chosen: what was cleaned may be of another type than the choice."""
    given = field.data if isinstance(field.data, (list, tuple)) else [field.data]
    labels = {str(key): str(label) for key, label in _flat(chooser.choices)}
    return ", ".join(labels[str(one)] for one in given if one not in (None, "") and str(one) in labels)


def _flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    for key, label in choices:
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield key, label


def words_of(value: Any) -> str:
    """One value in words."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, KeptUpload):
        return drawn(value.kept_as)
    if isinstance(value, datetime):
        return date_format(localtime(value) if value.tzinfo else value, "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value)
    if isinstance(value, time):
        return time_format(value)
    if isinstance(value, (int, float, Decimal)):
        return number_format(value)
    if isinstance(value, (list, tuple, set, QuerySet)):
        return _listed(value)
    return str(value)


def _listed(values: Iterable[Any]) -> str:
    said = [words_of(value) for value in values]
    plain = [one for one in said if not isinstance(one, SafeString)]
    return ", ".join(plain)
