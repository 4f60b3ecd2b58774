"""Forms on pages: of a collection, of a model, and one that its page takes by itself."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from annotated_types import MinLen
from django import forms
from django.contrib import messages
from django.core.validators import MaxLengthValidator
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.models import Organization
from capsule import PageRequest
from conversations import ConversationRequest
from handlers import action
from pages import page, ui
from tests.testapp.declared.collections import bookmarks, everything, threads

__all__ = ["OrganizationForm", "ReportForm", "report"]


class ReportForm(forms.Form):
    subject = forms.CharField(max_length=40)
    details = forms.CharField(required=False, widget=forms.Textarea)
    urgent = forms.BooleanField(required=False)
    picture = forms.FileField(required=False)
    origin = forms.IntegerField(widget=forms.HiddenInput, initial=7)

    def clean(self) -> None:
        if self.cleaned_data.get("subject") == self.cleaned_data.get("details"):
            raise forms.ValidationError("Say more than the subject.")


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Organization
        fields: ClassVar[list[str]] = ["name", "slug"]


@action
def report(request: ConversationRequest, form: ReportForm) -> object:
    """Given the form itself: a thread for each report, and each kind of answer for what it says."""
    subject = form.cleaned_data["subject"]
    threads.insert_one({"subject": subject})
    answers = {
        "refused": {"subject": "Nobody takes this.", "elsewhere": ["Nor that."]},
        "shown": ui.Text("Shown in the drawer."),
        "away": redirect("/test-report/"),
        "nothing": None,
    }
    if subject == "begun":
        request.conversation.data["begun"] = "by a form"
    if subject == "broken":
        raise RuntimeError("a secret detail")
    return answers.get(subject, f"Reported: {subject}")


@action(access="staff")
def count_words(subject: str, details: Annotated[str, MinLen(3)]) -> str:
    """Given what the form was filled in with, as parameters of its own."""
    return f"{len(f'{subject} {details}'.split())} words"


class WordsForm(forms.Form):
    subject = forms.CharField()
    details = forms.CharField(required=False)

    def __init__(self, *args: Any, length: int = 9, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].validators.append(MaxLengthValidator(length))


class RenameForm(forms.Form):
    subject = forms.CharField(max_length=40)
    version = forms.IntegerField(widget=forms.HiddenInput)


@action
def rename_thread(subject: str, version: int) -> object:
    """As an edit form is taken: whoever had read what is not there any more is told so."""
    if thread := threads.all().first():
        threads.update_one({"_id": thread.id}, {"subject": subject}, version=version)
        if subject in ("gone", "shown once"):
            threads.delete_one({"_id": thread.id})
    if subject == "shown once":
        return ui.Text("The only time that this is shown.")
    return "Renamed."


@page("Test edit form", hidden=True)
def test_edit_form(request: PageRequest) -> ui.Page:
    """A form that begins with what is there, beside the version that it was read at."""
    thread = threads.all().first()
    if thread is None:
        return ui.Page([ui.Text("There is no thread.")])
    initial = {"subject": thread["subject"], "version": thread.version}
    return ui.Page([ui.Form(RenameForm, action=rename_thread, initial=initial), ui.Text("Beside the form.")])


@page("Test forms of actions", hidden=True)
def test_forms_of_actions(request: PageRequest, length: int = 9) -> ui.Page:
    """One of a class, and one that is made here, for whoever looks."""
    return ui.Page(
        [
            ui.Form(ReportForm, action=report, submit="Report", initial={"subject": "Ink"}),
            ui.Form(WordsForm(length=length), action="count_words"),
        ]
    )


@page("Test forms", hidden=True)
def test_forms(request: PageRequest, status: str = "new") -> ui.Page:
    """Several on one page: two of one collection, beside what follows them."""
    return ui.Page(
        [
            ui.Row(
                [
                    ui.Card("Thread", [ui.Form(threads, submit="Add", initial={"status": status})]),
                    ui.Form("test_contacts"),
                ]
            ),
            ui.Form(threads, key="another"),
            ui.Form(bookmarks),
            ui.Table(threads, page_size=200),
        ]
    )


@page("Test forms of models", hidden=True, access="staff")
def test_forms_of_models(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Form(OrganizationForm, initial={"slug": "new"})])


@page("Test form of files", hidden=True)
def test_form_of_files(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Form(everything)])


@page("Test report", hidden=True)
def test_report(request: PageRequest) -> ui.Page | HttpResponse:
    """A form as in any Django: made, filled in and taken by the page's own function."""
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ReportForm(*posted)
    if form.is_valid():
        messages.success(request, f"Reported: {form.cleaned_data['subject']}")
        return redirect("/test-forms/")
    return ui.Page([ui.Form(form, submit="Report"), ui.Form(bookmarks)])
