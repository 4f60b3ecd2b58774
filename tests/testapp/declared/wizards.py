"""Wizards that the suites walk through: one with every kind of step, and one that anybody may begin."""

from __future__ import annotations

from collections import Counter

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from capsule import PageRequest
from collections_app import Row
from conversations import ConversationRequest
from pages import Answers, page, ui
from tests.testapp.declared.collections import papers

__all__ = ["FINISHED", "Extra", "HowMany", "Lent", "Papers", "Person", "Where", "Who", "extra", "people"]

FINISHED: Counter[str] = Counter()  # how often on_finish was called, by title


class Who(forms.Form):
    name = forms.CharField(max_length=100)
    since = forms.DateField(required=False, label="Customer since")


class Where(forms.Form):
    title = "Place"

    country = forms.ChoiceField(choices=[("fr", "France"), ("us", "United States")])
    news = forms.BooleanField(required=False, label="Send news")


class Extra(forms.Form):
    number = forms.DecimalField(max_digits=8, decimal_places=2, label="Number")


class HowMany(forms.Form):
    count = forms.IntegerField(min_value=0, max_value=3, label="How many people?")


class Person(forms.Form):
    person = forms.CharField(max_length=50)


class Papers(forms.Form):
    terms = forms.FileField(required=False)
    note = forms.CharField(required=False, widget=forms.Textarea)


def extra(answers: Answers) -> type[forms.Form] | None:
    return Extra if answers["country"] == "fr" else None


def people(answers: Answers) -> list[type[forms.Form]]:
    return [Person] * int(answers["count"])


def add_paper(request: PageRequest, answers: Answers) -> Row | dict[str, str] | HttpResponse:
    FINISHED[answers["name"]] += 1
    said = [one["person"] for one in answers.of(people)]
    row = papers.insert_one(
        {"title": answers["name"], "contract": answers["terms"], "said": said, "since": answers["since"]}
    )
    if answers["note"] == "problem":
        return {"person": "Somebody else, please.", "nothing": "Nor this."}
    if answers["note"] == "break":
        raise RuntimeError("secret detail")
    return redirect("/thanks/") if answers["note"] == "redirect" else row


@page("Test wizard", hidden=True)
def test_wizard(request: PageRequest, tone: str = "calm") -> ui.Page:
    return ui.Page(
        [ui.Text(tone), ui.Wizard([Who, Where, extra, HowMany, people, Papers], on_finish=add_paper)]
    )


class About(forms.Form):
    title = "Which"

    about = forms.CharField(max_length=50)


def show_papers(answers: Answers) -> ui.Table | ui.Card | ui.Form:
    papers.insert_one({"title": answers["about"]})
    listed = ui.Table(papers.filter(title=answers["about"]), columns=["title"])
    if answers["about"] == "form":
        return ui.Form(About)
    return listed if answers["about"] == "bare" else ui.Card("Yours", [listed])


@page("Test showing wizard", hidden=True)
def test_showing_wizard(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Wizard([About], on_finish=show_papers), ui.Table(papers, key="beside")])


def greet(request: ConversationRequest, answers: Answers) -> str:
    request.conversation.data.increment("greeted")
    return f"Hello {answers['name']}"


@page("Test open wizard", hidden=True, access="public")
def test_open_wizard(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Wizard([Who, Papers], on_finish=greet, submit="Greet", finished="Greeted")])


def papers_here() -> list[tuple[str, str]]:
    return [(row.id, row["title"]) for row in papers.order_by("title")]


class Lent(forms.Form):
    title = "Which paper"

    paper = forms.ChoiceField(choices=papers_here)


def lend(answers: Answers) -> str | dict[str, str]:
    """One of what is there: two people may want the same."""
    done = papers.update_one({"_id": answers["paper"], "said": {"$ne": ["lent"]}}, {"said": ["lent"]})
    return "It is lent." if done.matched else {"paper": "Somebody else was quicker. Choose another."}


@page("Test lending wizard", hidden=True)
def test_lending_wizard(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Wizard([Lent, About], on_finish=lend)])
