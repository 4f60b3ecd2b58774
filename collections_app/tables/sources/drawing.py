"""Which columns of a table class draw something else than their value.

What is drawn may hide what is there: a number of which four digits are left. Whoever may filter, search or
sort by the value itself finds it out all the same, digit by digit; and a file holds no more than the page.
"""

from __future__ import annotations

from typing import Any

from django_tables2 import TemplateColumn
from django_tables2.columns.linkcolumn import BaseLinkColumn

__all__ = ["draws_itself", "export_what_is_drawn", "orders_itself"]


def draws_itself(bound: Any) -> bool:
    """Whether a column has a renderer of the application's: a method, a class, a template, a link's text."""
    column = bound.column
    if not _is_library(bound.render):
        return True
    if isinstance(column, BaseLinkColumn) and column.text is not None:
        return True
    return type(column) is TemplateColumn or (
        isinstance(column, TemplateColumn) and not _is_library(type(column))
    )


def orders_itself(bound: Any) -> bool:
    """Whether the application itself says that a column is ordered by, or by what."""
    column = bound.column
    return column.orderable is True or column.order_by is not None or not _is_library(bound.order)


def export_what_is_drawn(bound: Any) -> None:
    """Let files hold what a column class draws, unless a ``value`` of the application's says otherwise.

    django-tables2 does so for a method of the table; of a class it takes the value that was inherited.
    """
    if _is_library(bound.value) and not _is_library(bound.render):
        bound.value = bound.render


def _is_library(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] == "django_tables2"
