"""A counter and a wizard in two steps, as an application would write them: ordinary views."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from conversations import ConversationRequest
from tests.testapp.declared.collections import threads
from tests.testapp.declared.settings import show_closed

__all__ = ["beside", "counter", "own", "summary", "wizard"]


class SubjectForm(forms.Form):
    subject = forms.CharField(max_length=80)
    details = forms.CharField(required=False, widget=forms.Textarea)


class UrgencyForm(forms.Form):
    urgency = forms.ChoiceField(choices=[("low", "It can wait"), ("high", "Today")])


STEPS: list[type[forms.Form]] = [SubjectForm, UrgencyForm]


def counter(request: ConversationRequest) -> HttpResponse:
    if request.method == "POST":
        request.conversation.data.increment("count")
        return redirect("testapp:counter")
    return render(request, "testapp/counter.html", {"count": request.conversation.data.get("count", 0)})


def wizard(request: ConversationRequest, step: int) -> HttpResponse:
    if not 1 <= step <= len(STEPS):
        raise Http404
    answers = request.conversation.data.get("answers", {})
    form = STEPS[step - 1](request.POST or None, initial=answers)
    if request.method == "POST":
        complete = form.is_valid()
        request.conversation.data["answers"] = {**answers, **form.cleaned_data}
        if "back" in request.POST:
            return redirect("testapp:wizard", max(step - 1, 1))
        if complete:
            return redirect("testapp:wizard", step + 1) if step < len(STEPS) else redirect("testapp:summary")
    status = 422 if form.errors else 200
    return render(request, "testapp/wizard.html", {"form": form, "step": step}, status=status)


def summary(request: ConversationRequest) -> HttpResponse:
    return render(request, "testapp/summary.html", {"answers": request.conversation.data.get("answers", {})})


@login_required
def own(request: HttpRequest) -> HttpResponse:
    """A page with a base template of its own, outside of the shell."""
    return render(request, "testapp/own.html", {"threads": threads, "shown": show_closed.get()})


@login_required
def beside(request: HttpRequest, order: str) -> HttpResponse:
    """An ordinary page of one record, with a chat beside it."""
    return render(request, "testapp/beside.html", {"order": order, "said": {"record": order}})
