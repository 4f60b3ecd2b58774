"""A choice that is not there any more: nothing is chosen in its place, and words say what is gone."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

__all__ = ["chooser_of", "problems_of"]


def chooser_of(field: BoundField) -> forms.Widget:
    """The field's control; a select that has what was chosen no more begins with an empty choice.

    A browser would choose the first option of one that has none: another than the person did.

    Example: ``field.as_widget(chooser_of(field))``
    """
    own: forms.Widget = field.field.widget
    if not isinstance(own, forms.Select) or own.allow_multiple_selected:
        return own
    if _begins_empty(own) or not _is_adrift(field, own):
        return own
    widget = copy.deepcopy(own)
    widget.choices = [("", "—"), *own.choices]
    return widget


def _begins_empty(select: forms.Select) -> bool:
    """Whether its first choice is none, as of a reference always; of a model's rows this asks no database."""
    if type(select).optgroups is not forms.Select.optgroups:
        return True
    first = next(iter(select.choices), None)
    return first is not None and first[0] in (None, "")


def _is_adrift(field: BoundField, select: forms.Select) -> bool:
    """Whether something was chosen, or nothing although it was asked, and no option is that."""
    value = field.value()
    if value in (None, "") and not field.form.is_bound:
        return False
    options = list(_options(select.optgroups(field.html_name, select.format_value(value))))
    is_empty = bool(options) and options[0]["value"] in (None, "")
    return not is_empty and not any(one["selected"] for one in options)


def _options(groups: Any) -> Iterator[dict[str, Any]]:
    for _name, options, _index in groups:
        yield from options


def problems_of(field: BoundField) -> list[str]:
    """What is wrong with a field, in sentences: of a choice that is gone not its raw value.

    Example: ``" ".join(problems_of(form["tool"]))``
    """
    said = [_sentence(error, field.field) for error in field.errors.as_data()]
    return list(dict.fromkeys(said))


def _sentence(error: ValidationError, field: forms.Field) -> str:
    if error.code == "invalid_choice" and error.message in _djangos_words(field):
        return _("That choice is not there any more. Choose again.")
    return str(next(iter(error)))


def _djangos_words(field: forms.Field) -> list[Any]:
    """What such a field says of such a choice, unless it was given words of its own."""
    kinds = [vars(kind).get("default_error_messages", {}) for kind in type(field).__mro__]
    return [one["invalid_choice"] for one in kinds if "invalid_choice" in one]
