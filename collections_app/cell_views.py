"""One cell of a table, edited in its place: a form of one field, and the cell that comes of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from capsule.http import allow
from capsule.toasts import say_done
from collections_app.columns import cell_of
from collections_app.declarations import Column
from collections_app.errors import Conflict
from collections_app.forms import DocumentForm, cell_columns, field_name
from collections_app.handle import Collection
from collections_app.rows import Row
from collections_app.settling import disputes, settled
from collections_app.showing import done, goes_back, record_address, shown, title_of
from collections_app.views import FORM, record_for

__all__ = ["cell"]

ID = "cell_%s"  # the page may show the same field elsewhere


def cell(request: HttpRequest, name: str, id: UUID | str, key: str) -> HttpResponse:
    """The form of one cell; a valid one is saved, and answered with the cell as it is then."""
    if refused := allow(request, FORM):
        return refused
    collection, row = record_for(name, id, "change")
    column = next((one for one in cell_columns(collection.in_force) if one.key == key), None)
    if column is None:
        raise Http404  # hidden, not editable, or no column at all: nobody is told which
    if row is None:
        return _gone(request, collection, column)
    if request.method != "POST":
        return _form(
            request, collection, DocumentForm(collection.in_force, document=row, auto_id=ID), column, row
        )
    return _save(request, collection, column, row)


def _save(request: HttpRequest, collection: Collection, column: Column, row: Row) -> HttpResponse:
    form = DocumentForm(collection.in_force, settled(_only(request, column)), document=row, auto_id=ID)
    if not form.is_valid():
        return _form(request, collection, form, column, row, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        saved = collection.edit(row.id, form.edits)
    except ValidationError as error:
        form.refuse(error)
        return _form(request, collection, form, column, row, HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as conflict:
        (disputed,) = disputes(form, conflict)
        form.seen[field_name(column)] = conflict.current.get(column.key)
        return _form(request, collection, form, column, row, HTTPStatus.CONFLICT, theirs=disputed.theirs)
    if saved is None:
        return _gone(request, collection, column)
    can_undo = goes_back(collection) and saved.version > row.version
    undo = record_address(collection, row.id, "undo", saved.version) if can_undo else ""
    if not _is_part(request):
        return done(request, collection, _("The record was saved."), undo)
    if undo:  # that it was saved is seen in the cell: a toast comes where there is something to do
        say_done(request, _said(collection, column, saved), undo)
    toasts = render_to_string("capsule/_messages_part.html", request=request).strip()
    return _varied(HttpResponse(cell_of(column, saved) + toasts))


def _said(collection: Collection, column: Column, saved: Row) -> str:
    """Which cell it was: several toasts may stand one below the other."""
    title = Truncator(title_of(collection.in_force, saved)).chars(40)
    return _("%(column)s of “%(title)s” was saved.") % {"column": column.title, "title": title}


def _only(request: HttpRequest, column: Column) -> Any:
    """What was posted for this cell: no other field is read, whatever came along."""
    name = field_name(column)
    posted = request.POST.copy()
    for key in [*posted]:
        if key.removeprefix("seen-").removeprefix("settle-") != name and key != "settle":
            del posted[key]
    return posted


def _form(
    request: HttpRequest,
    collection: Collection,
    form: DocumentForm,
    column: Column,
    row: Row,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> HttpResponse:
    name = field_name(column)
    about = {
        "row": row,
        "field": form[name],
        "seen": next(pair for pair in form.seen_pairs if pair[0] == f"seen-{name}"),
        "problems": [*form[name].errors, *form.non_field_errors()],
        **context,
    }
    return _answered(request, collection, status, title=title_of(collection.in_force, row), **about)


def _gone(request: HttpRequest, collection: Collection, column: Column) -> HttpResponse:
    """The record is not there, for whatever reason; what was typed stays in the cell until it is left."""
    typed = request.POST.get(field_name(column), "")
    return _answered(request, collection, HTTPStatus.NOT_FOUND, title=column.title, gone=True, typed=typed)


def _answered(
    request: HttpRequest, collection: Collection, status: HTTPStatus, **context: Any
) -> HttpResponse:
    if _is_part(request):
        context["here"] = request.get_full_path()
        return _varied(render(request, "collections_app/_cell.html", context, status=status))
    return shown(request, collection, "cell", status, **context)


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request"])
    return response
