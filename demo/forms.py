"""The two steps of the triage wizard: ordinary Django forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["STEPS", "TYPED_LIMIT", "RequestForm", "StepForm", "UrgencyForm"]

TYPED_LIMIT = 1000  # characters of an answer that are kept, right or wrong


class StepForm(forms.Form):
    """One step: a form with a heading, that can say its answers in words."""

    title: ClassVar[str | Promise]
    words: ClassVar[dict[Any, str | Promise]] = {}

    def spoken(self) -> Iterator[tuple[str, str]]:
        """Each question and its answer as a person would say it."""
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if isinstance(value, list):
                value = ", ".join(value)
            yield str(field.label), str(self.words.get(value, value))


class RequestForm(StepForm):
    """What came in."""

    title = _("Request")

    sender = forms.EmailField(label=_("Who wrote?"), max_length=254)
    subject = forms.CharField(label=_("What about?"), max_length=200)


class UrgencyForm(StepForm):
    """How soon somebody should look at it."""

    title = _("Urgency")
    words = {1: _("It can wait"), 2: _("Normal"), 3: _("Soon"), 4: _("Urgent")}

    priority = forms.TypedChoiceField(
        label=_("How urgent is it?"),
        choices=list(words.items()),
        coerce=int,
        initial=2,
    )
    tags = forms.CharField(
        label=_("Tags"), required=False, max_length=100, help_text=_("Words with commas between them.")
    )

    def clean_tags(self) -> list[str]:
        words = (word.strip() for word in self.cleaned_data["tags"].split(","))
        return list(dict.fromkeys(word for word in words if word))


STEPS: dict[str, type[StepForm]] = {"request": RequestForm, "urgency": UrgencyForm}
