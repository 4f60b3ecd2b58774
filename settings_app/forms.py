"""A Django form field for each type of setting: text in, a value that fits out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django import forms

from settings_app.cleaning import clean
from settings_app.declarations import Setting

__all__ = ["NumberField", "SelectField", "TextField", "ToggleField", "ValueField", "field_of", "new_field"]


class ValueField(forms.Field):
    """A field whose rules are its setting's: the same sentences as everywhere else."""

    def __init__(self, setting: Setting[Any], **options: Any) -> None:
        self.setting = setting
        options.setdefault("widget", self.widget_of(setting))
        super().__init__(label=setting.title, help_text=setting.help_text, required=False, **options)

    def widget_of(self, setting: Setting[Any]) -> forms.Widget:
        """Override to give the input that suits the type."""
        return forms.TextInput()

    def clean(self, value: Any) -> Any:
        return clean(self.setting, self.setting.kind.parse(value) if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        kind = self.setting.kind
        return kind.text_of(value) if isinstance(value, kind.python) else value


class SwitchInput(forms.CheckboxInput):
    """A tick that hands on what was sent, so that a strange word is an error and not "on"."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        return data.get(name, "off")


class ToggleField(ValueField):
    def widget_of(self, setting: Setting[Any]) -> forms.Widget:
        return SwitchInput(check_test=lambda value: value in (True, "on", "true"))


class TextField(ValueField):
    def widget_of(self, setting: Setting[Any]) -> forms.Widget:
        attributes = {"placeholder": setting.placeholder}
        return forms.Textarea(attributes) if setting.multiline else forms.TextInput(attributes)


class NumberField(ValueField):
    def widget_of(self, setting: Setting[Any]) -> forms.Widget:
        step = setting.step if setting.step is not None else ("any" if setting.type is float else 1)
        limits = {"min": setting.min, "max": setting.max, "step": step}
        return forms.NumberInput({name: limit for name, limit in limits.items() if limit is not None})


class SelectField(ValueField):
    def widget_of(self, setting: Setting[Any]) -> forms.Widget:
        return forms.Select(
            choices=[(setting.kind.text_of(value), label) for value, label in setting.choices]
        )


_FIELDS: dict[type, type[ValueField]] = {
    bool: ToggleField,
    str: TextField,
    int: NumberField,
    float: NumberField,
}


def new_field(setting: Setting[Any]) -> ValueField:
    """A form field for the setting, for a form of one's own."""
    return (SelectField if setting.options else _FIELDS[setting.type])(setting)


@cache
def field_of(setting: Setting[Any]) -> ValueField:
    """The one field that cleans what is posted for a setting: it keeps no state, so requests share it."""
    return new_field(setting)
