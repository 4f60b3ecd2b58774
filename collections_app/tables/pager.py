"""First, previous, the numbers around, next, last: by number where rows are counted, else by place."""

from __future__ import annotations

from html import escape

from django.utils.formats import number_format
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
    if not page.has_previous and not page.has_next:
        return SafeString("")
    if page.number is None:
        return SafeString("".join(_by_place(page, state)))
    last = page.pages(state.per_page)
    return SafeString("".join(_numbered(page, state, page.number, last)))


def _by_place(page: PageOfRows, state: TableState) -> list[str]:
    first, last = state.url(), state.url(at="before.end")
    before, after = state.url(at=f"before.{page.before}"), state.url(at=f"after.{page.after}")
    return [
        _step(first, _("First page"), "chevrons-left", page.has_previous),
        _step(before, _("Previous page"), "chevron-left", page.has_previous),
        _step(after, _("Next page"), "chevron-right", page.has_next),
        _step(last, _("Last page"), "chevrons-right", page.has_next),
    ]


def _numbered(page: PageOfRows, state: TableState, number: int, last: int | None) -> list[str]:
    items = [
        _step(state.url(page=1), _("First page"), "chevrons-left", number > 1),
        _step(state.url(page=number - 1), _("Previous page"), "chevron-left", number > 1),
        *_numbers(state, number, last),
        _step(state.url(page=number + 1), _("Next page"), "chevron-right", page.has_next),
    ]
    if last is not None:
        items.append(_step(state.url(page=last), _("Last page"), "chevrons-right", page.has_next))
    return items


def _numbers(state: TableState, current: int, last: int | None) -> list[str]:
    if last is None:
        here = escape(_("Page %(page)s") % {"page": number_format(current, force_grouping=True)})
        return [_CURRENT.format(here)]
    items, before = [], 0
    near = range(max(1, current - AROUND), min(last, current + AROUND) + 1)
    for number in sorted({1, last, *near}):
        if number > before + 1:
            items.append('<li class="page-item disabled page-gap"><span class="page-link">…</span></li>')
        items.append(_number(state, number, current))
        before = number
    return items


def _number(state: TableState, number: int, current: int) -> str:
    shown = number_format(number, force_grouping=True)
    if number == current:
        return _CURRENT.format(shown)
    href = escape(state.url(page=number))
    name = escape(_("Page %(page)s") % {"page": shown})
    return (
        f'<li class="page-item page-number"><a class="page-link" href="{href}" hx-get="{href}" '
        f'aria-label="{name}">{shown}</a></li>'
    )


def _step(address: str, name: str, icon: str, possible: bool) -> str:
    label, drawn = escape(name), glyph(icon)
    if not possible:
        return (
            f'<li class="page-item disabled"><span class="page-link" role="img" aria-label="{label}">'
            f"{drawn}</span></li>"
        )
    href = escape(address)
    return (
        f'<li class="page-item"><a class="page-link" href="{href}" hx-get="{href}" aria-label="{label}" '
        f'title="{label}">{drawn}</a></li>'
    )
