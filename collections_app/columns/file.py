"""Files: kept outside of the documents, received, looked at and served by ``files``."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _

from collections_app.columns.base import (
    Cell,
    ColumnType,
    RowCell,
    Storage,
    column_type,
    missing_cell,
)
from collections_app.declarations import Column
from collections_app.files.claiming import id_of
from collections_app.files.fields import FileField, given_value
from collections_app.files.keeping import FileNotTaken, FileTooLarge, keep
from collections_app.files.limits import accepts, limit_of, problem_with_limits
from collections_app.files.names import clean_name
from collections_app.files.showing import address_of, drawn

__all__ = ["FileColumn"]

PARTS = frozenset({"_type", "id", "label", "size", "type"})


@column_type
class FileColumn(ColumnType):
    """A file, stored as ``{"_type": "file", "id": ..., "label": ..., "size": ..., "type": ...}``.

    ``format`` says how large it may be (``"10 MB"``), ``options`` of which types (``"application/pdf"``,
    ``"image/*"``): the type is told from the content.
    """

    name = "file"
    shared = True
    storage: ClassVar[Storage] = "none"
    sortable = False
    operators: ClassVar[tuple[str, ...]] = ()
    holds_files = True
    holds_links = True

    def clean(self, column: Column, value: object) -> Any:
        """The value that a document has of a file.

        A file of Django's is stored here. A value that comes as such is only read: whether it is true, and
        the document's to have, is asked when it is written.
        """
        if value is None or value == "":
            return None
        if isinstance(value, File):
            return keep(column, value)
        if isinstance(value, str):
            value = given_value(value)
        if not isinstance(value, dict) or not _is_whole(value):
            raise ValidationError(_("This is not a file."))
        if value["size"] > limit_of(column):
            raise FileTooLarge(column)
        if not accepts(column, value["type"]):
            raise FileNotTaken(column, value["type"])
        return dict(value)

    def parse(self, column: Column, text: str) -> Any:
        raise ValidationError(_("Files cannot be filtered."))

    def cell(self, column: Column) -> Cell:
        return lambda value: self._cell(column, value, None)

    def row_cell(self, column: Column) -> RowCell:
        """The cell with a link, which needs the row: it is the row that one may read, or not."""
        key = column.key
        return lambda row: self._cell(column, row.get(key), address_of(row, key))

    def _cell(self, column: Column, value: Any, address: str | None) -> str:
        if isinstance(value, dict) and value.get("_type") == "file":
            return self.fitted(column, value, drawn(value, address))
        return missing_cell() if value is None or value == "" else self.odd(column, value)

    def export(self, column: Column, value: Any) -> str:
        if isinstance(value, dict) and value.get("_type") == "file":
            return str(value.get("label") or "")
        return super().export(column, value)

    def form_value(self, column: Column, value: Any) -> Any:
        return value

    def form_field(self, column: Column) -> forms.Field:
        return FileField(self, column)

    def choices(self, column: Column) -> list[tuple[str, str]]:
        return []

    def problem_with(self, column: Column) -> str | None:
        return problem_with_limits(column)


def _is_whole(value: dict[str, Any]) -> bool:
    """Whether a value has all the parts, and no other, in the form in which they are made here."""
    if value.keys() != PARTS or value["_type"] != "file":
        return False
    if not isinstance(value["label"], str) or not isinstance(value["type"], str) or id_of(value) is None:
        return False
    is_size = type(value["size"]) is int and 0 < value["size"] < 2**53
    return is_size and clean_name(value["label"]) == value["label"]
