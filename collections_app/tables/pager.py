"""First, previous, the numbers around, next, last."""

from __future__ import annotations

from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from collections_app.tables.glyphs import glyph
from collections_app.tables.sources import PageOfRows
from collections_app.tables.state import TableState

__all__ = ["pager"]

AROUND = 2  # numbers on each side of the current one
_CURRENT = '<li class="page-item active"><span class="page-link" aria-current="page">{}</span></li>'


def pager(page: PageOfRows, state: TableState) -> SafeString:
    """The list items of the pagination. Empty where one page holds everything."""
    last = page.pages(state.per_page)
    if state.page == 1 and not page.has_next:
        return SafeString("")
    items = [
        _step(state, 1, _("First page"), "chevrons-left", state.page > 1),
        _step(state, state.page - 1, _("Previous page"), "chevron-left", state.page > 1),
        *_numbers(state, last),
        _step(state, state.page + 1, _("Next page"), "chevron-right", page.has_next),
    ]
    if last is not None:
        items.append(_step(state, last, _("Last page"), "chevrons-right", page.has_next))
    return SafeString("".join(items))


def _numbers(state: TableState, last: int | None) -> list[str]:
    if last is None:
        here = escape(_("Page %(page)s") % {"page": f"{state.page:,}"})
        return [_CURRENT.format(here)]
    items, before = [], 0
    near = range(max(1, state.page - AROUND), min(last, state.page + AROUND) + 1)
    for number in sorted({1, last, *near}):
        if number > before + 1:
            items.append('<li class="page-item disabled page-gap"><span class="page-link">…</span></li>')
        items.append(_number(state, number))
        before = number
    return items


def _number(state: TableState, number: int) -> str:
    shown = f"{number:,}"
    if number == state.page:
        return _CURRENT.format(shown)
    href = escape(state.url(page=number))
    name = escape(_("Page %(page)s") % {"page": shown})
    return (
        f'<li class="page-item page-number"><a class="page-link" href="{href}" hx-get="{href}" '
        f'aria-label="{name}">{shown}</a></li>'
    )


def _step(state: TableState, number: int, name: str, icon: str, possible: bool) -> str:
    label, drawn = escape(name), glyph(icon)
    if not possible:
        return (
            f'<li class="page-item disabled"><span class="page-link" role="img" aria-label="{label}">'
            f"{drawn}</span></li>"
        )
    href = escape(state.url(page=number))
    return (
        f'<li class="page-item"><a class="page-link" href="{href}" hx-get="{href}" aria-label="{label}" '
        f'title="{label}">{drawn}</a></li>'
    )
