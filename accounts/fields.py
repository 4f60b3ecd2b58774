"""Form fields for what people type about themselves."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.managers import UserManager
from accounts.time_zones import is_time_zone, time_zone_choices
from capsule.json_values import InvalidJSON, clean_text

__all__ = ["AddressField", "NameField", "PasswordField", "TimeZoneField", "storable"]

# They turn text around, so that a name could show as another's.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
VISIBLE = frozenset("LNPS")  # letters, numbers, punctuation, symbols: Unicode's major categories


def storable(value: str) -> None:
    """A validator: what one of our databases could not keep is refused."""
    try:
        clean_text(value)
    except InvalidJSON:
        problem = _("This contains a character that cannot be stored.")
        raise ValidationError(problem, code="unstorable") from None


class NameField(forms.CharField):
    """A name on one line: spaces collapsed, nothing invisible that could make it look like another."""

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        storable(text)
        if self.max_length is not None and len(text) > self.max_length * 4:
            return text  # the length's own validator refuses it; long text need not be normalised first
        text = " ".join(unicodedata.normalize("NFC", text).split())
        if any(letter in BIDI_CONTROLS or unicodedata.category(letter) == "Cc" for letter in text):
            raise ValidationError(_("Use letters only, no control characters."), code="control")
        if text and not any(unicodedata.category(letter)[0] in VISIBLE for letter in text):
            raise ValidationError(_("Nothing of this would be visible."), code="invisible")
        return text


class AddressField(forms.EmailField):
    """An e-mail address, brought to the one spelling that accounts use."""

    default_validators = [storable, *forms.EmailField.default_validators]

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("E-mail address"))
        super().__init__(**{"max_length": 254, **kwargs})
        self.widget.attrs.update({"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"})

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        return UserManager.normalize_email(text) if len(text) <= 254 else text


class PasswordField(forms.CharField):
    """A password as typed. ``autocomplete`` tells password managers which one: current or new."""

    default_validators = [storable]

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(**{"strip": False, "max_length": 1024, "widget": widget, **kwargs})


class TimeZoneSelect(forms.Select):
    """All time zones, drawn once in each language: a template takes 25 ms for six hundred options."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """None for a template: ``render`` has them, and one for a zone that is known no more."""
        return []

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        own = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        return format_html("<select{}>{}</select>", flatatt(own), _options_for(str(value or "")))


def _options_for(chosen: str) -> SafeString:
    kept = _options(get_language() or "")
    if not is_time_zone(chosen):
        return format_html('<option value="" selected>—</option>{}', kept)
    mark = format_html(' value="{}"', chosen)
    return SafeString(kept.replace(mark, f"{mark} selected", 1))  # each is there once


@cache
def _options(language: str) -> SafeString:
    groups = (
        (region, format_html_join("\n", '<option value="{}">{}</option>', zones))
        for region, zones in time_zone_choices()
    )
    return format_html_join("\n", '<optgroup label="{}">\n{}\n</optgroup>', groups)


class TimeZoneField(forms.ChoiceField):
    """One of the time zones that the system knows."""

    widget = TimeZoneSelect

    def valid_value(self, value: Any) -> bool:
        return is_time_zone(str(value))
