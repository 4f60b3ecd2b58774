"""A record that is open in a drawer while others change it: the drawer asks for it as it is now.

What nobody has touched in its form follows; what the person has changed, or is in, stays as they have it,
marked with what is there now; and a line says who it was, and when.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import unquote
from uuid import UUID

from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _

from capsule.http import allow
from capsule.words import Words
from collections_app.columns import cell_of
from collections_app.comparing import same
from collections_app.declarations import Declaration
from collections_app.errors import NotInHistory
from collections_app.forms import OTHER, SEEN, as_json
from collections_app.handle import Collection
from collections_app.history.entries import Entry, deletion_of
from collections_app.history.wording import ACTIONS
from collections_app.record_form import LARGE, RecordForm, other_data, pretty
from collections_app.rows import Row
from collections_app.showing import goes_back, record_address, shows_history
from collections_app.views import FORM, form_page, may, record_for, values_page

__all__ = ["News", "merged", "now"]

VERSION, FOCUS = "Capsule-Version", "Capsule-Focus"  # what the drawer shows, and the field that one is in
GONE = "gone"  # the version of what is not there
NAMED = 5  # fields that the line names


class News(NamedTuple):
    """What others did to the record that is open; ``entry`` is their change, where one may know of it."""

    entry: Entry | None = None
    action: str = ""
    fields: str = ""
    is_gone: bool = False
    undelete: str = ""  # the address that brings it back, for whoever may


def now(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """The record as it is now: with ``POST`` its form, which keeps what is typed in the form that was sent.

    Nothing is written. A drawer says which version it shows, and is answered 204 where there is none newer.
    """
    if refused := allow(request, FORM):
        return refused
    is_form = request.method == "POST"
    collection, row = record_for(name, id, "change" if is_form else None)
    if request.headers.get(VERSION) == (GONE if row is None else str(row.version)):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if row is None:
        return _gone(request, collection, str(id))
    if not is_form:
        return values_page(request, collection, row, **_about(request, collection, row))
    form, elsewhere = merged(collection.in_force, request.POST, row, unquote(request.headers.get(FOCUS, "")))
    return form_page(
        request, collection, form, "edit", row, HTTPStatus.OK, **_about(request, collection, row, elsewhere)
    )


def merged(
    declaration: Declaration, posted: QueryDict, row: Row, focused: str = ""
) -> tuple[RecordForm, list[Words]]:
    """A form as somebody has it, on the record as it is now; and what is there now that they had not seen.

    Their own changes stay, each with the value that they saw: saving it asks them, as it would have.
    Raises ``BadInput`` for seen values that no form of ours has sent.
    """
    typed, fresh = RecordForm(declaration, posted, document=row), RecordForm(declaration, document=row)
    seen_now = {**fresh.seen, OTHER: other_data(declaration, row)}
    kept = [name for name in typed.fields if name == focused or _is_own(typed, name, seen_now[name])]
    carried = posted.copy()
    for name in typed.fields:
        if name not in kept:
            carried.pop(name, None)
            carried.pop(f"{SEEN}{name}", None)
    if OTHER not in kept and 2 < len(text := pretty(seen_now[OTHER])) < LARGE:
        carried[OTHER], carried[f"{SEEN}{OTHER}"] = text, as_json(seen_now[OTHER])
    form = RecordForm(declaration, carried, document=row)
    form.errors.pop(focused, None)  # nobody is told what is wrong with a value before they have typed it
    new = [name for name in typed.fields if not same(typed.seen[name], seen_now[name])]
    for name in kept:
        if name in new and name in form.fields:
            _mark(form[name], "" if name == OTHER else cell_of(form.columns[name], row))
    return form, [typed.fields[name].label or name for name in new]


def _is_own(form: RecordForm, name: str, current: Any) -> bool:
    """Whether the person changed a field, and to something else than it has become."""
    return name in form.changed_data and form.fields[name].has_changed(current, form[name].data)


def _mark(field: BoundField, theirs: str) -> None:
    """Say beside a field that it is no more what the person saw, and what it is."""
    said = format_html(_("Changed elsewhere to {}"), theirs) if theirs else _("Changed elsewhere.")
    field.field.widget.attrs["data-changed-elsewhere"] = "said"
    field.help_text = format_html('<span class="changed-elsewhere">{}</span>{}', said, field.help_text)


def _about(
    request: HttpRequest, collection: Collection, row: Row, elsewhere: list[Words] | None = None
) -> dict[str, Any]:
    entry = next(iter(collection.history(row.id, limit=1) if shows_history(collection) else []), None)
    named = ", ".join(str(label) for label in (elsewhere or [])[:NAMED])
    query = request.META.get("QUERY_STRING", "")
    return {
        "news": _news(entry, fields=named),
        "here": f"{record_address(collection, row.id, 'record')}{'?' if query else ''}{query}",
    }


def _news(entry: Entry | None, **more: Any) -> News:
    return News(entry, str(ACTIONS[entry.action]) if entry else "", **more)


def _gone(request: HttpRequest, collection: Collection, id: str) -> HttpResponse:
    """Only the line: what was typed stays around it. Raises ``Http404`` outside of a drawer."""
    if VERSION not in request.headers:
        raise Http404
    entry = None
    if shows_history(collection):
        try:
            entry = deletion_of(collection, id)
        except NotInHistory:
            entry = None  # another's, or never there: nobody is told which
    comes_back = entry is not None and goes_back(collection) and may(collection, "delete")
    undelete = record_address(collection, id, "undelete") if comes_back and may(collection, "add") else ""
    context = {"news": _news(entry, is_gone=True, undelete=undelete), "follow": request.get_full_path()}
    return render(request, "collections_app/_news.html", context, status=HTTPStatus.NOT_FOUND)
