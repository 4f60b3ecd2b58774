"""A form of Django's as what an action takes: filled in with what was sent, and valid."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.forms import BaseForm, Field, JSONField
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from capsule.errors import BadInput, sentence_of
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
            form = self.form_class(self._sent(request), request.FILES)
        if not form.is_valid():
            problems = {name: [str(one) for one in errors] for name, errors in form.errors.items()}
            raise BadInput(_("This form cannot be taken as it is."), problems)
        return form

    def _sent(self, request: HttpRequest) -> QueryDict:
        """What was sent, as a form sends it: its fields read text, and fail at whatever else JSON has."""
        if request.content_type != JSON:
            return request.POST
        fields: Mapping[str, Field] = getattr(self.form_class, "base_fields", {})
        written, problems = QueryDict(mutable=True), {}
        for name, value in (sent_object(request) if request.body.strip() else {}).items():
            try:
                written.setlist(name, _texts(value, fields.get(name)))
            except ValueError as problem:
                problems[name] = [sentence_of(problem)]
        if problems:
            raise BadInput(_("This form cannot be taken as it is."), problems)
        return written


def _texts(value: Any, field: Field | None) -> list[str]:
    """A value of JSON as a form carries it. Raises ``ValueError`` whose words say what it may be."""
    if isinstance(field, JSONField):
        return [json.dumps(value)]
    values = value if isinstance(value, list) else [] if value is None else [value]
    if any(one is None or isinstance(one, (list, dict)) for one in values):
        raise ValueError(_("Use text, a number, true or false."))
    takes_many = field is None or getattr(field.widget, "allow_multiple_selected", False)
    if isinstance(value, list) and not takes_many:
        raise ValueError(_("Give it once, and not a list."))
    return [one if isinstance(one, str) else json.dumps(one) for one in values]
