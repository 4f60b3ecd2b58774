"""The pages of a collection: its table, and one plain form to add, see, edit and delete a record."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.errors import ScopeError
from capsule.http import allow, requested_widget, safe_next
from capsule.identity import current_identity
from capsule.refreshing import REFRESH_HEADER
from collections_app.columns import cell_of, column_type_of
from collections_app.columns.reference import MOST_CHOICES, ReferenceSelect
from collections_app.declarations import Action, Column, Declaration
from collections_app.declaring import collections
from collections_app.errors import Conflict
from collections_app.fitting import misfit, unfit_words
from collections_app.forms import DocumentForm, disputes, editable_columns, resubmission
from collections_app.handle import Collection
from collections_app.rows import Row
from collections_app.tables import render_table
from live.marking import live_element

__all__ = ["add", "choices", "collection_page", "delete", "record"]

READ = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")


def collection_page(request: HttpRequest, name: str) -> HttpResponse:
    """The collection as a table; for htmx only the table."""
    if refused := allow(request, READ):
        return refused
    collection = collections.get(name)
    admit(collection)
    table = live_element(f"table-{name}", lambda: render_table(request, collection, key=name))
    if requested_widget(request) == f"table-{name}":
        response = HttpResponse(table)
    else:
        response = render(
            request, "collections_app/collection.html", _context(request, collection, table=table)
        )
    if request.__dict__.get("has_bad_input"):
        response.status_code = HTTPStatus.BAD_REQUEST
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request", "HX-Target", REFRESH_HEADER])
    return response


def add(request: HttpRequest, name: str) -> HttpResponse:
    """An empty form; a valid one becomes a record."""
    if refused := allow(request, FORM):
        return refused
    collection = collections.get(name)
    admit(collection, "add")
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = DocumentForm(collection.in_force, *posted)
    if form.is_valid():
        try:
            collection.insert_one(form.document)
        except ValidationError as error:
            form.refuse(error)
        else:
            return _done(request, collection, _("The record was added."))
    return _form_page(request, collection, form, "collections_app/add.html")


def record(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """One record: a form for those who may change it, else its values."""
    if refused := allow(request, FORM):
        return refused
    if request.method == "POST":
        return _save(request, *record_for(name, id, "change"))
    collection, row = record_for(name, id)
    if row is None:
        raise Http404
    context = {"row": row, "title": title_of(collection.in_force, row)}
    if not may(collection, "change", row):
        values = _values(collection.in_force.visible_columns, row)
        return render(
            request, "collections_app/record.html", _context(request, collection, values=values, **context)
        )
    form = DocumentForm(collection.in_force, document=row)
    return _form_page(request, collection, form, "collections_app/edit.html", **context)


def delete(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """Asks, then deletes."""
    if refused := allow(request, FORM):
        return refused
    collection, row = record_for(name, id, "delete")
    if row is None:
        raise Http404
    why = ""
    if request.method == "POST":
        try:
            collection.delete_one({"_id": row.id})
        except ValidationError as error:  # other rows of a model need it
            why = " ".join(error.messages)
        else:
            return _done(request, collection, _("The record was deleted."))
    title = title_of(collection.in_force, row)
    context = _context(request, collection, row=row, title=title, refused=why)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if why else HTTPStatus.OK
    return render(request, "collections_app/delete.html", context, status=status)


def choices(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """The rows that a foreign key may lead to, as options, after those that are chosen.

    For the form of whoever may add or change, and for a filter: that asks for no more than to read.
    """
    if refused := allow(request, READ):
        return refused
    collection = collections.get(name)
    admit(collection)
    column = next((one for one in collection.in_force.visible_columns if one.key == key), None)
    widget = None if column is None else column_type_of(column).form_field(column).widget
    if column is None or not isinstance(widget, ReferenceSelect):
        raise Http404
    if not collection.in_force.is_filterable(key):
        if column not in editable_columns(collection.in_force):
            raise Http404
        if not (may(collection, "add") or may(collection, "change")):
            raise PermissionDenied(_("You may not change these records."))
    chosen = [id for id in request.GET.getlist(key)[:MOST_CHOICES] if id]
    response = HttpResponse(widget.as_options(chosen, request.GET.get("q", "")[:MOST_CHOICES]))
    response["Cache-Control"] = "private, no-store"
    return response


# Who may ----------------------------------------------------------------------------------------------


def record_for(name: str, id: UUID | str, action: Action | None = None) -> tuple[Collection, Row | None]:
    """The collection, and the record that the person may read, or do ``action`` with; ``None`` if it is gone.

    A permission may be for that record alone, so it is looked up first. Whoever is refused is refused
    alike whether there is such a record or not.
    """
    collection = collections.get(name)
    if isinstance(id, str) and collection.declaration.model is None:
        raise Http404  # a document's id is a UUID
    if not current_identity().is_authenticated:
        admit(collection, action)  # a visitor has no permissions, and may have no scope to look in
    row = collection.get(id)
    admit(collection, action, row)
    return collection, row


def admit(collection: Collection, action: Action | None = None, row: Row | None = None) -> None:
    """Pass if the person may read in a browser, or do ``action``, with ``row`` if it is at hand.

    Raises ``ScopeError`` for a visitor who could sign in, else ``PermissionDenied``.
    """
    require(collection.declaration.access, current_identity(), row)
    if action is None or may(collection, action, row):
        return
    if collection.declaration.editable is not False and not current_identity().is_authenticated:
        raise ScopeError(_("Sign in to change this."))
    raise PermissionDenied(_("You may not change these records."))


def may(collection: Collection, action: Action, row: Row | None = None) -> bool:
    """Whether the person may do ``action``: by declaration, and by having a share of the scope at all."""
    declaration, identity = collection.declaration, current_identity()
    has_share = identity.is_authenticated or declaration.scope in ("app", "session")
    return has_share and declaration.may(action, identity, row)


# Saving -----------------------------------------------------------------------------------------------


def _save(request: HttpRequest, collection: Collection, row: Row | None) -> HttpResponse:
    if row is None:
        return _gone(request, collection)
    form = DocumentForm(collection.in_force, request.POST, request.FILES, document=row)
    context = {"row": row, "title": title_of(collection.in_force, row)}
    if form.is_valid():
        try:
            saved = collection.edit(row.id, form.edits)
        except ValidationError as error:
            form.refuse(error)
        except Conflict as conflict:
            return _conflict_page(request, collection, form, conflict)
        else:
            if saved is None:
                return _gone(request, collection)
            return _done(request, collection, _("The record was saved.") if form.changed_data else "")
    return _form_page(request, collection, form, "collections_app/edit.html", **context)


def _done(request: HttpRequest, collection: Collection, sentence: str) -> HttpResponseRedirect:
    if sentence:
        messages.success(request, sentence)
    return HttpResponseRedirect(safe_next(request, _address(collection)))


def _gone(request: HttpRequest, collection: Collection) -> HttpResponse:
    """A record that is not there, for whatever reason. What was typed is not lost with it."""
    form = DocumentForm(collection.in_force, request.POST, request.FILES)
    context = _context(request, collection, form=form if may(collection, "add") else None)
    return render(request, "collections_app/gone.html", context, status=HTTPStatus.NOT_FOUND)


def _conflict_page(
    request: HttpRequest, collection: Collection, form: DocumentForm, conflict: Conflict
) -> HttpResponse:
    disputed = disputes(form, conflict)
    context = _context(
        request,
        collection,
        row=conflict.current,
        title=title_of(collection.in_force, conflict.current),
        disputed=disputed,
        keep_mine=resubmission(form, disputed, keep_mine=True),
        take_theirs=resubmission(form, disputed, keep_mine=False),
    )
    return render(request, "collections_app/conflict.html", context, status=HTTPStatus.CONFLICT)


# Showing ----------------------------------------------------------------------------------------------


def title_of(declaration: Declaration, row: Row) -> str:
    """What a record is called: its first text, else simply a record."""
    for column in declaration.visible_columns:
        if column.type == "text" and isinstance(row.get(column.key), str) and row[column.key].strip():
            return str(row[column.key])[:120]
    return _("Record")


def _values(columns: tuple[Column, ...], row: Row) -> list[tuple[str, SafeString]]:
    return [(column.title, _value(column, row)) for column in columns]


def _value(column: Column, row: Row) -> SafeString:
    """A cell, and why the value in it does not fit, if it does not."""
    value = row.get(column.key)
    reason = None if value in (None, "") else misfit(column, value)
    if reason is None:
        return cell_of(column, row)
    return format_html("{}<div>{}</div>", cell_of(column, row), unfit_words(reason))


def _form_page(
    request: HttpRequest, collection: Collection, form: DocumentForm, template: str, **context: Any
) -> HttpResponse:
    row, declaration = context.get("row"), collection.in_force
    offered = editable_columns(declaration)
    others = tuple(column for column in declaration.visible_columns if column not in offered)
    if row is not None:
        context |= {"values": _values(others, row), "may_delete": may(collection, "delete", row)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, _context(request, collection, form=form, **context), status=status)


def _context(request: HttpRequest, collection: Collection, **context: Any) -> dict[str, Any]:
    came_from = safe_next(request, _address(collection))
    return {
        "collection": collection.declaration,
        "next": came_from,
        "next_query": f"?{urlencode({'next': came_from})}",
        **context,
    }


def _address(collection: Collection) -> str:
    return reverse("collections_app:collection", args=[collection.name])
