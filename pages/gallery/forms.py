"""A form in every state: of Django's, with a field of each kind, made up here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString

from pages.forms.drawing import Shown, draw
from pages.gallery.states import state

__all__: list[str] = []

CHOICES = [("mail", "By mail"), ("phone", "By telephone"), ("none", "Not at all")]


class ReportForm(forms.Form):
    subject = forms.CharField(help_text="In a few words.")
    email = forms.EmailField(label="Your address")
    details = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
    place = forms.ChoiceField(choices=[("", "Choose one"), ("desk", "At a desk"), ("hall", "In the hall")])
    answer = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect, label="How may we answer?")
    picture = forms.FileField(required=False)
    urgent = forms.BooleanField(required=False, label="It cannot wait")
    ticket = forms.IntegerField(widget=forms.HiddenInput, initial=41)

    def clean(self) -> None:
        if "email" in self.errors:
            raise forms.ValidationError("Without an address nobody can answer you.")


def _drawn(request: HttpRequest, **typed: Any) -> SafeString:
    data = QueryDict(mutable=True)
    data.update(typed)
    form = ReportForm(data if typed else None, auto_id="form-states-%s")
    return draw(request, Shown(form, "form-states", "Report", is_ours=True, once="0" * 32))


@state("form", "empty", "A field of each kind, with nothing in it.", "form:empty")
def empty(request: HttpRequest) -> SafeString:
    return _drawn(request)


@state("form", "not-accepted", "What is wrong stands beside its field, what was typed in it.", "form:refused")
def not_accepted(request: HttpRequest) -> SafeString:
    long = "The printer is out of ink " * 12
    return _drawn(request, subject=long, email="nobody", place="roof", urgent="on", ticket="no number")


@state("form", "sending", "On its way: after 300 milliseconds it is seen to be.", "form:sending")
def sending(request: HttpRequest) -> SafeString:
    filled = _drawn(request, subject="Ink", email="a@example.com", place="desk", answer="mail", ticket="41")
    return SafeString(
        filled.replace(
            'class="card form-widget"', 'class="card form-widget is-loading" aria-busy="true"', 1
        ).replace('type="submit"', 'type="submit" disabled', 1)
    )
