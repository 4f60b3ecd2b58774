"""What a program sends to an action that takes a form: JSON, to fields that read text."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.test import Client

from tests.handlers.conftest import DeclareAction

pytestmark = pytest.mark.django_db

JSON_VALUES: list[Any] = [
    5, 1.5, True, False, None, [], ["a"], {"a": 1}, [[1]], "x", "", 10**30, 1e300, [None], {"a": [1]},
    [True], "2026-11-27",
]  # fmt: skip
FIELDS: dict[str, forms.Field] = {
    "text": forms.CharField(required=False),
    "date": forms.DateField(required=False),
    "moment": forms.DateTimeField(required=False),
    "time": forms.TimeField(required=False),
    "span": forms.DurationField(required=False),
    "whole": forms.IntegerField(required=False),
    "exact": forms.DecimalField(required=False),
    "truth": forms.BooleanField(required=False),
    "maybe": forms.NullBooleanField(required=False),
    "place": forms.GenericIPAddressField(required=False),
    "which": forms.UUIDField(required=False),
    "one": forms.ChoiceField(choices=[("a", "A"), ("true", "Yes")], required=False),
    "many": forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], required=False),
    "any": forms.JSONField(required=False),
    "file": forms.FileField(required=False),
    "both": forms.SplitDateTimeField(required=False),
}


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_takes_json_or_refuses_it_in_words(
    declare_action: DeclareAction, alice_client: Client, name: str
) -> None:
    form_class: type[forms.Form] = type("Sent", (forms.Form,), {name: FIELDS[name]})
    taken: list[Any] = []

    def take(form: Any) -> None:
        taken.append(form.cleaned_data[name])

    take.__annotations__["form"] = form_class
    action = declare_action(take)
    for value in JSON_VALUES:
        answer = alice_client.post(action.url(), {name: value}, content_type="application/json")
        assert answer.status_code in (200, 400), (value, answer.content)
        if answer.status_code == 400:
            assert all(answer.json()["fields"][name]), value
    assert not any(isinstance(one, str) and one.startswith(("[", "{")) for one in taken), "a list is no text"


def test_what_fits_arrives_as_it_was_meant(declare_action: DeclareAction, alice_client: Client) -> None:
    class Wish(forms.Form):
        words = forms.CharField()
        times = forms.IntegerField()
        kinds = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")])
        loud = forms.BooleanField(required=False)
        quiet = forms.BooleanField(required=False)
        more = forms.JSONField()

    def take(form: Any) -> str:
        return repr(form.cleaned_data)

    take.__annotations__["form"] = Wish
    action = declare_action(take)
    sent = {"words": "a", "times": 3, "kinds": ["b", "a"], "loud": True, "quiet": False, "more": {"x": [1]}}
    answer = alice_client.post(action.url(), sent, content_type="application/json")
    assert answer.json()["message"] == repr(sent)
