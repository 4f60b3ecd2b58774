"""The form's field of a file column: what is there now, another in its place, or none any more.

A browser sends a new file as one, or a script has sent it before; then, and where nothing was chosen, a
hidden input holds the value. So a form that comes back for another field's sake has lost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files import File
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.json_values import InvalidJSON, dumps, parse_json
from collections_app.columns.fields import ColumnField, Kind
from collections_app.comparing import same
from collections_app.declarations import Column, Declaration
from collections_app.files.limits import accept_of, limit_of, limits_in_words, size_in_words
from collections_app.files.quota import bounded
from collections_app.files.showing import address_of, drawn

__all__ = ["FileField", "FileInput", "given_value"]

REMOVED = "-removed"  # what follows the field's name in that of the tick


def given_value(text: str) -> Any:
    """A file's value as a form or a table of texts carries it: JSON. Raises ``ValidationError``."""
    try:
        return parse_json(text)
    except InvalidJSON:
        raise ValidationError(_("This is not a file.")) from None


class FileInput(forms.FileInput):
    """An input for a file, beside the file that is there."""

    def __init__(self, column: Column) -> None:
        super().__init__({"data-limit": limit_of(column)})
        if accept := accept_of(column):
            self.attrs["accept"] = accept
        self.column = column
        self.upload = ""  # where a script sends a file before the form is
        self.address: str | None = None  # of the file that the record has
        self.seen: Any = None

    def value_from_datadict(self, data: Any, files: MultiValueDict[str, Any] | Any, name: str) -> Any:
        """The new file; nothing, where the old is to be removed; else what the hidden input holds."""
        chosen = files.get(name)
        if chosen is not None:
            return chosen
        if f"{name}{REMOVED}" in data:
            return ""
        # A browser sends an input without a file as an empty text of the same name.
        sent = data.getlist(name) if isinstance(data, MultiValueDict) else [data.get(name)]
        return next(filter(None, sent), "" if sent else None)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and name not in files

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        kept = value if isinstance(value, dict) else None
        shown = ""
        if kept is not None:
            shown = drawn(kept, self.address if same(kept, self.seen) else None)
        context = {
            "name": name,
            "value": "" if kept is None else dumps(kept).decode(),
            "shown": shown,
            "removed": f"{name}{REMOVED}",
            "may_remove": not self.column.required,
            "upload": self.upload,
            "too_large": _("This file is larger than %(size)s.")
            % {"size": size_in_words(limit_of(self.column))},
            "input": super().render(name, None, {**(attrs or {}), "required": False}, renderer),
        }
        return SafeString(render_to_string("collections_app/_file_control.html", context))


class FileField(ColumnField):
    """Shows and reads one file column."""

    def __init__(self, kind: Kind, column: Column) -> None:
        super().__init__(
            kind,
            column,
            label=column.title,
            help_text=f"{column.help_text} {limits_in_words(column)}".strip(),
            required=column.required,
            widget=FileInput(column),
        )

    def belongs_to(self, declaration: Declaration, document: Mapping[str, Any] | None) -> None:
        """Say of which record the form is, so that it can lead to the file and to where another is sent."""
        if isinstance(self.widget, FileInput) and declaration.model is None:
            key = self.column.key
            self.widget.upload = reverse("collections_app:upload", args=[declaration.name, key])
            self.widget.address = address_of(document, key)
            self.widget.seen = (document or {}).get(key)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What the form shows when it comes back: the new file, if it could be taken."""
        if self.is_absent:
            return initial
        if isinstance(data, File):
            return getattr(data, "kept_as", initial)
        try:
            return given_value(data) if data else None
        except ValidationError:
            return initial

    def to_python(self, value: Any) -> Any:
        with bounded():
            return self.kind.clean(self.column, value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.is_absent:
            return False
        if isinstance(data, File) or not data:
            return bool(data) or initial not in (None, "")
        try:
            return not same(given_value(data), initial)
        except ValidationError:
            return True

    def resent(self, cleaned: Any) -> list[str]:
        """What a form has to carry so that the field comes out as it was cleaned."""
        return ["" if cleaned is None else dumps(cleaned).decode()]
