from __future__ import annotations

from typing import ClassVar

from django import forms

from tests.testapp.plain.models import Ticket


class TicketForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own has no parameters when it runs
    class Meta:
        model = Ticket
        fields: ClassVar[list[str]] = ["subject", "hours"]
