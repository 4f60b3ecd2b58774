"""What a document may say of a model's row: its columns, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.registry import did_you_mean
from collections_app.documents import DocumentCleaner

__all__ = ["ModelCleaner"]


class ModelCleaner(DocumentCleaner):
    """Cleans what is written to a model. What is required and what is default, the model itself says."""

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a new row. Raises ``ValidationError`` by key."""
        if not isinstance(document, Mapping):
            raise ValidationError(_("A document is an object of keys and values."))
        cleaned = dict(document)
        self.refuse_reserved(cleaned)
        return self.changed(cleaned, list(cleaned))

    def changed(self, document: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
        """A row's values whose ``keys`` were changed. Raises ``ValidationError`` by key."""
        errors: dict[str, Any] = {}
        for key in keys:
            try:
                document[key] = self.value(key, document.get(key))
            except ValidationError as error:
                errors.update(error.message_dict)
        if errors:
            raise self.refused(errors)
        return self.whole(document)

    def value(self, key: str, value: Any) -> Any:
        """One column's value. Raises ``ValidationError({key: [...]})``, for a key that is no column too."""
        known = self._by_key.get(key)
        if known is None:
            hint = did_you_mean(str(key)[:64], list(self._by_key))
            raise ValidationError({str(key)[:64]: [f"{_('There is no such column.')} {hint}"]})
        column, clean = known
        try:
            return clean(column, value) if value is not None else None
        except ValidationError as error:
            raise ValidationError({key: error.messages}) from None

    def is_required(self, key: str) -> bool:
        return False
