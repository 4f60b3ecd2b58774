"""The form of a record's page: the fields of a document, and what it holds besides its columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule.errors import BadInput, sentence_of
from capsule.json_values import InvalidJSON, parse_json, shown
from collections_app.columns.fields import one_newline
from collections_app.comparing import same
from collections_app.declarations import Column, Declaration
from collections_app.editing import Edits
from collections_app.errors import NotUnique, UnknownKey
from collections_app.forms import OTHER, SEEN, DocumentForm, posted_seen, told
from collections_app.paths import MISSING, is_operator
from collections_app.rows import Row

__all__ = ["RecordForm", "may_be_written", "other_data", "pretty"]

LARGE = 120_000  # characters of JSON that a page shows; more is left to programs


def other_data(declaration: Declaration, row: Row | None) -> dict[str, Any]:
    """What a document holds under keys that are no column's, as far as a browser sees it.

    For those who may change the record, and nobody else: nothing says of such a key whether it is anybody's
    business. It may be that of a hidden column which is not declared any more.
    """
    if row is None or declaration.model is not None:
        return {}
    taken = _taken(declaration)
    return {key: value for key, value in row.document.items() if key not in taken}


def may_be_written(declaration: Declaration, key: str) -> bool:
    """Whether a key may stand among the other data: no column's, and none whose values are hidden."""
    return key not in _taken(declaration) and key not in ("_id", "") and not is_operator(key)


def _taken(declaration: Declaration) -> frozenset[str]:
    return declaration.hidden_keys.union(column.key for column in declaration.columns)


class OtherDataField(forms.CharField):
    """An object of keys that are not declared, written as JSON."""

    widget = forms.Textarea

    def __init__(self, declaration: Declaration, seen: dict[str, Any]) -> None:
        attrs = {
            "rows": min(16, pretty(seen).count("\n") + 2),
            "class": "font-monospace",
            "spellcheck": "false",
        }
        super().__init__(
            required=False,
            strip=False,
            initial=seen,
            label=gettext_lazy("Other data"),
            help_text=gettext_lazy("Keys without a column, as JSON. Only what you change here is written."),
            widget=forms.Textarea(attrs),
        )
        self.declaration = declaration

    def prepare_value(self, value: Any) -> Any:
        return pretty(value) if isinstance(value, dict) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(one_newline(data or "")).strip() != pretty(initial).strip()

    def clean(self, value: Any) -> Any:
        """The object. Raises ``ValidationError``; what nobody touched is not asked."""
        return self._read(value or "") if self.has_changed(self.initial, value) else self.initial

    def _read(self, text: str) -> dict[str, Any]:
        try:
            read = parse_json(text) if text.strip() else {}
        except InvalidJSON as error:
            raise ValidationError(sentence_of(error)) from None
        if not isinstance(read, dict):
            raise ValidationError(_("Write an object of keys and values, in braces."))
        refused = [shown(key)[:64] for key in read if not may_be_written(self.declaration, key)]
        if refused:
            sentence = _("These keys cannot be written here: %(keys)s.")
            raise ValidationError(sentence % {"keys": ", ".join(refused[:5])})
        return read


class RecordForm(DocumentForm):
    """``DocumentForm``, with the other data where there are any.

    ``like`` is a record to begin with; its other data are shown to whoever ``sees_others``.
    """

    def __init__(
        self,
        declaration: Declaration,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        document: Row | None = None,
        like: Row | None = None,
        sees_others: bool = True,
        **kwargs: Any,
    ) -> None:
        """Raises ``BadInput`` as ``DocumentForm`` does."""
        self.like = like
        super().__init__(declaration, data, files, document=document, **kwargs)
        others = other_data(declaration, document or like) if sees_others else {}
        sent = data is not None and OTHER in data
        if declaration.model is None and (sent or (data is None and others and len(pretty(others)) < LARGE)):
            self._add_other_data(others, data if self.edits_record else None)

    def _seen(self, document: Mapping[str, Any], data: QueryDict | None) -> dict[str, Any]:
        seen = super()._seen(document, data)
        if self.like is None or self.edits_record:
            return seen
        single = {key for keys in self.declaration.unique for key in keys}
        return {
            name: seen[name] if column.key in single or _is_unique(column) else self.like.get(column.key)
            for name, column in self.columns.items()
        }

    def _add_other_data(self, others: dict[str, Any], data: QueryDict | None) -> None:
        seen = others if data is None else posted_seen(data, OTHER) or {}
        # What was seen says what may be taken away: no column's value, and nothing that is hidden.
        if not isinstance(seen, dict) or not all(may_be_written(self.declaration, key) for key in seen):
            message = _("This form did not come from here. Load the record again.")
            raise BadInput(message, {f"{SEEN}{OTHER}": [message]})
        self.seen[OTHER] = seen
        self.fields[OTHER] = OtherDataField(self.declaration, seen)

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """Those of the columns."""
        return [self[name] for name in self.fields if name != OTHER]

    @property
    def other_field(self) -> forms.BoundField | None:
        """That of the other data, if there is one."""
        return self[OTHER] if OTHER in self.fields else None

    @property
    def document(self) -> dict[str, Any]:
        """The new document of a valid form."""
        return {**self.cleaned_data.get(OTHER, {}), **super().document}

    @property
    def edits(self) -> Edits:
        """What a valid form changes, key by key; of the other data too."""
        edits: dict[str, tuple[Any, Any]] = {
            self.columns[name].key: (self.seen[name], self.cleaned_data[name])
            for name in self.changed_data
            if name != OTHER
        }
        if OTHER in self.fields:
            edits |= _differences(self.seen[OTHER], self.cleaned_data[OTHER])
        return edits

    def refuse(self, error: ValidationError | UnknownKey) -> None:
        """Put what the collection found wrong beside the fields concerned."""
        error = told(error, self.declaration)
        typed = self.cleaned_data.get(OTHER, {}) if hasattr(self, "cleaned_data") else {}
        if isinstance(error, NotUnique) or not hasattr(error, "error_dict") or not typed:
            super().refuse(error)
            return
        found = error.message_dict
        own = {key: found.pop(key) for key in [*found] if key in typed and key != NON_FIELD_ERRORS}
        for key, sentences in own.items():
            self.add_error(OTHER, [f"{key}: {sentence}" for sentence in sentences])
        if found:
            super().refuse(ValidationError(found))


def _is_unique(column: Column) -> bool:
    """Whether a model's own field is."""
    return bool(getattr(getattr(column, "field", None), "unique", False))


def pretty(value: Any) -> str:
    """JSON as a person reads it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _differences(seen: dict[str, Any], typed: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    keys: Iterable[str] = dict.fromkeys([*seen, *typed])
    return {
        key: (seen.get(key), typed.get(key, MISSING))
        for key in keys
        if (key in seen) is not (key in typed) or not same(seen.get(key), typed.get(key))
    }
