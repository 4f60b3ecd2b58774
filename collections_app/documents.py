"""The one door through which every document enters: coerced by its columns, checked, within its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.json_values import DOCUMENT, EMPTY, InvalidJSON, clean_json, normal_keys, shown
from collections_app.columns import column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.paths import is_operator

__all__ = ["DocumentCleaner"]

Clean = Callable[[Column, Any], Any]


class DocumentCleaner:
    """Cleans documents of one collection. What each column needs is looked up once."""

    def __init__(self, declaration: Declaration) -> None:
        self.strict = declaration.strict
        self.searched = frozenset(declaration.search)
        self._columns = [(column.key, column, column_type_of(column).clean) for column in declaration.columns]
        self.files = tuple(c.key for c in declaration.columns if column_type_of(c).holds_files)
        self._by_key = {key: (column, clean) for key, column, clean in self._columns}
        self._titles = {column.key: column.title for column in declaration.visible_columns}

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A whole document, with defaults filled in and required columns present.

        Raises ``ValidationError`` by key, or with a sentence about the whole.
        """
        if not isinstance(document, Mapping):
            raise ValidationError(_("A document is an object of keys and values."))
        cleaned = self.by_stored_keys(document)
        self.refuse_reserved(cleaned)
        errors: dict[str, list[str]] = {}
        for key, column, clean in self._columns:
            value = cleaned.get(key)
            if value is None and column.default is not None:
                value = column.default() if callable(column.default) else column.default
            if value is None and not column.required:
                continue
            try:
                cleaned[key] = self._value(column, clean, value)
            except ValidationError as error:
                errors[key] = list(error.messages)
        if errors:
            raise self.refused(errors)
        return self.whole(cleaned)

    def changed(self, document: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
        """A document whose ``keys`` were changed: each cleaned by its column, and no required one gone.

        Raises ``ValidationError`` by key. Other keys are as they were, old values that fit no more included.
        """
        errors: dict[str, list[str]] = {}
        for key in keys:
            try:
                if key in document:
                    document[key] = self.value(key, document[key])
                elif self.is_required(key):
                    errors[key] = [_("This is required.")]
            except ValidationError as error:
                errors.update(error.message_dict)
        if errors:
            raise self.refused(errors)
        return self.whole(document)

    def refused(self, errors: Mapping[str, Any]) -> ValidationError:
        """What is wrong by key, with what a person calls each key where no form has a field of it."""
        error = ValidationError(dict(errors))
        error.titles = self._titles  # type: ignore[attr-defined]
        return error

    def column(self, key: str) -> Column | None:
        """The declared column of that key, or ``None``."""
        return self._by_key[key][0] if key in self._by_key else None

    def is_required(self, key: str) -> bool:
        """Whether every document has that key."""
        column = self.column(key)
        return self.strict and column is not None and column.required

    def value(self, key: str, value: Any) -> Any:
        """One key's value. Raises ``ValidationError({key: [...]})``."""
        known = self._by_key.get(key)
        if known is None:
            return value
        column, clean = known
        try:
            return self._value(column, clean, value)
        except ValidationError as error:
            raise ValidationError({key: error.messages}) from None

    def _value(self, column: Column, clean: Clean, value: Any) -> Any:
        if not self.strict:
            return value
        cleaned = clean(column, value) if value is not None else None
        if cleaned in (None, "") and column.required:
            raise ValidationError(_("This is required."))
        return cleaned

    def whole(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document as JSON within its limits. Raises ``ValidationError``."""
        try:
            cleaned: dict[str, Any] = clean_json(document, DOCUMENT)
        except InvalidJSON as error:
            raise _by_key(error, document) from None
        return cleaned

    def by_stored_keys(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A copy whose outermost keys are written as they will be stored, so that each meets its column.

        Of a few letters Unicode has two, which become one: the sign for Kelvin is stored as the letter K.
        """
        try:
            return normal_keys(document)
        except InvalidJSON as error:
            raise _by_key(error, document) from None

    def refuse_reserved(self, document: Mapping[str, Any]) -> None:
        """Raise ``ValidationError`` for a key that no document can have."""
        for key in document:
            if key == "_id":
                raise ValidationError({key: [_("The row's id is made here; a document cannot set it.")]})
            if is_operator(key):
                raise ValidationError({shown(key): [_("Keys that begin with $ are operators, not data.")]})


def _by_key(error: InvalidJSON, document: Mapping[str, Any]) -> ValidationError:
    """What is wrong, by the outermost key where it is; about the whole where it is none's."""
    # A key may hold dots itself, so it is not what stands before the first of them.
    keys = [shown(key) or EMPTY for key in document if isinstance(key, str)]
    key = max((key for key in keys if f"{error.path}.".startswith(f"{key}.")), key=len, default="")
    return ValidationError({key: [error.problem]} if key else error.problem)
