"""A choice that is not there any more, in any form: nothing is chosen in its place, and words say so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from pytest_django import DjangoAssertNumQueries

from accounts.models import User

GONE = "That choice is not there any more. Choose again."
KINDS = [("a", "Adze"), ("b", "Brace")]
GROUPS = [("Sharp", [("a", "Adze")]), ("Blunt", [("b", "Brace")])]


def drawn(field: forms.Field, **given: Any) -> str:
    """One field of a form, as every form of the house draws it."""
    form_class: Any = type("OneForm", (forms.Form,), {"kind": field})
    return str(render_to_string("capsule/_field.html", {"field": form_class(**given)["kind"]}))


def selected(html: str) -> list[str]:
    """What a browser would have chosen: what says so, else the first."""
    options = re.findall(r'<option value="([^"]*)"( selected)?', html)
    return [value for value, is_selected in options if is_selected] or [options[0][0]]


@pytest.mark.parametrize("choices", [KINDS, GROUPS], ids=["plain", "groups"])
@pytest.mark.parametrize("sent", [{"kind": "01a2-gone"}, {"kind": ""}, {}], ids=["gone", "empty", "missing"])
def test_no_other_is_chosen_in_its_place(choices: Any, sent: dict[str, str]) -> None:
    assert selected(drawn(forms.ChoiceField(choices=choices), data=sent)) == [""]


@pytest.mark.parametrize(
    "field",
    [
        forms.ChoiceField(choices=KINDS),
        forms.TypedChoiceField(choices=KINDS),
        forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect),
        forms.MultipleChoiceField(choices=KINDS, widget=forms.CheckboxSelectMultiple),
    ],
    ids=["select", "typed", "radio", "many"],
)
def test_it_is_said_in_words_without_its_raw_value(field: forms.Field) -> None:
    html = drawn(field, data=QueryDict("kind=01a2-gone"))
    assert GONE in html and "01a2-gone" not in html
    assert "checked" not in html


def test_what_a_field_says_of_itself_and_other_problems_stay() -> None:
    own = forms.ChoiceField(choices=KINDS, error_messages={"invalid_choice": "%(value)s? No."})
    assert "01a2-gone? No." in drawn(own, data={"kind": "01a2-gone"})
    assert "This field is required." in drawn(forms.ChoiceField(choices=KINDS), data={})


def test_what_is_there_stays_chosen_and_no_choice_is_added() -> None:
    field = forms.ChoiceField(choices=KINDS)
    assert selected(drawn(field, data={"kind": "b"})) == ["b"]
    assert drawn(field, data={"kind": "b"}).count("<option") == 2
    assert drawn(field).count("<option") == 2
    assert selected(drawn(field, initial={"kind": "01a2-gone"})) == [""]
    optional = forms.ChoiceField(choices=[("", "None"), *KINDS], required=False)
    assert drawn(optional, data={"kind": "01a2-gone"}).count("<option") == 3
    many = forms.MultipleChoiceField(choices=KINDS)
    assert drawn(many, data=QueryDict("kind=01a2-gone")).count("<option") == 2


@pytest.mark.django_db
def test_the_choices_of_a_model_are_asked_for_once(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    field = forms.ModelChoiceField(User.objects.all())
    with django_assert_num_queries(1):
        assert "selected" in drawn(field, initial={"kind": alice.pk})
