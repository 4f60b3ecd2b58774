"""A day is chosen where a form of Django's asks for one: no box that says nothing of how it is written."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

import pytest
from django import forms
from django.template.loader import render_to_string


def drawn(field: forms.Field, **given: Any) -> str:
    """The control of one field of a form, as every form of the house draws it."""
    form_class: Any = type("OneForm", (forms.Form,), {"when": field})
    html = str(render_to_string("capsule/_field.html", {"field": form_class(**given)["when"]}))
    return re.sub(r"\s+", " ", html)


@pytest.mark.parametrize(
    ("field", "kind", "value", "shown"),
    [
        (forms.DateField(), "date", date(2026, 5, 3), "2026-05-03"),
        (forms.TimeField(), "time", time(9, 30), "09:30"),
        (forms.DateTimeField(), "datetime-local", datetime(2026, 5, 3, 9, 30), "2026-05-03T09:30"),
        (forms.DateTimeField(), "datetime-local", datetime(2026, 5, 3, 9, 30, 7), "2026-05-03T09:30:07"),
    ],
)
def test_a_day_a_time_and_a_moment_have_a_picker(
    field: forms.Field, kind: str, value: Any, shown: str
) -> None:
    assert f'type="{kind}"' in drawn(field)
    html = drawn(field, initial={"when": value})
    assert f'type="{kind}"' in html and f'value="{shown}"' in html
    again = drawn(field, data={"when": shown})
    assert f'value="{shown}"' in again and "is-invalid" not in again


def test_what_no_picker_can_show_stays_as_it_was_typed() -> None:
    html = drawn(forms.DateField(), data={"when": "soon"})
    assert 'type="text"' in html and 'value="soon"' in html and "is-invalid" in html
    assert 'value="05/03/2026"' in drawn(forms.DateField(), data={"when": "05/03/2026"})


def test_what_a_form_has_chosen_by_itself_stays() -> None:
    for field in (
        forms.DateField(input_formats=["%d.%m.%Y"]),
        forms.DateField(widget=forms.DateInput(format="%d.%m.%Y")),
        forms.DateField(localize=True),
    ):
        assert 'type="text"' in drawn(field)
    chosen = drawn(forms.DateField(widget=forms.DateInput({"type": "date"})))
    assert chosen.count('type="date"') == 1
