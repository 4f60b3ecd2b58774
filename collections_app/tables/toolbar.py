"""What stands above a table: its filters and order as a plain GET form, and the filters in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.tables.sources import COUNT_LIMIT, PageOfRows
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState

__all__ = [
    "Chip",
    "Control",
    "chips",
    "controls",
    "count_in_words",
    "form_inputs",
    "page_sizes",
]

INPUT_TYPES = {"date": "date", "email": "email"}


@dataclass(frozen=True)
class Control:
    """One control of the form: a select where there are ``choices``, else an input."""

    id: str
    name: str
    label: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    type: str = "text"


@dataclass(frozen=True)
class Chip:
    """A filter in force, and the address of the table without it."""

    text: str
    url: str


def controls(spec: TableSpec, state: TableState) -> list[Control]:
    """One control for each column that can be filtered."""
    in_force = {item.column.key: item.text for item in state.filters}
    return [
        Control(
            id=f"{spec.dom_id}-is-{column.key}".replace(" ", "-"),
            name=f"{state.prefix}-is-{column.key}",
            label=column.title,
            value=in_force.get(column.key, ""),
            choices=_choices(column),
            type=INPUT_TYPES.get(column.type, "text"),
        )
        for column in spec.filterable
    ]


def _choices(column: Column) -> tuple[tuple[str, str], ...]:
    if column_type_of(column).storage == "boolean":
        found = [("true", _("Yes")), ("false", _("No"))]
    else:
        found = column_type_of(column).choices(column)
    return (("", _("Any")), *found) if found else ()


def sort_control(spec: TableSpec, state: TableState) -> Control | None:
    """The order as a select: on a phone no header is there to click."""
    if not spec.sortable:
        return None
    choices = [("", _("As it comes"))] if not state.sort else []
    for column in spec.sortable:
        choices.append((column.key, _("%(column)s, rising") % {"column": column.title}))
        choices.append((f"-{column.key}", _("%(column)s, falling") % {"column": column.title}))
    return Control(
        id=f"{spec.dom_id}-sort",
        name=f"{state.prefix}-sort",
        label=_("Order"),
        value=state.sort,
        choices=tuple(choices),
    )


def form_inputs(spec: TableSpec, state: TableState) -> SafeString:
    """All inputs of the form, made in code: every table has them, and a template takes its time."""
    shown = controls(spec, state)
    order = sort_control(spec, state)
    parts = [
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden_pairs(state)
    ]
    parts.extend(_drawn(control) for control in [*shown, *([order] if order else [])])
    return SafeString("".join(parts))


def _drawn(control: Control) -> str:
    id, name, value = escape(control.id), escape(control.name), escape(control.value)
    label = f'<label class="form-label" for="{id}">{escape(control.label)}</label>'
    if control.choices:
        options = _options(control.choices, control.value)
        drawn = f'<select class="form-select" id="{id}" name="{name}">{options}</select>'
    else:
        drawn = (
            f'<input class="form-control" id="{id}" name="{name}" type="{control.type}" value="{value}" '
            f'autocomplete="off">'
        )
    return f'<div class="data-table-control">{label}{drawn}</div>'


def _options(choices: Iterable[tuple[str, str]], chosen: str) -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in choices
    )


def hidden_pairs(state: TableState) -> list[tuple[str, str]]:
    """What the form carries along: everything of the address that it has no control for."""
    own = f"{state.prefix}-size"
    return [*state.others, *(pair for pair in state.pairs() if pair[0] == own)]


def chips(state: TableState) -> list[Chip]:
    """The filters in force."""
    return [
        Chip(f"{item.column.title}: {_in_words(item.column, item.text)}", state.url(without=item.column.key))
        for item in state.filters
    ]


def _in_words(column: Column, text: str) -> str:
    if column_type_of(column).storage == "boolean":
        return _("Yes") if column_type_of(column).parse(column, text) else _("No")
    words = dict(column_type_of(column).choices(column)).get(text, text)
    return words if len(words) <= 40 else words[:40] + "…"


def page_sizes(spec: TableSpec, state: TableState, page: PageOfRows) -> SafeString:
    """The numbers of rows to choose from. Nothing where the smallest page holds all."""
    sizes = spec.page_sizes
    if page.total is not None and page.total <= sizes[0]:
        return SafeString("")
    return SafeString("".join(_size(size, state) for size in sizes))


def _size(size: int, state: TableState) -> str:
    if size == state.per_page:
        return f'<span class="data-table-size" aria-current="true">{size}</span>'
    href = escape(state.url(per_page=size))
    return f'<a class="data-table-size" href="{href}" hx-get="{href}">{size}</a>'


def count_in_words(page: PageOfRows) -> str:
    """``1,204``, or ``10,000+`` where nobody counted on."""
    if page.total is None:
        return f"{number_format(COUNT_LIMIT, force_grouping=True)}+"
    return number_format(page.total, force_grouping=True)
