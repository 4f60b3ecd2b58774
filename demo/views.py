"""An ordinary Django view that keeps small state in ``request.conversation.data``, the fourth layer.

A state belongs to one conversation: another tab of the same browser sees it, another person never does. It
outlives signing in and a restart, and goes when the conversation goes.
"""

from __future__ import annotations

from typing import Any, Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from conversations import ConversationRequest
from demo import gallery, groups, problems, start, tables
from demo.declarations import greeting, threads
from demo.forms import STEPS, TYPED_LIMIT, StepForm
from pages import page

__all__ = ["gallery", "groups", "problems", "start", "tables", "triage"]

Step = Literal["request", "urgency", "summary"]
Answers = dict[str, dict[str, Any]]


@page(gettext_lazy("Triage"), icon="list-checks", order=3)
@require_http_methods(["GET", "HEAD", "POST"])
def triage(request: ConversationRequest, step: Step = "request") -> HttpResponse:
    """A wizard: two forms and a summary. Every step has its own address, every button is a plain form's."""
    answers: Answers = request.conversation.data.get("triage", {})
    if request.method == "POST":
        return _move(request, step, answers)
    open_step = _first_open_step(answers)
    if step == "summary" and open_step != "summary" or step == "urgency" and open_step == "request":
        return redirect(triage.url(step=open_step))
    if step == "summary":
        return _summary(request, answers)
    return _show(request, step, STEPS[step](initial=answers.get(step)))


def _move(request: ConversationRequest, step: Step, answers: Answers) -> HttpResponse:
    """What the button says: ``next``, ``back``, ``cancel`` or, from the summary, ``finish``."""
    button = request.POST.get("button", "next")
    if button == "cancel":
        request.conversation.data.pop("triage", None)
        messages.info(request, _("The request was put aside, and nothing was saved."))
        return redirect(triage.url())
    if step == "summary":
        return _finish(request, answers) if button == "finish" else redirect(triage.url(step="urgency"))
    form = STEPS[step](request.POST)
    # Back keeps what was typed, finished or not.
    typed = {name: request.POST.get(name, "")[:TYPED_LIMIT] for name in form.fields}
    if button == "back":
        request.conversation.data["triage"] = {**answers, step: typed}
        return redirect(triage.url(step="request"))
    if not form.is_valid():
        return _show(request, step, form, status=422)
    request.conversation.data["triage"] = {**answers, step: typed}
    return redirect(triage.url(step="urgency" if step == "request" else "summary"))


def _finish(request: ConversationRequest, answers: Answers) -> HttpResponse:
    """The moment in which temporary state becomes a durable record: it moves to another layer."""
    data = request.conversation.data
    # Of two clicks only one finds the number that its page was shown with.
    is_first_click = str(data.increment("filed") - 1) == request.POST.get("filed")
    if _first_open_step(answers) != "summary" or not is_first_click:
        messages.warning(request, _("There is no request to file: it was filed or put aside already."))
        return redirect(triage.url())
    document: dict[str, Any] = {"status": "new", "received": timezone.localdate()}
    for form in _filled(answers):
        if form.is_valid():
            document.update(form.cleaned_data)
    thread = threads.insert_one(document)
    data.pop("triage", None)
    messages.success(request, _("“%(subject)s” was filed.") % {"subject": thread["subject"]})
    return redirect(reverse("collections_app:record", args=[threads.name, thread.id]))


def _filled(answers: Answers) -> list[StepForm]:
    return [form_class(answers.get(step)) for step, form_class in STEPS.items()]


def _first_open_step(answers: Answers) -> str:
    """The first step whose answers are missing or not valid, else the summary."""
    for step, form in zip(STEPS, _filled(answers), strict=True):
        if not form.is_valid():
            return step
    return "summary"


def _show(request: ConversationRequest, step: str, form: StepForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "step": step, "steps": _progress(step), "is_first": step == "request"}
    return render(request, "demo/triage.html", context, status=status)


def _summary(request: ConversationRequest, answers: Answers) -> HttpResponse:
    rows = [row for form in _filled(answers) if form.is_valid() for row in form.spoken()]
    filed = request.conversation.data.get("filed", 0)
    context = {"rows": rows, "filed": filed, "steps": _progress("summary"), "greeting": greeting.get()}
    return render(request, "demo/summary.html", context)


def _progress(current: str) -> list[tuple[str, bool]]:
    """Each step's title, and whether it is the current one."""
    titles = {**{step: str(form_class.title) for step, form_class in STEPS.items()}, "summary": _("Summary")}
    return [(title, step == current) for step, title in titles.items()]
