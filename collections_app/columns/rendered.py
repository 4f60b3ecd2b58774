"""Cells that somebody else has drawn: HTML where it is marked as safe, else text."""

from __future__ import annotations

from html import unescape
from typing import Any, ClassVar

from django.utils.html import strip_tags
from django.utils.safestring import SafeData

from collections_app.columns.base import Cell, ColumnType, Storage, column_type, missing_cell, odd_cell
from collections_app.declarations import Column

__all__ = ["RenderedColumn", "without_tags"]


@column_type
class RenderedColumn(ColumnType):
    """What a renderer of a table class gives. No declaration says it: no document holds safe HTML."""

    name = "rendered"
    storage: ClassVar[Storage] = "none"
    operators: ClassVar[tuple[str, ...]] = ()
    takes_options: ClassVar[bool] = False
    declarable: ClassVar[bool] = False
    holds_links: ClassVar[bool] = True

    def cell(self, column: Column) -> Cell:
        missing = missing_cell()

        def cell(value: Any) -> str:
            if value is None or value == "":
                return missing
            return str(value) if isinstance(value, SafeData) else odd_cell(value)

        return cell

    def export(self, column: Column, value: Any) -> str:
        if isinstance(value, SafeData):
            return without_tags(value)
        return super().export(column, value)


def without_tags(html: SafeData) -> str:
    """What a person reads of it."""
    return unescape(strip_tags(str(html))).strip()
