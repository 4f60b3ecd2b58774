"""The types that a column can have: one class each, by the name that ``Column(type=...)`` gives."""

from __future__ import annotations

from collections_app.columns.base import (
    Cell,
    ColumnType,
    cell_of,
    column_type,
    column_type_of,
    column_types,
    misfit,
)
from collections_app.columns.boolean import BooleanColumn
from collections_app.columns.choice import ChoiceColumn
from collections_app.columns.currency import CurrencyColumn
from collections_app.columns.date import DateColumn
from collections_app.columns.email import EmailColumn
from collections_app.columns.file import FileColumn
from collections_app.columns.link import LinkColumn
from collections_app.columns.number import NumberColumn
from collections_app.columns.reference import Reference, ReferenceColumn, ReferencesColumn
from collections_app.columns.rendered import RenderedColumn
from collections_app.columns.score import ScoreColumn
from collections_app.columns.status import StatusColumn
from collections_app.columns.tags import TagsColumn
from collections_app.columns.text import TextColumn

__all__ = [
    "BooleanColumn",
    "Cell",
    "ChoiceColumn",
    "ColumnType",
    "CurrencyColumn",
    "DateColumn",
    "EmailColumn",
    "FileColumn",
    "LinkColumn",
    "NumberColumn",
    "Reference",
    "ReferenceColumn",
    "ReferencesColumn",
    "RenderedColumn",
    "ScoreColumn",
    "StatusColumn",
    "TagsColumn",
    "TextColumn",
    "cell_of",
    "column_type",
    "column_type_of",
    "column_types",
    "misfit",
]
