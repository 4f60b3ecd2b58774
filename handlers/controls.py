"""A parameter as a form's field, for the house's own templates. It is pydantic that validates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from handlers.annotations import written
from handlers.charts import in_words
from handlers.parameters import Parameter

__all__ = ["ParameterForm", "field_of"]

_INPUTS: Final = {
    "date": "date",
    "date-time": "datetime-local",
    "time-local": "time",
    "email": "email",
    "uri": "url",
}
_LIMITS: Final = {
    "minimum": "min", "maximum": "max", "exclusiveMinimum": "min", "exclusiveMaximum": "max",
    "multipleOf": "step", "minLength": "minlength", "maxLength": "maxlength", "pattern": "pattern",
}  # fmt: skip
_NUMBERS: Final = ("integer", "number")


class ParameterForm(forms.Form):
    """The controls of some parameters, with what was typed, or the defaults, and what is wrong with it.

    Example: ``ParameterForm([assign.parameters.fields["to"]])``
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        typed: QueryDict | None = None,
        problems: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(typed, auto_id="action-%s")
        for parameter in parameters:
            self.fields[parameter.name] = field_of(parameter)
        if typed is not None:
            self._errors = ErrorDict()
            for name, sentences in (problems or {}).items():
                known = name if name in self.fields else NON_FIELD_ERRORS
                before = self._errors.get(known, ())
                self._errors[known] = self.error_class([*before, *sentences])


def field_of(parameter: Parameter) -> forms.Field:
    """The field of one parameter.

    Its label and help are what ``Annotated[..., Field(title=..., description=...)]`` says.
    """
    schema = _flat(parameter.adapter.json_schema())
    about: dict[str, Any] = {
        "required": parameter.required,
        "label": schema.get("title") or in_words(parameter.name),
        "help_text": schema.get("description", ""),
        "initial": None if parameter.required else _as_text(parameter.default),
    }
    options = _options(parameter, schema)
    if options is not None:
        return _choice(parameter, options, about)
    kind = schema.get("type")
    if kind == "boolean" and parameter.default is False:
        return forms.BooleanField(**about, widget=forms.CheckboxInput(attrs={"value": "true"}))
    if kind == "boolean":
        return _choice(parameter, [("true", _("Yes")), ("false", _("No"))], about)
    if parameter.takes_many:
        return forms.Field(**about, widget=forms.TextInput())
    attrs = {html: schema[name] for name, html in _LIMITS.items() if name in schema}
    if kind in _NUMBERS:
        attrs.setdefault("step", 1 if kind == "integer" else "any")
        return forms.Field(**about, widget=forms.NumberInput(attrs=attrs))
    widget = forms.TextInput(attrs=attrs)
    widget.input_type = _INPUTS.get(schema.get("format", ""), "text")
    return forms.Field(**about, widget=widget)


def _choice(parameter: Parameter, options: list[tuple[str, Any]], about: dict[str, Any]) -> forms.Field:
    if parameter.takes_many:
        return forms.MultipleChoiceField(**about, choices=options, widget=forms.CheckboxSelectMultiple())
    if not parameter.required and parameter.default is None:
        options = [("", "—"), *options]
    return forms.ChoiceField(**about, choices=options)


def _options(parameter: Parameter, schema: Mapping[str, Any]) -> list[tuple[str, Any]] | None:
    values = parameter.options or schema.get("enum") or _flat(schema.get("items", {})).get("enum")
    if not values:
        return None
    return [(str(written(value)), in_words(str(written(value)))) for value in values]


def _flat(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without what only says that a value may be left out, and with what it refers to."""
    found = dict(schema)
    for name in ("anyOf", "allOf", "oneOf"):
        inner = [one for one in found.get(name, ()) if one.get("type") != "null"]
        if inner:
            found = {**inner[0], **{key: value for key, value in found.items() if key != name}}
    if "$ref" in found:
        target: Any = schema
        for step in found["$ref"].removeprefix("#/").split("/"):
            target = target.get(step, {})
        named = found.get("title")
        found = {**target, **found}
        if named is None:
            found.pop("title", None)  # the name of the class says nothing of the parameter
    return found


def _as_text(value: Any) -> Any:
    return None if value is None else written(value)
