"""The page *Report a problem*: an ordinary form of Django's, and the action that takes it."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule import PageRequest
from demo.declarations import threads
from handlers import action
from pages import page, ui

__all__ = ["ProblemForm", "report_a_problem", "report_problem"]

URGENCY = [(2, gettext_lazy("It can wait")), (3, gettext_lazy("Soon")), (4, gettext_lazy("Nobody can work"))]
LARGEST = 1_000_000  # bytes of a picture


class ProblemForm(forms.Form):
    """What somebody has to say of it."""

    subject = forms.CharField(label=gettext_lazy("What is wrong?"), max_length=200)
    sender = forms.EmailField(label=gettext_lazy("Whom may we ask?"), max_length=254)
    priority = forms.TypedChoiceField(
        label=gettext_lazy("How bad is it?"), choices=URGENCY, coerce=int, initial=2, widget=forms.RadioSelect
    )
    attachment = forms.FileField(
        label=gettext_lazy("A picture of it"), required=False, help_text=gettext_lazy("At most 1 MB.")
    )

    def clean_attachment(self) -> object:
        file = self.cleaned_data["attachment"]
        if file is not None and file.size > LARGEST:
            raise forms.ValidationError(_("This picture is larger than 1 MB."))
        return file


@action
def report_problem(form: ProblemForm) -> str:
    """Only a form without a mistake comes here. What the collection refuses stands beside its fields."""
    told = {key: value for key, value in form.cleaned_data.items() if value is not None}
    threads.insert_one({**told, "status": "new", "received": timezone.localdate(), "tags": ["problem"]})
    return _("Thank you. It stands among the threads now.")


@page(gettext_lazy("Report a problem"), icon="life-buoy", order=11)
def report_a_problem(request: PageRequest) -> ui.Page:
    form = ui.Form(
        ProblemForm,
        action=report_problem,
        submit=_("Report it"),
        initial={"sender": getattr(request.user, "email", "")},
    )
    latest = threads.filter(tags="problem").order_by("-received").limit(5)
    columns = ["subject", "priority", "received"]
    reported = ui.Table(latest, columns=columns, editable=False, label=_("Reported"), key="reported")
    return ui.Page([ui.Row([ui.Card(_("Tell us"), [form]), reported])])
