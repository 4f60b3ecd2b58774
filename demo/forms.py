"""What the wizards ask, step by step: ordinary Django forms."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pages import Answers

__all__ = ["CompanyForm", "ContactForm", "PapersForm", "PlanForm", "RequestForm", "UrgencyForm", "vat_number"]

URGENCY = {1: _("It can wait"), 2: _("Normal"), 3: _("Soon"), 4: _("Urgent")}
COUNTRIES = {
    "at": _("Austria"),
    "de": _("Germany"),
    "fr": _("France"),
    "ch": _("Switzerland"),
    "us": _("USA"),
}
EUROPEAN_UNION = {"at", "de", "fr"}


# Triage -----------------------------------------------------------------------------------------------------


class RequestForm(forms.Form):
    """What came in."""

    title = _("Request")

    sender = forms.EmailField(label=_("Who wrote?"), max_length=254)
    subject = forms.CharField(label=_("What about?"), max_length=200)


class UrgencyForm(forms.Form):
    """How soon somebody should look at it."""

    title = _("Urgency")

    priority = forms.TypedChoiceField(
        label=_("How urgent is it?"),
        choices=list(URGENCY.items()),
        coerce=int,
        initial=2,
    )
    tags = forms.CharField(
        label=_("Tags"), required=False, max_length=100, help_text=_("Words with commas between them.")
    )

    def clean_tags(self) -> list[str]:
        words = (word.strip() for word in self.cleaned_data["tags"].split(","))
        return list(dict.fromkeys(word for word in words if word))


# A new customer ---------------------------------------------------------------------------------------------


class CompanyForm(forms.Form):
    title = _("Company")

    company = forms.CharField(label=_("What is it called?"), max_length=120)
    country = forms.ChoiceField(label=_("Where is it?"), choices=list(COUNTRIES.items()))


class ContactForm(forms.Form):
    title = _("Contact")

    contact = forms.CharField(label=_("Whom do we write to?"), max_length=120)
    email = forms.EmailField(label=_("At which address?"))


class VatForm(forms.Form):
    title = _("Tax")

    vat = forms.RegexField(
        r"^[A-Z]{2}[A-Z0-9]{8,12}$", label=_("VAT number"),
        help_text=_("It begins with the country, as in DE123456789."),
    )  # fmt: skip


class PlanForm(forms.Form):
    title = _("Plan")

    plan = forms.ChoiceField(
        label=_("Which plan?"), widget=forms.RadioSelect,
        choices=[("trial", _("Trial")), ("team", _("Team")), ("enterprise", _("Enterprise"))],
    )  # fmt: skip
    starts = forms.DateField(label=_("From when on?"), widget=forms.DateInput(attrs={"type": "date"}))


class PapersForm(forms.Form):
    title = _("Papers")

    contract = forms.FileField(
        label=_("The signed contract"), help_text=_("A PDF."),
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )  # fmt: skip


def vat_number(answers: Answers) -> type[forms.Form] | None:
    """Only companies of the European Union are asked for one."""
    return VatForm if answers["country"] in EUROPEAN_UNION else None
