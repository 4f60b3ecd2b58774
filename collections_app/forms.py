"""A declaration -> the form that adds or edits one of its documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.html import conditional_escape
from django.utils.translation import gettext as _

from capsule.errors import BadInput, problems_by_field
from capsule.json_values import InvalidJSON, dumps, parse_json
from capsule.words import Words
from collections_app.columns import column_type_of, misfit
from collections_app.columns.fields import ColumnField
from collections_app.declarations import Column, Declaration
from collections_app.editing import Edits
from collections_app.errors import UnknownKey
from collections_app.files.fields import FileField
from collections_app.fitting import unfit_words

__all__ = ["DocumentForm", "cell_columns", "editable_columns", "field_name", "told"]

# Names that a form of this site already uses; a column of that key gets another in the form.
OTHER = "other-data"
RESERVED = frozenset({"csrfmiddlewaretoken", "capsule-form", "next", "once", "settle", OTHER})
SEEN, SETTLE = "seen-", "settle-"
SETTLE_KEY = "settle."  # of one key of the other data


def editable_columns(declaration: Declaration) -> tuple[Column, ...]:
    """The columns that a form offers: those that are visible and may be edited."""
    return tuple(column for column in declaration.visible_columns if column.editable is not False)


def cell_columns(declaration: Declaration) -> tuple[Column, ...]:
    """Those that are edited in a cell of a table: a file is chosen where there is room for it."""
    return tuple(column for column in editable_columns(declaration) if not column_type_of(column).holds_files)


def field_name(column: Column) -> str:
    """What a column is called in the form."""
    is_taken = column.key in RESERVED or column.key.startswith((SEEN, SETTLE, SETTLE_KEY))
    return f"{column.key}_" if is_taken else column.key


class DocumentForm(forms.Form):
    """Adds a document, or edits one: then it carries, for each field, the value that the person saw.

    A value that nobody touched is neither checked nor written, so keys that others change meanwhile, and
    old values that no longer fit, stay as they are.
    """

    def __init__(
        self,
        declaration: Declaration,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        document: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """``document`` is the record that is edited, as it is now; without one the form adds.

        Raises ``BadInput`` if ``data`` carries seen values that no form of ours has sent.
        """
        super().__init__(data, files, **kwargs)
        self.declaration = declaration
        self.edits_record = document is not None
        self.document_seen = document
        self.columns = {field_name(column): column for column in editable_columns(declaration)}
        self.seen = self._seen(document or {}, data)
        for name, column in self.columns.items():
            self._add_field(name, column, data)

    def _seen(self, document: Mapping[str, Any], data: QueryDict | None) -> dict[str, Any]:
        if not self.edits_record:
            return {name: _default(column) for name, column in self.columns.items()}
        return {
            name: document.get(column.key) if self._is_absent(name, data) else posted_seen(data, name)
            for name, column in self.columns.items()
        }

    def _is_absent(self, name: str, data: QueryDict | None) -> bool:
        sent = data is not None and (name in data or f"{SEEN}{name}" in data)
        return not sent and name not in self.files

    def _add_field(self, name: str, column: Column, data: QueryDict | None) -> None:
        field = column_type_of(column).form_field(column)
        field.initial = self.seen[name]
        field.help_text = conditional_escape(
            self._help(name, column, field.help_text)
        )  # the admin takes it for markup
        if isinstance(field, FileField):
            field.belongs_to(self.declaration, self.document_seen)
        if self.edits_record and isinstance(field, ColumnField):
            field.keeps_unchanged = True
            field.is_absent = self.is_bound and self._is_absent(name, data)
        self.fields[name] = field

    def _help(self, name: str, column: Column, said: Words) -> Words:
        """What its type says of it, and why the value that is there does not fit, if it does not."""
        found = misfit(column, self.seen[name]) if self.edits_record else None
        return said if found is None else f"{said} {unfit_words(found.reason)}".strip()

    @property
    def seen_pairs(self) -> list[tuple[str, str]]:
        """The hidden inputs that tell, when the form comes back, what the person saw."""
        if not self.edits_record:
            return []
        return [(f"{SEEN}{name}", as_json(self.seen[name])) for name in self.fields]

    @property
    def document(self) -> dict[str, Any]:
        """The new document of a valid form."""
        cleaned = ((column.key, self.cleaned_data.get(name)) for name, column in self.columns.items())
        return {key: value for key, value in cleaned if value is not None}

    @property
    def edits(self) -> Edits:
        """What a valid form changes: for each key the value that was seen, and the new one."""
        return {
            self.columns[name].key: (self.seen[name], self.cleaned_data[name]) for name in self.changed_data
        }

    def refuse(self, error: ValidationError | UnknownKey) -> None:
        """Put what the collection found wrong beside the fields concerned."""
        error = told(error, self.declaration)
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        names = {column.key: name for name, column in self.columns.items()}
        titles = {column.key: column.title for column in self.declaration.columns}
        hidden, found = self.declaration.hidden_keys, error.message_dict
        if hidden.isdisjoint(found):
            found = problems_by_field(error)
        for key, sentences in found.items():
            name = names.get(key)
            if name in self.fields:
                self.add_error(name, sentences)
            elif key == NON_FIELD_ERRORS:
                self.add_error(None, sentences)
            elif key in hidden:
                self.add_error(None, [_("A value that is not shown here does not fit.")])
            else:
                self.add_error(None, [f"{titles.get(key, key)}: {sentence}" for sentence in sentences])


def told(error: ValidationError | UnknownKey, declaration: Declaration) -> ValidationError:
    """What a developer is told of a key that reads like a column, in words for whoever typed it."""
    if isinstance(error, ValidationError):
        return error
    title = next((column.title for column in declaration.columns if column.key == error.near), error.near)
    sentence = _("There is a field “%(field)s”. Write it there, or give this key another name.")
    return ValidationError({error.key: [sentence % {"field": title}]})


def as_json(value: Any) -> str:
    """A value as a form carries it, to tell later what was seen."""
    return dumps(value).decode()


def _default(column: Column) -> Any:
    return column.default() if callable(column.default) else column.default


def posted_seen(data: QueryDict | None, name: str) -> Any:
    """What a form says that the person saw of a field. Raises ``BadInput`` for what none of ours says."""
    text = data.get(f"{SEEN}{name}") if data is not None else None
    if text is None:
        return None  # whoever did not look at a value changes it only while there is none
    try:
        return parse_json(text)
    except InvalidJSON as error:
        message = _("This form did not come from here. Load the record again.")
        raise BadInput(message, {f"{SEEN}{name}": [error.problem]}) from None
