"""A form of Django's as what an action takes: filled in with what was sent, and valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.programs import JSON, sent_object

__all__ = ["FILLED", "FormProvider"]

FILLED: Final = "filled_form"  # where a page keeps the form that it has filled in already, for its request


@dataclass(frozen=True)
class FormProvider:
    """Fills a parameter that is annotated with a form's class: the form's own rules hold, whoever calls.

    Example: ``def report(form: ReportForm) -> str`` is given a form whose ``cleaned_data`` is there
    """

    form_class: type[BaseForm]

    def __call__(self, request: HttpRequest) -> BaseForm:
        """The form. Raises ``BadInput`` that names each field which is wrong."""
        form = request.__dict__.get(FILLED)
        if not isinstance(form, self.form_class):
            form = self.form_class(_sent(request), request.FILES)
        if not form.is_valid():
            problems = {name: [str(one) for one in errors] for name, errors in form.errors.items()}
            raise BadInput(_("This form cannot be taken as it is."), problems)
        return form


def _sent(request: HttpRequest) -> Mapping[str, Any]:
    if request.content_type != JSON:
        return request.POST
    return sent_object(request) if request.body.strip() else {}
