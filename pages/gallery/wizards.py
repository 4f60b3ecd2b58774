"""A wizard in every state, with steps that are made up here."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString

from pages import ui
from pages.gallery.states import state
from pages.wizards.answers import Answers
from pages.wizards.drawing import draw
from pages.wizards.keeping import State
from pages.wizards.path import DONE
from pages.wizards.running import Running, Shown

__all__: list[str] = []

WHO = {"posted": {"name": ["Ana Pérez"], "email": ["ana@example.com"]}}


class Who(forms.Form):
    name = forms.CharField(help_text="As it stands on the contract.")
    email = forms.EmailField(label="Your address")


class Where(forms.Form):
    title = "Place"
    country = forms.ChoiceField(choices=[("", "Choose one"), ("fr", "France"), ("us", "United States")])


class Papers(forms.Form):
    terms = forms.FileField(label="The signed terms", required=False)


def people(answers: Answers) -> list[type[forms.Form]]:
    return [Who] if answers["country"] == "fr" else []


def _wizard() -> ui.Wizard:
    return ui.Wizard([Who, Where, people, Papers], on_finish=lambda answers: None, key="states")


def _drawn(request: HttpRequest, kept: State, shown: str, *, sent: Shown | None = None) -> SafeString:
    run = Running(_wizard(), request)
    run.know({"run": "0" * 16, **kept})
    run.show(shown)
    if sent is not None:
        run.shown = sent
    return draw(run)


@state("wizard", "first-step", "Nothing is answered yet.", "wizard:step")
def first_step(request: HttpRequest) -> SafeString:
    return _drawn(request, {}, "who")


@state("wizard", "not-accepted", "What is wrong stands beside its field.", "wizard:refused")
def not_accepted(request: HttpRequest) -> SafeString:
    return _drawn(request, {"step:who": {"posted": {"name": [""], "email": ["nobody"]}}}, "who")


@state("wizard", "answered-elsewhere", "Another tab was quicker: both answers are shown.", "wizard:conflict")
def answered_elsewhere(request: HttpRequest) -> SafeString:
    form = Who(QueryDict("name=Ben&email=ben@example.com"), auto_id="wizard-states-%s")
    sentence = "This step was answered elsewhere meanwhile. Send it again to put yours in its place."
    said = [("Name", "Ana Pérez"), ("Your address", "ana@example.com")]
    shown = Shown("who", form, problems=[sentence], elsewhere=said)
    return _drawn(request, {"step:who": WHO}, "who", sent=shown)


@state("wizard", "later-step", "Those that were answered can be gone back to.", "wizard:later")
def later_step(request: HttpRequest) -> SafeString:
    return _drawn(request, {"step:who": WHO}, "where")


@state("wizard", "summary", "All that was answered, with a way to change each step.", "wizard:summary")
def summary(request: HttpRequest) -> SafeString:
    kept = {"step:who": WHO, "step:where": {"posted": {"country": ["us"]}}, "step:papers": {"posted": {}}}
    return _drawn(request, kept, "summary")


@state("wizard", "done", "What it came to, and where that is.", "wizard:done")
def done(request: HttpRequest) -> SafeString:
    result = {"run": "0" * 16, "words": "“Ana Pérez” was added.", "link": "/"}
    run = Running(_wizard(), request)
    run.state, run.shown = {"run": "0" * 16, "done": result}, Shown(DONE)
    return draw(run)
